/*
 * The ledger of a job: what is done and what failed, in one SQLite file.
 *
 * DIR/JOB.ledger, WAL, one writer. Rows: `job` (key, value), `source` (path,
 * fingerprint, frontier), `done` (a row per batch: positions and ids, packed
 * and compressed), `failed` (a row per open failure or skipped document). The
 * frontier of a source is the position below which every record is final;
 * `done` rows that reach above it are its exceptions. To resume an unchanged
 * corpus takes a seek and these exceptions; for a changed one the ledger builds
 * an index over all ids in an unlinked temporary file.
 *
 * Threads     One thread from ledger_open() until the readers start. Then only
 *             the recorder calls the writing functions; any thread may call
 *             ledger_skips(), which is read-only. ledger_view is a second,
 *             read-only connection for others.
 * Files       Mode 0600 in a directory of mode 0700. A lock on JOB.lock
 *             protects it for life: LOCKED (pid and start time in the text). A
 *             job keeps its ledger when the corpus changes; LEDGER_NOWHERE says
 *             what happens to its failures then.
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
    LEDGER_RESUMED, /* some work is done, the job is not finished */
    LEDGER_FINISHED /* every source was complete (there may be open failures) */
};

/*
 * Positions from here on are in no corpus. When the corpus changes,
 * ledger_use_ids() gives one to each older failure, so that nobody takes it for
 * the record at that place now. It is a key for ledger_heal() and ledger_fail()
 * like any other. The offset stays, so a caller that reads there must compare
 * the id.
 */
#define LEDGER_NOWHERE ((uint64_t)1 << 62)

struct ledger_source {
    char *path;
    struct fingerprint print; /* as of the last run that read it */
    uint64_t frontier_pos, frontier_offset, frontier_line;
    uint64_t window_hash; /* of the raw bytes before `window_end` */
    uint64_t window_end;
    bool complete; /* we read its end, and the frontier is there */
};

struct ledger_totals { /* lifetime of the job */
    uint64_t produced, stored, failed, rejected, skipped, superseded;
    uint64_t batches, requests, retries, tokens;
    uint64_t elapsed_ms, paused_ms;
};

/* A document whose storing the store confirmed. */
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
/* What the operator should know about this ledger (it lost damaged rows, it
 * lies on a network file system): one sentence, or NULL. */
const char *ledger_note(const struct ledger *l);

/* Move the open ledger aside to completed/JOB_YYYYmmdd_HHMMSS.ledger (UTC); the
 * name goes into `to`. It closes the ledger in any case. */
bool ledger_archive(struct ledger *l, char *to, size_t size,
                    struct error *err);
/* For --new-job: move a ledger that cannot be opened (damaged, foreign) to
 * completed/JOB_YYYYmmdd_HHMMSS.damaged. */
bool ledger_put_aside(const char *dir, const char *job, char *to, size_t size,
                      struct error *err);
/*
 * Make the archived ledger of that name the job's own again, by a move or
 * (`move` false) a copy, whole or not at all. No change if the job has a ledger
 * by now. LOCKED, LOCAL, CONFIG.
 */
bool ledger_bring_back(const char *dir, const char *job, const char *archived,
                       bool move, struct error *err);
/* Newest archived ledger of the job; false when there is none. */
bool ledger_find_archived(const char *dir, const char *job, char *to,
                          size_t size);

/* For a job that has sent nothing: forget everything but its name and its
 * start. Its status is LEDGER_NEW then. Durable at once. */
bool ledger_restart(struct ledger *l, struct error *err);
/* Close and remove the ledger of a job that was refused before it sent
 * anything; the newest archived ledger stays the newest. NULL is fine. */
void ledger_discard(struct ledger *l);

/* Small texts by key: options, identity, times. NULL when absent; the result
 * belongs to the caller (free). A value that is set becomes durable by a
 * commit. The ledger's own keys, read-only: "ledger.job", "ledger.started" and
 * "ledger.updated" (wall seconds), "ledger.done" (documents in `done` rows). */
char *ledger_get(struct ledger *l, const char *key);
bool ledger_set(struct ledger *l, const char *key, const char *value,
                struct error *err);

/*
 * Identity: the settings that must not change between the runs of a job (model,
 * dimension, store, fields). A new ledger takes the values; an old one compares
 * them and fails with FOREIGN, naming each field, old and new.
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
 * For a changed corpus. Forget the frontiers: the run reads every record again
 * and looks up its id. Forget the rejections, too, and subtract them from the
 * totals, since the run checks each record anew. Commit, then build the index
 * over ids in an unlinked file beside the ledger.
 */
bool ledger_use_ids(struct ledger *l, struct error *err);
/* For an unchanged corpus. Load the exceptions above the frontiers (done,
 * failed, rejected) and, if an earlier run had to use ids, the index over older
 * ids. A retry that reads no corpus needs neither. */
bool ledger_use_frontier(struct ledger *l, struct error *err);

/* Is this record final already, by its position or, in id mode, by its id?
 * Failed ids count as final, too (retry is for those). */
bool ledger_skips(const struct ledger *l, uint16_t source, uint64_t pos,
                  struct text id);

/* Recorder only. Nothing is durable before ledger_commit(). If any of these
 * fails, the whole open transaction is lost: the caller keeps what it recorded
 * since the last commit and repeats it after ledger_reopen(). */
bool ledger_done(struct ledger *l, uint16_t source,
                 const struct ledger_ack *acks, size_t n, struct error *err);
/* Record a failure. It replaces an older one with the same source and
 * position. */
bool ledger_fail(struct ledger *l, const struct failure *f,
                 struct error *err);
/* The failed document at this position was stored after all, or superseded. */
bool ledger_heal(struct ledger *l, uint16_t source, uint64_t pos,
                 struct error *err);
/* A newer record of this id was stored: older open failures of the id become
 * superseded, and the callback gets the source, pos, cause, id and message
 * of each. Cheap if nothing ever failed. */
bool ledger_supersede(struct ledger *l, struct text id, uint16_t source,
                      uint64_t pos,
                      void (*each)(void *arg, const struct failure *f),
                      void *arg, struct error *err);
/* The record at this position was never sent, because a later one of its id is
 * in flight. Make it final, so that no resume sends it after the later one. */
bool ledger_pass_over(struct ledger *l, uint16_t source, uint64_t pos,
                      struct error *err);
bool ledger_skip(struct ledger *l, uint16_t source, uint64_t pos,
                 struct error *err); /* a person gave it up for good */
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
/* path: a ledger file, archived or in use. If a run that ends archives it
 * meanwhile, it is looked at there. */
struct ledger_view *ledger_view_open(const char *path, struct error *err);
void ledger_view_close(struct ledger_view *v);
char *ledger_view_get(struct ledger_view *v, const char *key);
bool ledger_view_totals(struct ledger_view *v, struct ledger_totals *t,
                        struct error *err);
size_t ledger_view_source_count(struct ledger_view *v);
bool ledger_view_source(struct ledger_view *v, size_t i,
                        struct ledger_source *out, struct error *err);

/* *complete: the end of each source was read. */
bool ledger_view_complete(struct ledger_view *v, bool *complete,
                          struct error *err);
/* *finished: the end of each source was read, and no failure is open. */
bool ledger_view_finished(struct ledger_view *v, bool *finished,
                          struct error *err);

/* Open failures by kind, the largest first. */
struct ledger_kind {
    struct failure_cause cause;
    uint64_t count;
    char sample[128]; /* the commonest message, of its newest */
};
bool ledger_view_kinds(struct ledger_view *v, struct ledger_kind *kinds,
                       size_t room, size_t *got, struct error *err);

/* *is_open: the document at this position has an open failure as of the last
 * commit; then also its cause, and the hash of that (data/failure_fold.h). */
bool ledger_view_is_open(struct ledger_view *v, uint16_t source, uint64_t pos,
                         bool *is_open, struct failure_cause *cause,
                         uint64_t *hash, struct error *err);

/* Call back with each open failure in the order (source, offset), those from
 * before a change of the corpus last; the row is borrowed for the call. No
 * transaction is open then, so a run can write. The callback returns false to
 * end early, which is no error. */
bool ledger_view_failures(struct ledger_view *v,
                          bool (*each)(void *arg, const struct failure *f),
                          void *arg, struct error *err);

/* The same for the open failure at this position, if there is one. */
bool ledger_view_failure(struct ledger_view *v, uint16_t source, uint64_t pos,
                         bool (*each)(void *arg, const struct failure *f),
                         void *arg, struct error *err);

/* Call back with up to n done ids, evenly spread (n 0: all). */
bool ledger_view_ids(struct ledger_view *v, uint64_t n,
                     bool (*each)(void *arg, struct text id), void *arg,
                     struct error *err);

/*
 * A sample of ids to ask the store about: *done is the number of documents in
 * the `done` rows behind `row` (0: all rows), *last the newest row. The
 * callback gets up to n of their ids, first from the newest rows, then at equal
 * distances; all ids if there are no more than n. Damaged rows are left out.
 * The callback returns false to end early.
 */
bool ledger_view_sample(struct ledger_view *v, int64_t row, uint64_t n,
                        uint64_t *done, int64_t *last,
                        bool (*each)(void *arg, struct text id), void *arg,
                        struct error *err);

/* Write the checkpoint to `fd` as one JSON object, streaming:
 * {"job_id","started_at","last_updated","total_documents","processed_ids":[],
 *  "failed_ids":{id:error},"last_batch_id"} */
bool ledger_view_export(struct ledger_view *v, int fd, struct error *err);

/* Start a new ledger from such a file (streaming for processed_ids). It opens
 * in id mode, so a run skips the ids wherever they are in the corpus. */
bool ledger_import(struct ledger *l, const char *path, struct error *err);

/* Every ledger in DIR and DIR/completed: path, job, archived, locked. */
struct ledger_entry {
    char path[512], job[72];
    bool archived, locked;
};
bool ledger_list(const char *dir,
                 bool (*each)(void *arg, const struct ledger_entry *e),
                 void *arg, struct error *err);

#endif
