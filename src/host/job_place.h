/*
 * Which job a command line means, and in which folder its checkpoint is.
 *
 * A job is named after its corpus unless --job does, and belongs to that file:
 * a corpus of the same name in another folder is another job, NAME-2. It is
 * found from any directory, by its name or by its corpus.
 *
 * Threads     Before any thread: it may change the directory of the process.
 */
#ifndef BATCHTOP_HOST_JOB_PLACE_H
#define BATCHTOP_HOST_JOB_PLACE_H

#include "ledger/ledger.h"
#include "options/options.h"

/*
 * The line begins a run, or goes on with one: sets opt->job and
 * opt->checkpoint_dir, and for a second job over one corpus opt->store. Goes to
 * the folder of a job that exists, and says what a user would not expect.
 *
 * fails    CONFIG, MEMORY.
 */
bool job_place_run(struct options *opt, struct error *err);

/*
 * The line is about a job that exists: named by an operand (its name or its
 * corpus) or by --job, else the only one of this directory, else the only one.
 * Sets both options and puts the path of its ledger into `path`; the operands
 * are used up.
 *
 * fails    CONFIG: there is none, or several; MEMORY.
 */
bool job_place_find(struct options *opt, char *path, size_t size,
                    struct error *err);
/* The same, and goes to the job's folder. */
bool job_place_enter(struct options *opt, char *path, size_t size,
                     struct error *err);
/* By this name or corpus alone, without its ledger's path. */
bool job_place_name(struct options *opt, const char *named, struct error *err);
/* Is there a job of this very name? */
bool job_place_exists(const struct options *opt, const char *named);
/* Without a name, among jobs that run. */
bool job_place_running(struct options *opt, struct error *err);

/* All ledgers of all folders in which checkpoints may be. */
bool job_place_each(const struct options *opt,
                    bool (*each)(void *arg, const struct ledger_entry *e),
                    void *arg, struct error *err);
/* The same for a line without options but --checkpoint-dir `dir`; "": not even
 * that. */
bool job_place_each_in(const char *dir,
                       bool (*each)(void *arg, const struct ledger_entry *e),
                       void *arg, struct error *err);

#endif
