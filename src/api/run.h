/*
 * A run: one job from corpus to store, and its two doors.
 *
 * run_open() checks what must be known before a screen appears (corpus files,
 * ledger, lock, identity) and starts nothing. run_begin() starts the threads,
 * which do the preflight of embedder and store. When everything is final the
 * state is RUN_DONE and the threads idle, so that a retry still works;
 * run_finish() ends everything.
 *
 * Threads     run_command() and run_snapshot(): any. The rest: the owner.
 */
#ifndef BATCHTOP_API_RUN_H
#define BATCHTOP_API_RUN_H

#include "api/command.h"
#include "api/door.h"
#include "api/snapshot.h"
#include "util/error.h"

struct options;
struct run;

struct summary {
    struct snapshot last;
    enum exit_status status;
    uint64_t recorded;  /* records that are final in the checkpoint: fewer than
                           last.processed if we could not write it */
    char archived[512]; /* where the finished ledger went; "" */
    bool unbegun; /* it stored and sent nothing: it left no ledger */
    char first_aid[400]; /* of a start that led to nothing: what to look at
                            before the next one; "": nothing */
    struct error why;   /* reason of a failure, or of an end that nobody asked
                           for; text "": none */
};

/* What run_open() found. */
enum run_opened {
    RUN_OPEN_NEW,
    RUN_OPEN_RESUMED,
    RUN_OPEN_COMPLETE, /* finished before, no open failures, nothing changed */
    RUN_OPEN_ERROR
};

/* The run borrows the options until run_finish(). On RUN_OPEN_COMPLETE *out is
 * NULL and `said` has a sentence about it. */
enum run_opened run_open(const struct options *opt, struct run **out,
                         char *said, size_t said_size, struct error *err);
/* Nobody is there to end a hold, so waits have an end (patience.h). Before
 * run_begin(). */
void run_set_unattended(struct run *r);
bool run_begin(struct run *r, struct error *err);

/* Carry a command out or refuse it. On true `said` (may be NULL) has one line
 * for the operator; on false err says why not. It does not wait: what takes
 * time (retry, skip, export, checkpoint, show) goes on in another thread. */
bool run_command(struct run *r, const struct command *c, char *said,
                 size_t said_size, struct error *err);

void run_snapshot(struct run *r, struct snapshot *s);
/* The snapshot before a run is opened: what the options alone tell. */
void run_starting(const struct options *opt, struct snapshot *s);

/* The process was stopped for so long (SIGSTOP, Ctrl-Z): do not count it as
 * time of the run. Any thread. */
void run_note_suspension(struct run *r, int64_t ms);

/* Somebody begins or ends to look at the run: the log says so. */
void run_note_viewer(struct run *r, const char *who, bool comes);

/* Wait until the run ended (RUN_DONE, RUN_FAILED, or drained and stopped), at
 * most timeout_ms. True when it has ended. */
bool run_wait(struct run *r, int64_t timeout_ms);

/* End all threads (stop a run that still goes on), close the ledger, archive it
 * if there are no open failures, free the run. */
void run_finish(struct run *r, struct summary *out);

#endif
