/*
 * A moment of a run: everything that a screen, a log line or a test may know.
 * Plain data without pointers, to copy, keep and script. run_snapshot() fills
 * it; about 170 KiB, so callers keep one and reuse it.
 *
 * All texts are printable (util/str.h) and NUL-terminated. Instants are
 * clock_ms(); durations ms; rates documents per second, smoothed over 10 s.
 */
#ifndef BATCHTOP_API_SNAPSHOT_H
#define BATCHTOP_API_SNAPSHOT_H

#include "api/command.h"
#include "util/error.h"
#include "util/filter.h"

#include <stddef.h>
#include <string.h>

enum {
    SNAPSHOT_WORKERS = WORKERS_MAX, /* shown per stage */
    SNAPSHOT_SPARK = 60,   /* samples of a worker, */
    SNAPSHOT_SPARK_S = 2,  /* one sample in so many seconds */
    SNAPSHOT_HISTORY = 300, /* samples of the whole, one a second */
    SNAPSHOT_KINDS = 32,
    MEND_MAX = 128,
    UNREAD_MAX = 320,
    SNAPSHOT_CAUSES = 64, /* the last one counts all others, if there are more */
    SNAPSHOT_HEALED = 12,
    CAUSE_SPARK = 20,     /* samples of a cause, */
    CAUSE_SPARK_S = 30,   /* each of so many seconds */
    SNAPSHOT_FAILURES = 128, /* rows of the window into the failure log */
    SNAPSHOT_EVENTS = 32,    /* of the log of the run at a time */
    SNAPSHOT_DOCUMENT = 16384 /* bytes of a document that is shown */
};

enum run_state {
    RUN_STARTING,
    RUN_RUNNING,
    RUN_PAUSED,    /* by the operator, or by itself: reason says why */
    RUN_THROTTLED, /* a rate limit holds every embedder */
    RUN_HELD,      /* memory guard: reading waits */
    RUN_RETRYING,  /* all that is left waits in the retry heap */
    RUN_DRAINING,
    RUN_STOPPING,
    RUN_DONE,  /* nothing left to do but open failures; retry works */
    RUN_FAILED /* fatal: reason says why */
};

enum worker_state {
    WORKER_OFF,    /* retired because there are too many workers */
    WORKER_IDLE,   /* waits for a batch */
    WORKER_BUSY,
    WORKER_PAUSED,
    WORKER_LIMITED, /* waits for the token buckets */
    WORKER_BACKOFF, /* waits after a 429 or an outage */
    WORKER_BLOCKED  /* has a result, waits for room in the next queue */
};

struct worker_view {
    enum worker_state state;
    uint64_t docs;      /* done by this worker */
    double rate;        /* docs/s */
    uint32_t batch;     /* documents in its last request */
    uint32_t requests;  /* that came back, */
    uint32_t errors;    /* and how many of them failed */
    int64_t p50_ms, p95_ms; /* of its last requests; -1: none yet */
    int64_t state_ms;   /* how long it has been in this state; BUSY: the age of
                           its request */
    bool slow;          /* BUSY with a request that is far older than usual */
    int64_t wait_ms;    /* LIMITED, BACKOFF: until it goes on; else 0 */
    char reason[32];    /* "429", "pace", "outage" ...; "" when none, or when
                           what it waited for is over */
    uint8_t spark_len;
    float spark[SNAPSHOT_SPARK]; /* docs/s, oldest first */
};

/* How many requests a stage has in flight, and how it came to that number. */
struct seek_view {
    bool pinned;     /* by a person: it is not sought */
    bool sought;     /* false and not pinned: always as many as there are
                        workers, for the stage calls no service */
    uint32_t width;  /* requests that it wants in flight now, at all its
                        endpoints together */
    uint32_t bound;  /* the most that it may try, */
    char bound_by[24]; /* and whose number that is: "--store-workers",
                          "--max-concurrent", "memory", "open files",
                          "threads" (no more could start); "": its
                          default */
    uint32_t tried;   /* the width that is on trial, or */
    bool tries_batch; /* the documents in a request; 0: none is */
    uint32_t knee;   /* the width that was found best; 0: not known yet */
    uint32_t batch;  /* documents it wants in a request; 0: no opinion */
    bool batch_pinned;
    char phase[16];  /* "starting", "cruising", "trying more" ...; "" unless
                        sought */
    char why[64];    /* "trying 24: +18 %"; "" */
    double unloaded_ms, latency_ms; /* of a request; 0: not known yet */
    double per_s;    /* requests a second, its pace after refusals; 0: none */
};

struct stage_view {
    double rate;         /* docs/s */
    double duty;         /* workers that were on duty, in the last 10 s */
    double busy_pct;     /* share of their time in the last 10 s, like */
    double limited_pct, backoff_pct; /* in WORKER_LIMITED, WORKER_BACKOFF */
    char limited_by[32]; /* what they mostly waited for: "tokens/min" */
    double errors_per_min; /* failed requests of the last minute */
    int64_t p50_ms, p95_ms;
    double answer_ms;    /* mean of late of the requests that succeed; 0: none
                            yet */
    uint32_t workers;    /* that take batches now */
    uint32_t wanted;     /* that should: the width, or the pinned number */
    uint32_t max_workers; /* the most that can be pinned */
    uint32_t started;    /* rows of `worker` that mean something */
    struct seek_view seek;
    uint32_t batch;      /* documents that a request should have */
    uint32_t batch_limit; /* the ceiling, learned or known; 0: none */
    uint64_t requests, failed, docs; /* sums over the workers below; requests */
    char name[48];       /* "local 384", "openai text-embedding-3-small" */
    char wire[8];        /* "gRPC", "JSON": of a store that has both; "" */
    char note[96];       /* "sqlite has one writer"; "" when nothing */
    struct worker_view worker[SNAPSHOT_WORKERS];
};

struct queue_view {
    uint32_t count, capacity;          /* batches */
    uint64_t bytes, limit_bytes, docs;
    double full_pct; /* mean over the last 10 s without pauses */
};

struct limit_view {
    uint64_t limit; /* per minute; 0: none */
    uint64_t used;  /* in the last minute; see gate_stats */
};

/* Open failures of one kind; key goes into failure_select.kind. */
struct failure_kind {
    struct failure_cause cause;
    char key[FAILURE_KEY]; /* "embed/limited/429" */
    char label[64];        /* "429 rate limited" */
    bool worth_retry;      /* another try of the same may help */
    bool needs_change;     /* as it stands it is refused again */
    uint64_t open;
    char advice[48];       /* "yes", "only after a change: ..." */
    char common[160];      /* what most of them say; "" unknown */
};

/* Failures with the same cause (data/failure_fold.h): those that are open, and
 * those that the run tries again by itself. A cause with neither is left out. */
struct cause_view {
    struct failure_cause cause;
    char key[FAILURE_KEY]; /* for failure_select.kind; "others" selects none */
    uint64_t hash;         /* for failure_ask.cause; 0: of the others */
    char code[12];         /* "429", "timeout", "-" */
    char message[160];     /* what all of them say; what differs as "#" */
    uint64_t open;         /* documents that a retry would send */
    uint64_t waiting;      /* documents, and answers of a service that does not
                              serve now: they need nobody */
    int64_t wall_s;        /* of the last one */
    char helps[24];        /* "retry (r)", "mend the corpus" */
    bool needs_change;     /* as it stands it is refused again */
    uint16_t spark[CAUSE_SPARK]; /* how many came, oldest first */
};

/* What went wrong and passed without anybody's doing. */
struct healed_view {
    char label[32]; /* "EMBED 500" */
    uint64_t count; /* documents and answers of a service */
};

/* What to do, or what is wrong, from what is measured: see core/suggest. */
struct advice {
    char text[128];   /* "do: b 20 -> 100 documents a request ..."; "": none */
    bool can;         /* the run can do it: set the knob to the value */
    enum knob knob;
    int64_t value;
    char command[48]; /* that, as a word of ctl: "set embed-batch=100"; "" */
};

enum failure_standing {
    FAILURE_FINAL,
    FAILURE_WAITING,
    FAILURE_RETRIED, /* sent again, or it failed otherwise since */
    FAILURE_STORED,
    FAILURE_SKIPPED,
    FAILURE_PASSED /* of a service, which serves again */
};

/* One line of the failure log. Without a filter documents with the same error
 * share one: that of the newest open failure, else of the newest. */
struct failure_row {
    int64_t wall_s;
    char id[64];
    char stage[8];      /* "READ", "EMBED", "UPSERT" */
    char code[12];      /* "429", "timeout", "-" */
    char message[160];
    uint32_t times;     /* times it was reported, of one document or service */
    uint32_t documents; /* its documents: open ones, or all if none is */
    uint16_t tries, tries_max;
    enum failure_standing standing;
    enum error_kind kind;
    uint16_t source;
    uint64_t pos, offset;
    uint64_t cause; /* cause_view.hash */
};

/* False for a service's answer that concerns no document in particular. A
 * record that could not be read has no id. */
static inline bool failure_has_document(const struct failure_row *row)
{
    return row->id[0] || strcmp(row->stage, "READ") == 0;
}

static inline bool failure_is_open(enum failure_standing standing)
{
    return standing == FAILURE_FINAL || standing == FAILURE_WAITING;
}

/*
 * Which rows of the failure log the caller wants: a window of the list of rows
 * that pass the filter, newest first. The answer repeats it, since a run in
 * another process may answer an earlier question.
 *
 * Rows of the list are numbered as they came; the newest is listed_seq. `seek`
 * works on a list without a filter: it looks for the match so many further down
 * from row `from` (up, when it is negative), or for the last one on the way
 * there, and moves the window to it.
 */
struct failure_ask {
    uint64_t first; /* row of the list, newest = 0 */
    char filter[FILTER_BYTES];
    uint64_t cause; /* only rows of this one; 0: of all */
    int64_t seek;   /* 0: nothing is sought */
    char sought[FILTER_BYTES];
    uint64_t from;
};

/* The document of the last COMMAND_SHOW. */
struct document_view {
    uint64_t seq; /* grows with every answer; 0: none yet */
    uint16_t source;
    uint64_t pos, offset, length; /* length 0: not known */
    char error[1024];  /* all of it; "" if the ledger has none */
    char trouble[256]; /* why there is no text; "" */
    bool cut;          /* there is more than `text` holds */
    uint32_t len;
    char text[SNAPSHOT_DOCUMENT]; /* lines, each with its newline */
};

/* What happened in a run: an entry of its log, of which the run keeps the newest
 * EVENTS_KEPT. */
enum { EVENTS_KEPT = 256, EVENT_TEXT = 640, EVENT_WHO = 24 };

enum event_kind {
    EVENT_MESSAGE, /* of the run to the operator */
    EVENT_STATE,   /* the run is in another state */
    EVENT_KNOB,    /* a setting was changed */
    EVENT_COMMAND, /* another command was given */
    EVENT_PAUSE,   /* by a person, of stages */
    EVENT_HOLD,    /* a stage waits for memory, a key, money, a disk */
    EVENT_OUTAGE,  /* a service serves nobody */
    EVENT_SLOW,    /* a service throttles, or answers slowly */
    EVENT_END,     /* of a pause, a hold, an outage, a slowness */
    EVENT_CAUSE,   /* the first failure of a kind */
    EVENT_VIEWER,  /* somebody begins or ends to look */
    EVENT_KIND_COUNT
};

struct run_event {
    uint64_t seq;      /* 1, 2, 3 ... */
    int64_t at_ms;     /* clock_ms(), like the snapshot's now_ms */
    int64_t wall_s;
    uint32_t kind;     /* enum event_kind */
    uint32_t knob;     /* KNOB: which; else 0 */
    bool told;         /* to the operator at once; else it is only kept */
    char who[EVENT_WHO]; /* "run", "console", "viewer 2", "ctl", "SIGUSR1" */
    char text[EVENT_TEXT]; /* "embed batch 20 -> 50" */
};

struct snapshot {
    struct failure_ask ask; /* set by the caller */

    enum run_state state;
    uint32_t paused;    /* stages that do not go on by themselves */
    char reason[640];   /* why paused, held, throttled, failed; "" */
    char remedy[160];   /* what to do about it; "" */
    char mend[MEND_MAX]; /* the options that read the records, as they are typed,
                            where all were rejected for want of them; "" */
    char unread[UNREAD_MAX]; /* which option of the corpus reads nothing; "" */
    int64_t state_ms;   /* since the state began */
    /* A service that serves nobody now: which one and its words, for how long,
     * and when the next try comes. "": there is none. */
    char wait_for[160]; /* "embedder: HTTP 503: overloaded" */
    int64_t wait_ms, wait_next_ms;
    char job[72], corpus[128], store[96], embedder[64];
    /* Lines that come back to the run while it goes, and when it has ended;
     * for a retry of some kind, to be followed by that. */
    char attach_line[640], resume_line[640], retry_line[640];
    char search_line[640]; /* looks into what it stored; "": nothing can */
    char started_hms[12];
    bool resumed;
    uint64_t resumed_at; /* records that were final when this run began */

    int64_t now_ms, elapsed_ms, paused_ms; /* of this run */
    uint64_t total;       /* documents of the corpus; 0: unknown */
    bool total_estimated; /* estimated by bytes: show with "~" */
    double done_pct;      /* 0..100, by bytes if total is unknown */
    int64_t eta_ms;       /* -1: unknown; -2: it stands, nobody knows for how
                             long */
    int64_t done_wall_s;  /* the end by eta_ms; 0: unknown */
    char done_clock[16];  /* in local time, see clock_done(); "" */

    /* lifetime of the job, this run included */
    uint64_t processed; /* final in any way: stored+failed+rejected+... */
    uint64_t stored, failed, rejected, skipped, superseded, waiting;
    uint64_t duplicates; /* records of an id that was under way */
    /* this run */
    uint64_t produced, embedded, upserted; /* documents */
    uint64_t spooled; /* of these: with a vector that an earlier run paid for */
    uint64_t in_flight; /* between reading and the ledger, with waits */
    uint64_t tokens, requests, batches;
    uint64_t retries; /* requests with a document that was sent before */
    uint64_t resent;  /* such documents, counted each time */
    uint64_t sent_bytes, received_bytes;
    double cost_usd; /* lifetime; 0: free, or price unknown */
    bool cost_known; /* a price is known, or nobody is paid */
    double run_cost_usd; /* of it in this run */
    double cost_projected_usd; /* of the job when all is embedded; 0: unknown */
    double budget_usd;  /* 0: none */
    bool budget_spent;  /* the next request does not fit into it */
    /* Stored docs/s; avg: of all the time without pauses. */
    double rate, rate_avg, rate_peak;

    double read_rate;
    uint64_t read_bytes, read_size; /* of the corpus files */
    bool reading_done;
    int64_t checkpoint_ms; /* since the last commit; -1: none yet */
    uint64_t recorded; /* records that are final in it */
    /* Up to this line all are, and above it some may be; 0: unknown. */
    uint64_t checkpoint_line, checkpoint_count;

    struct queue_view embed_queue, upsert_queue;
    struct stage_view embed, upsert;
    char bottleneck[8];       /* "READ", "EMBED", "UPSERT", "LIMIT", "" */
    char bottleneck_why[120]; /* the sentence, measured */
    struct advice advice;

    struct limit_view requests_min, tokens_min, concurrent;
    char limit_now[64]; /* "token budget is the limit now"; "" */
    double memory_pct, memory_guard_pct;
    uint64_t memory_bytes, memory_total_bytes, rss_bytes;
    bool memory_cgroup;
    double cpu_pct;

    uint32_t history_len;
    float history[SNAPSHOT_HISTORY]; /* stored docs/s, oldest first */

    uint32_t kind_count;
    struct failure_kind kinds[SNAPSHOT_KINDS]; /* largest first */
    uint32_t cause_count;
    struct cause_view causes[SNAPSHOT_CAUSES]; /* open ones first, the largest
                                                  first */
    uint32_t healed_count;
    struct healed_view healed[SNAPSHOT_HEALED]; /* largest first */
    uint64_t failures_open;  /* failed + rejected that are still open */
    uint32_t retries_at_end; /* retries that wait for the end of the corpus */
    uint64_t failures_total; /* rows in the log */
    uint64_t failures_seq;   /* grows with every new row */
    /* The same for the list (rows that pass ask.filter, or without one a row
     * for each error), for scrolling and for "+37 new". */
    uint64_t listed_total, listed_seq;
    uint64_t failures_found; /* matches in the list; 0: none */
    uint32_t failure_count;  /* rows below */
    struct failure_row failures[SNAPSHOT_FAILURES]; /* from ask.first on */

    struct document_view document;

    int64_t knob[KNOB_COUNT];     /* the setting, perhaps KNOB_AUTO */
    int64_t knob_now[KNOB_COUNT]; /* the number in force */
    int64_t knob_max[KNOB_COUNT]; /* what may be set now */
    int64_t knob_start[KNOB_COUNT]; /* at the start, perhaps KNOB_AUTO; 0: none,
                                       unknown */
    uint64_t request_tokens; /* what the service takes at once; 0: unknown */

    /* The log of the run. In: the last event that the caller saw,
     * 0: none. Out: the last one of those below, so that who asks with the same
     * snapshot again gets what follows. */
    uint64_t events_seen;
    uint64_t event_newest; /* the newest of the run; 0: none yet */
    uint32_t event_count;  /* of those that follow events_seen, oldest first */
    struct run_event events[SNAPSHOT_EVENTS];
    char viewer[EVENT_WHO]; /* how the log calls who asks; "": it does not */
};

const char *event_kind_word(enum event_kind kind); /* "knob" */
const char *run_state_word(enum run_state s); /* "RUNNING" */

/* Another try of what was refused as it stands ends the same way. */
static inline bool snapshot_retry_helps(const struct snapshot *s)
{
    bool helps = s->kind_count == 0;

    for (uint32_t i = 0; i < s->kind_count; i++)
        helps |= !s->kinds[i].needs_change;
    return helps;
}

#endif
