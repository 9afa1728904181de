/* The subcommands: one function and one file each. They get parsed options,
 * write to stdout and stderr, and return the exit status of the program. */
#ifndef BATCHTOP_HOST_CMD_H
#define BATCHTOP_HOST_CMD_H

#include "api/run.h"
#include "options/options.h"

struct cmd {
    const char *name;    /* as typed; "" for the main job */
    const char *form;    /* operands, for --help */
    const char *summary;
    size_t most;         /* operands that it takes */
    int (*run)(struct options *opt);
};

/* The command of that name; NULL: there is none. */
const struct cmd *cmd_named(const struct cmd *commands, size_t count,
                            const char *name);

int cmd_plan(struct options *opt);
int cmd_size(struct options *opt);
int cmd_jobs(struct options *opt);
int cmd_status(struct options *opt);
int cmd_failures(struct options *opt);
int cmd_export(struct options *opt);
int cmd_ctl(struct options *opt);
int cmd_search(struct options *opt);
int cmd_verify(struct options *opt);

/* Connect to a running job, named as for job_place_name(); -1 when there is no
 * such job or it is not running. */
int cmd_connect(struct options *opt, const char *job, struct error *err);

/* Print "batchtop: text" on stderr and return the exit status for err. */
int cmd_error(const struct error *err);

/* The same for a run that does not begin: with --json it prints the object. */
int cmd_refuse(const struct options *opt, const struct error *err);

/* As job_place_enter(), and the job's options are recalled into opt. */
bool cmd_find_job(struct options *opt, char *path, size_t size,
                  struct error *err);
/* The same for a job that is to run: repairs a damaged ledger. */
bool cmd_find_run(struct options *opt, char *path, size_t size,
                  struct error *err);
/* Could --kind select a failure? CONFIG where the ledger has failures, but the
 * word is none that selects any. */
bool cmd_check_kind(const char *ledger, const char *kind, struct error *err);

#endif
