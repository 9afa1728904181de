/*
 * The inside of a run, shared by the files of engine/.
 *
 * Threads of a run, and what each waits for:
 *
 *   reader r1..       a record, an idle batch, room in the embed queue
 *   embedder e1..eN   a batch, the end of a hold, the budget, the gate, the
 *                     service, memory, room in the upsert queue
 *   upserter u1..uM   a batch, the end of a hold, the gate, the store, memory,
 *                     room in the redo heap
 *   recorder          events; writes the ledger, gives batches back
 *   ticker            the clock: due retries, memory guard, meters, the end
 *   background        commands that take time: retry, skip, export
 *   preview           after the first request for it: reads a failed document
 *                     to show
 *
 * Every wait ends on a stop. A batch goes from reader to embed queue, embedder,
 * upsert queue, upserter, recorder, pool. A document leaves its batch early
 * only by an event (failed, superseded) or as a copy (redo heap, parked); in
 * each case exactly one event makes it final, and the record counts say where
 * it stands.
 */
#ifndef BATCHTOP_ENGINE_ENGINE_H
#define BATCHTOP_ENGINE_ENGINE_H

#include "api/run.h"
#include "core/control.h"
#include "core/eta.h"
#include "core/failures/failure_log.h"
#include "core/frontier.h"
#include "core/inflight.h"
#include "core/meter.h"
#include "core/log/chronicle.h"
#include "core/log/notices.h"
#include "core/phrasing.h"
#include "core/pool.h"
#include "core/progress.h"
#include "core/queue.h"
#include "core/record_counts.h"
#include "core/redo.h"
#include "core/ration.h"
#include "core/speed.h"
#include "core/state_hysteresis.h"
#include "core/suggest/suggest.h"
#include "embed/embedder.h"
#include "engine/crew.h"
#include "flow/allowance.h"
#include "flow/ceiling.h"
#include "flow/cutting.h"
#include "flow/endpoints.h"
#include "flow/patience.h"
#include "flow/purse.h"
#include "ledger/ledger.h"
#include "options/options.h"
#include "source/source.h"
#include "store/store.h"
#include "sys/memory.h"
#include "sys/thread.h"
#include "util/tokens.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    MAX_READERS = 4,
    MERGE_MAX = 32,           /* batches in one upsert request */
    BATCH_TEXT_MAX = 1 << 20, /* seal a batch above so many bytes */
    KEEP_BYTES = 1 << 16,     /* that a batch keeps in the pool */
    REDO_LIMIT = 16 << 20     /* bytes of documents that wait for a retry */
};

typedef atomic_uint_fast64_t counter;

/* Tallies of this run; each has few writers, relaxed. What must add up is in
 * the record counts. */
struct tally {
    counter skipped_done, duplicates, embedded;
    counter spooled; /* vectors that an earlier run paid for */
    counter batches, requests, tokens, sent, received;
    counter retries; /* requests with a document that was sent before */
    counter resent;  /* such documents */
};

static inline void count(counter *c, uint64_t n)
{
    atomic_fetch_add_explicit(c, n, memory_order_relaxed);
}

static inline uint64_t counted(counter *c)
{
    return atomic_load_explicit(c, memory_order_relaxed);
}

/* A corpus file of the job. */
struct corpus {
    struct source *source;    /* [its reader] open while it is read, or held */
    bool held;                /* [const after open] open for good */
    struct place start;       /* [const after open] */
    struct place reach;       /* [its reader] where earlier runs had read to, to
                                 compare it; pos 0: done, or nothing to
                                 compare */
    struct fingerprint fingerprint; /* [const after open] */
    counter read_bytes, read_size;
    atomic_bool complete;     /* its end was read */
};

/* The spool of a run; see engine/job/spooled.h. */
struct spooled {
    struct spool *file; /* [const once ready] NULL: there is none */
    uint64_t token;     /* [const after open] the ledger's */
    counter again_ms;   /* do not write to it before this instant */
    atomic_bool failure_reported; /* once a run */
};

struct run;

/* What the workers of a stage share; stage.c makes a dispatch of it. */
struct stage {
    struct run *run;
    enum stage_id id;
    enum hold_cause hold_cause; /* a hold that a person ends */
    const char *name;       /* "embed", "upsert": in the ledger */
    struct endpoints endpoints;
    struct meter_stage *meter;
    struct ceiling ceiling;
    const char *ceiling_key;           /* of the ledger */
    char ceiling_known[CEILING_TEXT];  /* [recorder] as in the ledger */
    bool counts_items;      /* [const once ready] the embedder's counts_texts */
    const char *knee_key;          /* of the ledger */
    char knee_known[SEEK_TEXT];    /* [recorder] as in the ledger */
    struct seek_knee knee;  /* [const after open] that an earlier run found */
    struct crew crew;       /* [const after open] */
    counter pinned;         /* workers that a person wants; 0: auto */
    counter most_workers;   /* that may take batches: the bound in force */
    counter files_allow;    /* fewer where few files may be open */
    counter can_start;      /* fewer where no thread could start */
    counter started;        /* workers that ever did */
    counter width;          /* requests wanted in flight, as of the last tick */
    counter on_duty[ENDPOINTS_MAX]; /* workers of each that are no spares */
    struct seek_bounds bounds[ENDPOINTS_MAX]; /* [ticker] of the gates */
    size_t holds_bytes, held_bytes; /* [ticker] a worker for its request, at
                               most: since holds_ms, and as long before */
    int64_t holds_ms;       /* [ticker] */
    bool counts_requests;   /* [ticker] the service limits their number */
    size_t fit;             /* [ticker] workers that memory allows */
    struct ration ration;   /* [ticker] what their requests may hold */
    counter served;         /* documents, in requests that succeeded */
    atomic_bool memory_binds; /* the bound is that of memory */
    counter key_epoch;      /* grows when workers must read the keys again */
};

struct worker {
    struct stage *stage;
    size_t index;
    struct endpoint *endpoint; /* [const after start] */
    uint64_t key_epoch;        /* [worker] of its last open */
    struct meter_worker *meter;
    pthread_t thread;
    bool started;               /* [starter] */
    struct embedder *embedder;  /* [worker] */
    struct store *store;        /* [worker] */
    struct item *item;          /* [worker] the documents of its batches */
    const struct item *asked;   /* [worker] the first of its request */
    void *scratch;              /* [worker] behind them: storage to make
                                   requests from them */
    size_t room_cap;            /* [worker] bytes of both */
    bool on_duty;               /* [worker] below the width of its endpoint */
    int64_t off_since_ms;       /* [worker] else since when; 0: it is as new */
    counter holds_bytes;        /* of its last request, with its documents */
    size_t short_answer;        /* [worker] vectors of the last short answer,
                                   while nothing larger was served; 0: none */
    double aside_usd;           /* [worker] of the purse, for its request */
    struct buf room;            /* [worker] decoded texts, for store_rules.h */
};

struct run {
    const struct options *opt;
    char job[72];
    char store_url[512], dir[512];
    char ledger_path[600]; /* [const after open] a view of it shows the last
                              commit without disturbing the recorder */
    bool resumed;
    bool kept;          /* [const after open] an earlier run left a ledger that
                           stays, whatever this one does */
    bool ledger_copied; /* of a finished job, whose corpus grew */
    bool store_unasked; /* [const after open], [ticker]: see store_check.h */
    uint64_t store_lost; /* the same: documents that the store lacked at the
                            last check, at least */
    int64_t begun_ms, begun_wall_s;

    struct control *control;
    struct pool *pool;
    struct queue *embed_queue, *upsert_queue;
    struct redo *redo;
    struct inflight *inflight;
    struct frontier *frontier;
    struct record_counts *counts; /* of the job, with earlier runs */
    struct failure_log *failures;
    struct notices *notices;
    struct chronicle *chronicle; /* [ticker] */
    struct meter *meter;
    struct recorder *recorder;
    struct background *background;
    struct preview *preview;
    struct ledger *ledger;      /* recorder, once begun */
    struct spooled spooled;
    /* [const after open] what earlier runs did, their records */
    struct ledger_totals totals_at_open;
    uint64_t records_at_open;

    struct corpus *corpus;
    size_t corpus_count;
    atomic_size_t corpus_next;  /* the next file without a reader */
    atomic_uint_fast64_t taken; /* documents that were read, for --limit */
    atomic_bool unknown_fields_reported; /* reported a name in no record */

    struct phrasing phrasing;   /* [const after open] */
    size_t prefix_bytes;        /* [const after open] before each document */
    struct embedder_config embed_config; /* [const after open], own_dim [const
                                            once ready] */
    struct embed_memory embed_memory; /* [atomic] */
    const struct embedder_ops *embed_ops;
    struct store_config store_config;
    const struct store_ops *store_ops;
    size_t ledger_dim;          /* recorder; 0: not written yet */
    char ledger_model[64];      /* [const after open] embedder's identity in the
                                   ledger; "": none */
    /* [const once ready]; before that, only the ticker uses them */
    size_t dim;
    char model[64];             /* the embedder's identity; "": none */
    size_t max_texts, max_tokens, max_bytes; /* of a request; 0: none */
    double usd_per_mtok;
    size_t store_count, store_bytes, store_good;
    const struct store *store_rules; /* knows what it takes; NULL: all */
    char first_aid[400]; /* [ticker] to look at before the next start; "" */
    bool store_made;  /* [ticker] the preflight made the store's file */
    bool store_idle;  /* at the end: nothing is in it */

    counter memory_pct;         /* knob */
    counter embed_batch, upsert_batch; /* documents wanted in a request now */
    counter record_bytes; /* of a record in the last upsert; 0: none was sent */
    atomic_bool joining;  /* an upserter gathers remainders */
    counter embed_batch_pinned, upsert_batch_pinned; /* knobs; 0: auto */
    struct purse purse;         /* USD, empty until we know the price */
    bool reckons;               /* [const after open] count tokens: they cost
                                   money or time */
    counter tokens_pro_mille;   /* learned: tokens for 1000 of util/tokens.h */
    counter tokens_margin;      /* learned: how far that may be off, for
                                   struct cut_limits */

    struct stage embed, upsert;
    struct worker embedder[WORKERS_MAX], upserter[WORKERS_MAX];
    struct allowance retries;   /* [ticker] */
    uint64_t drain_left;        /* [ticker] in flight as of drain_ms */
    int64_t drain_ms;
    struct patience patience;   /* [const after begin] */
    bool attended;              /* [const after begin] a person sees holds */
    int64_t give_up_ms;         /* [ticker] when it gives up; 0: it does not */
    int64_t quiet_ms;           /* [ticker] when nothing was in flight, last */
    pthread_t reader[MAX_READERS], ticker;
    size_t readers;             /* [ticker] started */
    atomic_size_t readers_left;
    bool ticker_started;
    atomic_bool wanted_ready;   /* there is work: preflight is due */
    atomic_bool ready;          /* preflight passed, workers run */
    _Atomic(enum store_wire_now) wire; /* of records, as the store says */
    enum store_wire_now wire_known;    /* [recorder] as in the ledger */
    atomic_bool done;           /* nothing left to do */
    atomic_bool retried;        /* failures were claimed, to be sent again */
    struct tally tally;

    struct monitor lock;
    struct error fatal;         /* [lock] */
    bool failed;                /* [lock] */
    struct error damage;        /* [lock] of the first damaged file */
    size_t damaged;             /* [lock] files that we cannot read further */
    char mend[MEND_MAX];        /* [lock] see the snapshot's, */
    char unread[UNREAD_MAX];    /* [lock] this one, too */
    struct error gave_up;       /* [lock] what the run waited for in vain */
    bool gives_up;              /* [lock] */
    struct state_hysteresis shown_state; /* [lock] as of the last snapshot */
    struct speed speed;         /* [lock] by the ticker, */
    int64_t speed_ms;           /* [lock] when it last ticked */
    struct eta eta;             /* [lock] as of the last snapshot */
    struct suggest suggest;     /* [lock] by the ticker */
    struct memory_use memory;   /* [lock] */
    const struct memory_files *memory_files; /* [const after open] for tests */
    int64_t done_ms, idle_ms;   /* [lock] done since; done before that */
    uint64_t work_epoch;        /* [lock] how often work was added */
};

/* engine.c: what the other files call. */

/* The run cannot go on: keep the reason (the first counts) and stop. */
void run_fail(struct run *r, const struct error *err);
/* The run waited in vain: finish what is possible, then end with status
 * RESUMABLE and these words. */
void run_give_up(struct run *r, const struct error *err);
/* We cannot read a file any further: do the rest of the work, then end the run
 * with status 2 and the first reason. */
void run_damaged(struct run *r, const struct error *err);
/* Call it after you added work. */
void run_work_added(struct run *r);
/* How often work was added so far. */
uint64_t run_work_epoch(struct run *r);
/* Everything is final, unless work was added since that epoch. The time from
 * now on is idle. */
void run_set_done(struct run *r, uint64_t work_epoch);
/* Hash of the id as the store knows it: equal for two spellings of a UUID if
 * the store does not tell them apart. */
uint64_t run_id_hash(const struct run *r, struct text id);
/* The document with this id is final: send the one that waited for it. */
void run_leave_id(struct run *r, uint64_t id_hash);
/* Milliseconds since the start that were not idle. */
int64_t run_elapsed_ms(struct run *r);
/* Ask until it succeeds, fails for good, or is waited for in vain (struct
 * opening); a notice says what it waits for. For the ticker. */
bool run_ask_patiently(struct run *r,
                       bool (*ask)(struct run *r, struct error *err),
                       struct error *err);
/* The batches that a run with such settings needs; embed_batch is not 0. */
struct run_size {
    size_t queue, embedders, upserters, embed_batch, upsert_batch;
};
size_t run_batches(const struct run_size *n);
/* The same for this run, by its settings and widths of now. */
size_t run_pool_size(struct run *r);
/* Documents that a batch should have now: as many as an embedding request
 * should, or where the service takes fewer, a multiple of what it takes. */
size_t run_embed_batch(struct run *r);

/* Tokens of a text; if nobody counts them, a token for four bytes. */
static inline uint32_t run_tokens(const struct run *r, struct text text,
                                  bool escaped)
{
    return r->reckons ? tokens_of(text, escaped)
                      : (uint32_t)(text.len / 4 + 1);
}

/* embed_stage.c: for the reader, by what is known now. A batch in the making;
 * a text of so many bytes and estimated tokens, with what is put before it. */
struct packing embed_stage_packing(struct run *r);
struct cut_text embed_stage_text(struct run *r, size_t bytes, uint64_t tokens);

/* reader.c, embed_stage.c, upsert_stage.c, ticker.c: thread bodies */
void *reader_main(void *run);
void *embedder_main(void *worker);
void *upserter_main(void *worker);
void *ticker_main(void *run);
/* The run stops while the upsert queue has this batch, some of it perhaps
 * stored: give it to the recorder or the pool. */
void upsert_stage_leave(struct run *r, struct batch *b);

/* wait_limit.c: end a run that waits in vain. For the ticker. */
void wait_limit_check(struct run *r);

/* knobs.c: the values of settings; words and bounds are in api. Change one;
 * *old is the value before.
 *
 * fails    CONFIG: there is no such setting, or it does not take that value. */
bool knob_set(struct run *r, enum knob k, int64_t value, int64_t *old,
              struct error *err);
/* Their values, bounds, and values at the start. */
void knobs_fill(struct run *r, struct snapshot *s);

/* observe.c: look what is to be advised, once a second; the snapshot is room to
 * work in. */
void observe_advise(struct run *r, struct snapshot *scratch);
/* Progress by the bytes that were read. */
struct progress observe_progress(struct run *r,
                                 const struct record_balance *now,
                                 uint64_t *read, uint64_t *size);

#endif
