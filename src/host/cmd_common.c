/* This file has what several subcommands need: their list, the error line with
 * its exit status, the job that the command line means, the connection to a
 * run. */
#include "config.h"
#include "host/cmd.h"

#include <stdio.h>
#include <string.h>

#include "api/snapshot.h"
#include "engine/job/job_name.h"
#include "engine/job/job_recall.h"
#include "host/job_place.h"
#include "host/plain.h"
#include "ledger/ledger.h"
#include "options/advice.h"
#include "remote/remote.h"
#include "util/str.h"

const struct cmd *cmd_named(const struct cmd *commands, size_t count,
                            const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

int cmd_error(const struct error *err)
{
    fprintf(stderr, "batchtop: %s\n", err->text);
    return (int)exit_status_of(err);
}

int cmd_refuse(const struct options *opt, const struct error *err)
{
    char job[72] = "";

    if (opt->json) {
        if (*opt->job || opt->corpus.count)
            job_name(opt, job, sizeof job);
        plain_json_brief(stdout, job, exit_status_of(err), err->text);
    }
    return cmd_error(err);
}

static bool find_job(struct options *opt, char *path, size_t size, bool mend,
                     struct error *err)
{
    if (!job_place_enter(opt, path, size, err))
        return false;
    options_yield(opt);
    return (mend ? job_repair_ledger(opt->checkpoint_dir, opt->job, err)
                 : job_check_begun(path, err)) &&
           job_recall(opt, path, err);
}

bool cmd_find_job(struct options *opt, char *path, size_t size,
                  struct error *err)
{
    return find_job(opt, path, size, false, err);
}

bool cmd_find_run(struct options *opt, char *path, size_t size,
                  struct error *err)
{
    return find_job(opt, path, size, true, err);
}

/* " limited, input": each kind once. */
static void cmd_name_kinds(const struct ledger_kind *kinds, size_t n,
                           struct buf *to)
{
    char key[48];

    for (size_t i = 0; i < n; i++) {
        snprintf(key, sizeof key, " %s", error_word(kinds[i].cause.kind));
        if (!to->len || !strstr(buf_cstr(to), key))
            buf_printf(to, "%s%s", to->len ? "," : "", key);
    }
}

/* The word may be a typing error: name the kinds that exist. */
bool cmd_check_kind(const char *ledger, const char *kind, struct error *err)
{
    struct ledger_kind kinds[SNAPSHOT_KINDS];
    struct ledger_view *v;
    struct buf names;
    char shown[48];
    size_t n = 0;
    bool fine;

    if (!*kind || failure_word_valid(kind))
        return true;
    v = ledger_view_open(ledger, err);
    fine = v && ledger_view_kinds(v, kinds, SNAPSHOT_KINDS, &n, err);
    ledger_view_close(v);
    if (!fine)
        return false;
    buf_init(&names);
    cmd_name_kinds(kinds, n, &names);
    str_printable(shown, sizeof shown, text_of(kind));
    error_set(err, ERROR_CONFIG, 0,
              "--kind %s: no failure is of that kind; there are%s (or a stage, "
              "or a code such as 429)",
              shown, n ? buf_cstr(&names) : " no failures");
    buf_release(&names);
    return false;
}

/* What can be done with a job that does not run, to type as it stands. */
static void cmd_say_next_step(const struct options *opt, const char *job,
                              const char *path, bool archived,
                              struct error *err)
{
    struct ledger_kind kinds[SNAPSHOT_KINDS];
    struct ledger_view *v;
    struct error ignored;
    size_t n = 0;
    bool complete = false;
    char line[ADVICE_MAX], what[160], owed[32];
    uint64_t all = 0;

    v = ledger_view_open(path, &ignored);
    if (v && ledger_view_complete(v, &complete, &ignored))
        ledger_view_kinds(v, kinds, SNAPSHOT_KINDS, &n, &ignored);
    ledger_view_close(v);
    for (size_t i = 0; i < n; i++)
        all += kinds[i].count;
    if (archived)
        snprintf(what, sizeof what, "%.64s is finished", job);
    else if (complete && all)
        snprintf(what, sizeof what, "%.64s is not running, %s owed", job,
                 str_count(owed, sizeof owed, all));
    else
        snprintf(what, sizeof what, "%.64s is not running", job);
    advice_line(line, opt, archived ? "status" : complete && all ? "retry"
                                                                 : "resume",
                job, "");
    /* A line that is cut would be of no use. */
    if (strlen(what) + strlen(line) + sizeof " ()" < sizeof err->text)
        error_set(err, ERROR_STOPPED, 0, "%s (%s)", what, line);
    else
        error_set(err, ERROR_STOPPED, 0, "%s", what);
}

/* So that the advice knows the command that has to be typed again. */
static void cmd_recall_commands(struct options *opt, const char *path)
{
    struct error ignored;

    job_recall(opt, path, &ignored);
}

int cmd_connect(struct options *opt, const char *job, struct error *err)
{
    char path[1200];
    bool archived;
    int fd;

    if (!job_place_name(opt, job, err))
        return -1;
    fd = remote_connect(opt->checkpoint_dir, opt->job, err);
    if (fd < 0 && err->kind == ERROR_STOPPED &&
        job_find(opt->checkpoint_dir, opt->job, path, sizeof path, &archived)) {
        cmd_recall_commands(opt, path);
        cmd_say_next_step(opt, opt->job, path, archived, err);
    }
    return fd;
}
