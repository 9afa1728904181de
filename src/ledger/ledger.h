/*
 * The ledger: what is done and what failed, in one SQLite file per job.
 *
 * DIR/JOB.ledger, WAL, one writer. Rows: `job` (key, value), `source` (path,
 * fingerprint, frontier), `done` (a row per batch: positions and ids, packed
 * and compressed), `failed` (a row per document that is owed or given up).
 * The frontier of a source is the position below which every record is final;
 * `done` rows that reach above it are its exceptions. Resuming an unchanged
 * corpus is a seek plus those; a changed corpus builds an index over all ids
 * in an unlinked temporary file.
 *
 * Threads     ledger_open() to the readers' start: one thread. Then the
 *             writing functions belong to the recorder alone; ledger_skips()
 *             is read-only and may be called by any.
 *             ledger_view is a second, read-only connection for others.
 * Files       Mode 0600 in a directory of mode 0700. Held by a lock on
 *             JOB.lock for life: LOCKED (pid and start time in the text).
 *             A job keeps its ledger across changes of the corpus; LEDGER_
 *             NOWHERE below tells what becomes of its failures then.
 * Rows        LD-01 to LD-19.
 */
#ifndef BATCHTOP_LEDGER_LEDGER_H
#define BATCHTOP_LEDGER_LEDGER_H

#include "data/failure.h"
#include "source/source.h"
#include "util/buf.h"
#include "util/error.h"

struct ledger;

enum ledger_state {
    LEDGER_NEW,     /* made just now */
    LEDGER_RESUMED, /* has work done, not finished */
    LEDGER_FINISHED /* every source was complete (it may owe failures) */
};

/*
 * Positions from here on are in no corpus. ledger_use_ids() gives one to each
 * failure from before the corpus changed, so that it cannot be taken for the
 * record that stands there now; as a key for ledger_heal() and ledger_fail()
 * it works like any other. Its offset is as it was: whoever reads there must
 * compare the id.
 */
#define LEDGER_NOWHERE ((uint64_t)1 << 62)

struct ledger_source {
    char *path;
    struct fingerprint print; /* as of the last run that read it */
    uint64_t frontier_pos, frontier_offset, frontier_line;
    uint64_t window_hash; /* of the raw bytes before `window_end` */
    uint64_t window_end;
    bool complete; /* its end was read and the frontier stands there */
};

struct ledger_totals { /* lifetime of the job */
    uint64_t produced, stored, failed, rejected, skipped, superseded;
    uint64_t batches, requests, retries, tokens;
    uint64_t elapsed_ms, paused_ms;
};

/* A document the store confirmed. */
struct ledger_ack {
    uint64_t pos;
    struct text id;
};

/* job: [A-Za-z0-9][A-Za-z0-9._-]{0,63}, CONFIG otherwise (SE-11). */
bool ledger_job_valid(const char *job, struct error *err);

/*
 * Open or make DIR/JOB.ledger and lock it.
 *
 * fails    LOCKED (exit 5); FOREIGN (exit 6: not a ledger, newer version);
 *          LOCAL (exit 2 or 4: no permission, full, damaged beyond SQLite's
 *          own recovery); CONFIG.
 */
struct ledger *ledger_open(const char *dir, const char *job,
                           enum ledger_state *state, struct error *err);
void ledger_close(struct ledger *l);
/* What the operator should know about this ledger (damaged rows were left
 * out, it lies on a network file system): one sentence, or NULL. */
const char *ledger_note(const struct ledger *l);

/* Move the open ledger aside to completed/JOB_YYYYmmdd_HHMMSS.ledger (UTC); the
 * name goes into `to`. The ledger is closed in any case. */
bool ledger_archive(struct ledger *l, char *to, size_t size,
                    struct error *err);
/* Move a ledger that cannot be opened (damaged, foreign) out of the way, to
 * completed/JOB_YYYYmmdd_HHMMSS.damaged: for --new-job. */
bool ledger_put_aside(const char *dir, const char *job, char *to, size_t size,
                      struct error *err);
/*
 * Make the archived ledger of that name the job's own again: moved, or with
 * `move` false copied, whole or not at all. Nothing happens when the job has
 * one by now. LOCKED, LOCAL, CONFIG.
 */
bool ledger_bring_back(const char *dir, const char *job, const char *archived,
                       bool move, struct error *err);
/* Newest archived ledger of the job; false when there is none. */
bool ledger_find_archived(const char *dir, const char *job, char *to,
                          size_t size);

/* Forget all that it knows, but its name and when it began: for a job that has
 * sent nothing. What ledger_open() said of it is NEW then. Lasts at once. */
bool ledger_restart(struct ledger *l, struct error *err);
/* Close and remove it: its job was refused before it sent anything, and what is
 * archived stays the newest that is known. NULL is fine. */
void ledger_discard(struct ledger *l);

/* Small texts by key: options, identity, times. NULL when absent; the result
 * belongs to the caller (free). Set needs a commit to last. Keys of the ledger
 * itself, to be read only: "ledger.job", "ledger.started" and "ledger.updated"
 * (wall seconds), "ledger.done" (documents in `done` rows). */
char *ledger_get(struct ledger *l, const char *key);
bool ledger_set(struct ledger *l, const char *key, const char *value,
                struct error *err);

/*
 * Identity: what must not change under a checkpoint (model, dimension, store,
 * fields). A new ledger takes the values; an old one compares and fails with
 * FOREIGN naming each field, old and new.
 */
struct ledger_field {
    const char *name, *value;
};
bool ledger_identity(struct ledger *l, const struct ledger_field *fields,
                     size_t n, struct error *err);

/* Sources in the order of the command line. */
size_t ledger_source_count(struct ledger *l);
bool ledger_source_get(struct ledger *l, size_t i, struct ledger_source *out,
                       struct error *err); /* out->path: free */
bool ledger_source_set(struct ledger *l, size_t i,
                       const struct ledger_source *in, struct error *err);

/*
 * The corpus changed. Forget the frontiers: every record is read again and
 * found by its id. Rejections are forgotten, too (each record is judged anew),
 * and taken out of the totals. Commits, then builds the index over ids in an
 * unlinked file beside the ledger.
 */
bool ledger_use_ids(struct ledger *l, struct error *err);
/* The corpus is as before. Load the exceptions above the frontiers (done,
 * failed, rejected) and, when an earlier run had to use ids, the index over
 * the ids from before it. A retry that reads no corpus needs neither. */
bool ledger_use_frontier(struct ledger *l, struct error *err);

/* This record is final already: by its position or, in id mode, by its id;
 * failed ids count as final too (retry is for those). */
bool ledger_skips(const struct ledger *l, uint16_t source, uint64_t pos,
                  struct text id);

/* Recorder only. Nothing lasts before ledger_commit(). A failure of any of
 * them means the whole open transaction is lost: the caller keeps what it
 * recorded since the last commit and says it again after ledger_reopen(). */
bool ledger_done(struct ledger *l, uint16_t source,
                 const struct ledger_ack *acks, size_t n, struct error *err);
/* A new failure, or one of a document that failed before (same source and
 * position: replaced). */
bool ledger_fail(struct ledger *l, const struct failure *f,
                 struct error *err);
/* The failed document at this position was stored after all, or superseded. */
bool ledger_heal(struct ledger *l, uint16_t source, uint64_t pos,
                 struct error *err);
/* A newer record of this id was stored: older open failures of the id become
 * superseded, and each is told, by its source, pos, stage, kind and code. Cheap
 * when nothing ever failed. */
bool ledger_supersede(struct ledger *l, struct text id, uint16_t source,
                      uint64_t pos,
                      void (*each)(void *arg, const struct failure *f),
                      void *arg, struct error *err);
/* The record at this position was never sent, because a later one of its id
 * is under way: final, so that no resume sends it after the later one. */
bool ledger_pass_over(struct ledger *l, uint16_t source, uint64_t pos,
                      struct error *err);
bool ledger_skip(struct ledger *l, uint16_t source, uint64_t pos,
                 struct error *err); /* given up for good, by hand */
bool ledger_frontier(struct ledger *l, uint16_t source, uint64_t pos,
                     uint64_t offset, uint64_t line, struct error *err);
bool ledger_total_set(struct ledger *l, const struct ledger_totals *t,
                      struct error *err);
bool ledger_commit(struct ledger *l, struct error *err);
bool ledger_reopen(struct ledger *l, struct error *err);

bool ledger_total_get(struct ledger *l, struct ledger_totals *t,
                      struct error *err);

/* --- looking, on a connection of its own ---------------------------------- */

struct ledger_view;
/* path: of a ledger file, finished or in use. */
struct ledger_view *ledger_view_open(const char *path, struct error *err);
void ledger_view_close(struct ledger_view *v);
char *ledger_view_get(struct ledger_view *v, const char *key);
bool ledger_view_totals(struct ledger_view *v, struct ledger_totals *t,
                        struct error *err);
size_t ledger_view_source_count(struct ledger_view *v);
bool ledger_view_source(struct ledger_view *v, size_t i,
                        struct ledger_source *out, struct error *err);

/* The end of each source was read and nothing is owed. */
bool ledger_view_finished(struct ledger_view *v, bool *finished,
                          struct error *err);

/* Open failures by kind, the largest first. */
struct ledger_kind {
    struct failure_cause cause;
    uint64_t count;
    char sample[128]; /* the newest message */
};
bool ledger_view_kinds(struct ledger_view *v, struct ledger_kind *kinds,
                       size_t room, size_t *got, struct error *err);

/* Whether the document at this position is owed as of the last commit, and then
 * of what cause. */
bool ledger_view_owed(struct ledger_view *v, uint16_t source, uint64_t pos,
                      bool *owed, struct failure_cause *cause,
                      struct error *err);

/* Each open failure in the order (source, offset), those from before a change
 * of the corpus last; the row is borrowed for the call. No transaction is open
 * then: a run may write meanwhile. The callback returns false to end early
 * (that is no failure). */
bool ledger_view_failures(struct ledger_view *v,
                          bool (*each)(void *arg, const struct failure *f),
                          void *arg, struct error *err);

/* The open failure at this position, if there is one, likewise. */
bool ledger_view_failure(struct ledger_view *v, uint16_t source, uint64_t pos,
                         bool (*each)(void *arg, const struct failure *f),
                         void *arg, struct error *err);

/* Up to n done ids, evenly spread (n 0: all), to the callback. */
bool ledger_view_ids(struct ledger_view *v, uint64_t n,
                     bool (*each)(void *arg, struct text id), void *arg,
                     struct error *err);

/*
 * What a store can be asked about: *done is how many documents are in the
 * `done` rows behind `row` (0: all rows), *last the newest row. Up to n of
 * their ids go to the callback, those of the newest rows first, then some at
 * equal distances; all of them when there are no more. Rows that are damaged
 * are left out. The callback returns false to end early.
 */
bool ledger_view_sample(struct ledger_view *v, int64_t row, uint64_t n,
                        uint64_t *done, int64_t *last,
                        bool (*each)(void *arg, struct text id), void *arg,
                        struct error *err);

/* The checkpoint as one JSON object on `fd`, streaming:
 * {"job_id","started_at","last_updated","total_documents","processed_ids":[],
 *  "failed_ids":{id:error},"last_batch_id"} */
bool ledger_view_export(struct ledger_view *v, int fd, struct error *err);

/* Start a new ledger from such a file (streaming for processed_ids): it opens
 * in id mode, so the ids are skipped wherever they stand in the corpus. */
bool ledger_import(struct ledger *l, const char *path, struct error *err);

/* Every ledger under DIR and DIR/completed: path, job, archived, locked. */
struct ledger_entry {
    char path[512], job[72];
    bool archived, locked;
};
bool ledger_list(const char *dir,
                 bool (*each)(void *arg, const struct ledger_entry *e),
                 void *arg, struct error *err);

#endif
