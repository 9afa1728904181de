/* This file follows a run in one loop: it attends to the owner, the log and the
 * lines, and checks ten times a second whether the run has ended. Signals come
 * from the thread of watch.c, commands of others from the server's thread. */
#include "config.h"
#include "host/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/run.h"
#include "engine/job/job_name.h"
#include "host/cmd.h"
#include "host/metrics.h"
#include "host/plain.h"
#include "host/prompts.h"
#include "host/watch.h"
#include "ledger/ledger.h"
#include "options/advice.h"
#include "remote/remote.h"
#include "sys/clock.h"

enum { LOOK_MS = 100, LOG_MAX = 4 << 20, METRICS_MS = 5000 };

struct serving {
    const struct options *opt;
    struct run *run;
    struct remote *remote;
    struct watch *watch;
    struct plain *plain; /* NULL: no lines are wanted */
    FILE *file;          /* of --log-file; NULL: none is wanted */
    struct plain *filed; /* the lines there */
    int64_t metrics_ms;  /* when --metrics was written; 0: not yet */
    bool metrics_fail;   /* and it was said that it cannot be */
    struct prompts *prompts; /* NULL: nobody can answer */
    bool asking;         /* a question waits for its answer */
    bool owned;          /* a process with a screen began it */
    bool logging;        /* standard output is the log */
    bool hung_up;        /* the owner was lost, and we acted on it */
    bool retries;        /* it was begun to retry what failed */
    atomic_bool hangup;  /* SIGHUP came */
    atomic_bool ending;  /* somebody asked for the end */
    struct snapshot look;
    struct summary sum;
};

/* Progress must not mix with data on stdout. */
static FILE *serve_stream(const struct options *opt)
{
    return opt->json || strcmp(opt->store, "jsonl:-") == 0 ? stderr : stdout;
}

/* --- the log of a run without a screen ------------------------------------ */

/* A large log becomes JOB.log.1; there is no JOB.log.2. */
int serve_open_log(const struct options *opt, char *path, size_t size,
                   struct error *err)
{
    int flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, fd;
    char job[72], old[4200];
    struct stat st;

    job_name(opt, job, sizeof job);
    snprintf(path, size, "%s/%s.log", opt->checkpoint_dir, job);
    if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) &&
        st.st_size > LOG_MAX) {
        snprintf(old, sizeof old, "%s.1", path);
        rename(path, old); /* or it goes on growing */
    }
    fd = open(path, flags, 0600);
    if (fd < 0)
        error_errno(err, errno, "%.180s", path);
    return fd;
}

static void log_from_now(struct serving *s)
{
    char path[4096];
    struct error err;
    int fd = serve_open_log(s->opt, path, sizeof path, &err);

    if (fd < 0) /* a run is worth more than its log */
        fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    fflush(stdout);
    fflush(stderr);
    dup2(fd, STDOUT_FILENO);
    dup2(fd, STDERR_FILENO);
    if (fd >= 0)
        close(fd);
    s->logging = true;
}

static void serve_log_instead(struct serving *s)
{
    log_from_now(s);
    plain_free(s->plain); /* the log begins with a description of the run */
    s->plain = plain_new(serve_stream(s->opt), s->opt);
    plain_join(s->plain);
}

/* The same lines in a file of the user's, whatever the screen shows. */
static bool serve_open_file(struct serving *s, struct error *err)
{
    const char *path = s->opt->log_file;
    int fd;

    if (!*path)
        return true;
    /* A FIFO that nobody reads is refused, not waited for. */
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK,
              0600);
    if (fd < 0) {
        error_errno(err, errno, "--log-file %.180s", path);
        err->kind = ERROR_CONFIG; /* it is the name that is wrong */
        return false;
    }
    s->file = fdopen(fd, "a");
    if (!s->file) {
        close(fd);
        return error_memory(err, "for --log-file");
    }
    setvbuf(s->file, NULL, _IOLBF, 0);
    s->filed = plain_new(s->file, s->opt);
    return s->filed || error_memory(err, "for --log-file");
}

static void serve_close_file(struct serving *s)
{
    plain_free(s->filed);
    if (s->file)
        fclose(s->file);
}

static bool serve_check_metrics(const struct serving *s, struct error *err)
{
    return !*s->opt->metrics || metrics_check(s->opt->metrics, err);
}

/* How the run is now, in s->look. Its messages stay for who prints them. */
static void serve_look(struct serving *s)
{
    uint64_t seen = s->look.events_seen;

    run_snapshot(s->run, &s->look);
    s->look.events_seen = seen;
}

/* A run is worth more than its figures: say once that they cannot be
 * written. */
static void serve_write_metrics(struct serving *s, const struct snapshot *snap)
{
    struct error err;
    bool fine;

    if (!*s->opt->metrics)
        return;
    s->metrics_ms = clock_ms();
    fine = metrics_write(s->opt->metrics, snap, &err);
    if (!fine && !s->metrics_fail)
        fprintf(stderr, "batchtop: --metrics: %s\n", err.text);
    s->metrics_fail = !fine;
}

static void serve_keep_metrics(struct serving *s)
{
    if (!*s->opt->metrics ||
        (s->metrics_ms && clock_ms() - s->metrics_ms < METRICS_MS))
        return;
    serve_look(s);
    serve_write_metrics(s, &s->look);
}

/* --quiet is about the user's streams, not about the log of the job. */
static bool serve_is_quiet(const struct serving *s)
{
    return s->opt->quiet && !s->logging;
}

static void keep_log_small(struct serving *s)
{
    struct stat st;

    if (s->logging && fstat(STDOUT_FILENO, &st) == 0 && st.st_size > LOG_MAX)
        log_from_now(s);
}

/* --- the doors ------------------------------------------------------------ */

/* A run that is done stays for a screen; now it need not. */
static bool serve_command(void *to, const struct command *c, char *said,
                          size_t said_size, struct error *err)
{
    struct serving *s = to;

    if (c->kind == COMMAND_DRAIN || c->kind == COMMAND_STOP)
        atomic_store(&s->ending, true);
    if (c->kind == COMMAND_DRAIN && c->value)
        watch_grace(s->watch);
    return run_command(s->run, c, said, said_size, err);
}

static bool serve_snapshot(void *to, struct snapshot *snap)
{
    struct serving *s = to;

    run_snapshot(s->run, snap);
    return true;
}

static void serve_viewer(void *to, const char *who, bool comes)
{
    struct serving *s = to;

    run_note_viewer(s->run, who, comes);
}

static struct door serve_door(struct serving *s)
{
    return (struct door){ s, serve_command, serve_snapshot, serve_viewer };
}

static void serve_take_signal(void *arg, int signo)
{
    struct serving *s = arg;

    if (signo == SIGHUP)
        atomic_store(&s->hangup, true);
    else if (signo == SIGTSTP)
        raise(SIGSTOP);
}

static void serve_note_suspension(void *arg, int64_t ms)
{
    struct serving *s = arg;

    run_note_suspension(s->run, ms);
}

static void serve_lost_screen(struct serving *s)
{
    switch ((enum option_hangup)s->opt->on_hangup) {
    case HANGUP_CONTINUE:
        serve_log_instead(s);
        break;
    case HANGUP_STOP: {
        struct command c = { .kind = COMMAND_STOP, .origin = "hang-up" };
        struct error err;

        serve_command(s, &c, NULL, 0, &err);
        break;
    }
    case HANGUP_DRAIN:
        watch_drain(s->watch, "hang-up");
        break;
    }
}

static void serve_watch_owner(struct serving *s)
{
    enum remote_owner owner = remote_owner(s->remote);

    if (owner == OWNER_DETACHED && !s->logging)
        serve_log_instead(s);
    if ((owner == OWNER_GONE && !s->hung_up) ||
        atomic_exchange(&s->hangup, false)) {
        s->hung_up = true;
        serve_lost_screen(s);
    }
}

/* --- from begin to end ---------------------------------------------------- */

/* Done, but with open failures: a watching user may want to retry them. Or the
 * user asked to look at the end (--stay). A run that never had a screen ends,
 * because scripts wait for it, unless a question about retries is open. */
static bool serve_is_waited_for(struct serving *s)
{
    if (atomic_load(&s->ending) ||
        !(s->asking || (s->owned && remote_watched(s->remote))))
        return false;
    serve_look(s);
    return s->look.state == RUN_DONE &&
           (s->look.failures_open || s->opt->stay);
}

static void serve_put_lines(struct serving *s)
{
    run_snapshot(s->run, &s->look);
    if (s->plain)
        plain_look(s->plain, &s->look);
    if (s->filed)
        plain_look(s->filed, &s->look);
}

static void stay_until_end(struct serving *s)
{
    bool ended;

    do {
        ended = run_wait(s->run, LOOK_MS);
        serve_watch_owner(s);
        serve_keep_metrics(s);
        if (s->plain || s->filed)
            serve_put_lines(s);
        if (s->plain) {
            s->asking = prompts_look(s->prompts, &s->look);
            keep_log_small(s);
        }
        if (ended && serve_is_waited_for(s)) {
            ended = false;
            usleep(LOOK_MS * 1000);
        }
    } while (!ended || !run_wait(s->run, 0)); /* a retry came meanwhile */
}

/* A person sees the messages, and can answer. */
static bool serve_is_attended(const struct serving *s)
{
    return s->owned || isatty(fileno(serve_stream(s->opt)));
}

static bool begin_watched(struct serving *s, struct error *err)
{
    struct watch_config watch = { .door = serve_door(s),
                                  .tell = serve_take_signal,
                                  .suspended = serve_note_suspension,
                                  .arg = s };

    s->watch = watch_start(&watch, err);
    return s->watch && run_begin(s->run, err);
}

/* Let others watch and command from now on. The run goes on if that fails, but
 * not without its owner. */
static bool open_doors(struct serving *s, struct error *err)
{
    struct door doors = serve_door(s);
    struct error alone;
    char job[72];
    bool open;

    job_name(s->opt, job, sizeof job);
    open = remote_listen(s->remote, s->opt->checkpoint_dir, job, &alone);
    if (open || s->owned)
        open = remote_begin(s->remote, &doors, s->owned ? err : &alone);
    if (s->owned)
        return open;
    if (!open)
        fprintf(serve_stream(s->opt),
                "batchtop: ctl cannot reach this run: %s\n", alone.text);
    return true;
}

static void retry_first(struct serving *s, const char *kind)
{
    struct command retry = { .kind = COMMAND_RETRY };
    struct error err;

    retry.select.by = *kind ? SELECT_KIND : SELECT_ALL;
    snprintf(retry.select.kind, sizeof retry.select.kind, "%s", kind);
    if (!run_command(s->run, &retry, NULL, 0, &err))
        fprintf(serve_stream(s->opt), "batchtop: %s\n", err.text);
}

/* Does somebody read our own streams? */
static bool serve_has_reader(const struct serving *s)
{
    return !s->owned || s->logging;
}

/* Send the last words to everyone. */
static void serve_say_to_all(struct serving *s, int status, bool error,
                             const char *text)
{
    char when[24];

    remote_farewell(s->remote, status, error, text);
    if (serve_has_reader(s) && (error || !serve_is_quiet(s)))
        fputs(text, error ? stderr : serve_stream(s->opt));
    if (s->file)
        fprintf(s->file, "%s %s",
                clock_iso8601(when, sizeof when, clock_wall_s()), text);
}

/* A command that the job remembers and nobody typed. */
static bool serve_lacks_command(const struct options *opt)
{
    return (strncmp(opt->embed, "exec:", 5) == 0 &&
            !options_given(opt, "embed")) ||
           (strncmp(opt->store, "exec:", 5) == 0 &&
            !options_given(opt, "store"));
}

/* The line to type instead; "" where none is better. */
static void serve_advise(const struct serving *s, const struct error *err,
                         char *to, size_t size)
{
    const char *verb = err->kind == ERROR_LOCKED ? "attach"
                       : s->retries              ? "retry"
                                                 : "resume";
    char line[ADVICE_MAX], job[72];

    *to = '\0';
    if (err->kind != ERROR_LOCKED &&
        (err->kind != ERROR_CONFIG || !serve_lacks_command(s->opt)))
        return;
    job_name(s->opt, job, sizeof job);
    snprintf(to, size, "  %-10s  %s\n", verb,
             advice_line(line, s->opt, verb, job, ""));
}

static int say_error(struct serving *s, const struct error *err)
{
    char text[sizeof err->text + ADVICE_MAX + 32], job[72];
    int status = (int)exit_status_of(err);
    int n = snprintf(text, sizeof text, "batchtop: %s\n", err->text);

    serve_advise(s, err, text + n, sizeof text - (size_t)n);
    serve_say_to_all(s, status, true, text);
    if (s->opt->json && serve_has_reader(s)) {
        job_name(s->opt, job, sizeof job);
        plain_json_brief(stdout, job, exit_status_of(err), err->text);
    }
    return status;
}

/* Take the counts of the finished ledger: this run did nothing. */
static void recall_counts(struct serving *s)
{
    struct snapshot *last = &s->sum.last;
    struct ledger_totals t = { 0 };
    struct ledger_view *v;
    struct error err;
    char path[1200];
    bool archived;

    job_name(s->opt, last->job, sizeof last->job);
    last->resumed = true;
    if (!job_find(s->opt->checkpoint_dir, last->job, path, sizeof path,
                  &archived) ||
        !(v = ledger_view_open(path, &err)))
        return;
    if (ledger_view_totals(v, &t, &err)) {
        last->stored = t.stored;
        last->skipped = t.skipped;
        last->superseded = t.superseded;
        last->processed = t.stored + t.skipped + t.superseded;
    }
    ledger_view_close(v);
}

static int serve_say_finished(struct serving *s, const char *said)
{
    char line[1300];

    snprintf(line, sizeof line, "batchtop: %s\n", said);
    serve_say_to_all(s, EXIT_STORED, false, line);
    if (s->opt->json && serve_has_reader(s)) {
        recall_counts(s);
        plain_json(stdout, &s->sum, said);
    }
    return EXIT_STORED;
}

/* A run that went well has nothing to say where that is not wanted. */
static void serve_put_summary(struct serving *s)
{
    if (!serve_is_quiet(s))
        plain_summary(serve_stream(s->opt), &s->sum, s->opt);
    else if (s->sum.status != EXIT_STORED)
        plain_summary(stderr, &s->sum, s->opt);
}

/* Print it without memory, which may have run out. */
static void say_summary(struct serving *s)
{
    char *text = NULL, line[sizeof s->sum.why.text + 16];
    size_t size;
    FILE *to = open_memstream(&text, &size);

    if (to) {
        plain_summary(to, &s->sum, s->opt);
        fclose(to);
    }
    snprintf(line, sizeof line, "batchtop: %s\n", s->sum.why.text);
    remote_farewell(s->remote, (int)s->sum.status, false, text ? text : line);
    free(text);
    if (serve_has_reader(s))
        serve_put_summary(s);
    if (s->file)
        plain_summary(s->file, &s->sum, s->opt);
    if (s->opt->json && serve_has_reader(s))
        plain_json(stdout, &s->sum, NULL);
}

static int run_open_to_end(struct serving *s, const char *retry_kind)
{
    struct door doors = serve_door(s);
    struct error err;
    bool begun;

    if (retry_kind)
        retry_first(s, retry_kind);
    if (!serve_is_attended(s))
        run_set_unattended(s->run);
    begun = begin_watched(s, &err) && open_doors(s, &err);
    if (begun && !s->owned && !s->opt->quiet) {
        s->plain = plain_new(serve_stream(s->opt), s->opt);
        s->prompts = prompts_new(serve_stream(s->opt), &doors, s->opt);
    }
    if (begun)
        stay_until_end(s);
    remote_stop(s->remote); /* its commands need the watch */
    watch_end(s->watch);
    run_finish(s->run, &s->sum);
    if (begun)
        serve_write_metrics(s, &s->sum.last);
    if (s->plain)
        s->sum.last.unread[0] = '\0'; /* it stands in the lines */
    plain_free(s->plain);
    prompts_free(s->prompts);
    if (!begun)
        return say_error(s, &err);
    say_summary(s);
    return (int)s->sum.status;
}

static int open_to_end(struct serving *s, const char *retry_kind)
{
    char said[1200];
    struct error err;

    switch (run_open(s->opt, &s->run, said, sizeof said, &err)) {
    case RUN_OPEN_COMPLETE:
        return serve_say_finished(s, said);
    case RUN_OPEN_NEW:
    case RUN_OPEN_RESUMED:
        return run_open_to_end(s, retry_kind);
    case RUN_OPEN_ERROR:
        break;
    }
    return say_error(s, &err);
}

int serve_run(const struct options *opt, const char *retry_kind, int owner)
{
    struct serving *s = calloc(1, sizeof *s);
    struct error err;
    int status;

    error_memory(&err, "for a run");
    if (!s)
        return cmd_refuse(opt, &err);
    s->opt = opt;
    s->owned = owner >= 0;
    s->retries = retry_kind != NULL;
    s->remote = remote_open(owner, &err);
    status = s->remote && serve_open_file(s, &err) &&
                     serve_check_metrics(s, &err)
                 ? open_to_end(s, retry_kind)
                 : say_error(s, &err);
    serve_close_file(s);
    remote_close(s->remote);
    free(s);
    return status;
}
