/*
 * Arguments, then the screen or the plain log; the only file that knows both
 * worlds.
 *
 * Signals are blocked before any thread starts and read by one thread that is
 * not the screen's: INT and TERM drain, a second one stops, a third leaves at
 * once; USR1 pauses and resumes; HUP ends the screen and drains.
 */
#include "config.h"

#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/plain.h"
#include "core/job.h"
#include "embed/embedder.h"
#include "remote/remote.h"
#include "store/store.h"
#include "sys/clock.h"
#include "sys/thread.h"
#include "ui/app.h"
#include "util/str.h"

enum { LOOK_MS = 100, GRACE_MS = 10000 };

static int job_run(struct options *opt);
static int job_resume(struct options *opt);
static int job_retry(struct options *opt);

static const struct cmd commands[] = {
    { "plan", "CORPUS...", "dry run: documents, tokens, requests, cost",
      OPTION_LIST_MAX, cmd_plan },
    { "size", "--dim N", "how many records fit into a request", 0, cmd_size },
    { "jobs", "", "every job that has a checkpoint", 0, cmd_jobs },
    { "status", "[JOB]", "what one checkpoint knows", 1, cmd_status },
    { "ctl", "JOB WORD", "pause, resume, set ... a job that runs", 3,
      cmd_ctl },
    { "failures", "[JOB]", "failed documents as JSONL", 1, cmd_failures },
    { "resume", "[JOB]", "go on with a job", 1, job_resume },
    { "retry", "[JOB]", "run again, failed documents only", 1, job_retry },
    { "export", "[JOB]", "the checkpoint as JSON", 1, cmd_export },
    { "search", "[JOB] QUERY", "nearest documents in the store", 2,
      cmd_search },
    { "verify", "[JOB]", "ask the store for what is done", 1, cmd_verify },
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

/* --- signals ----------------------------------------------------------------- */

struct watch {
    struct run *run;
    _Atomic(struct app *) app;
    atomic_bool ending;
    int ends;         /* INT and TERM so far */
    int64_t stop_ms;  /* when the grace is over; 0: no end asked for */
    pthread_t thread;
};

static void order(struct watch *w, enum command_kind kind, const char *origin)
{
    struct command c = { .kind = kind };
    struct error err;

    snprintf(c.origin, sizeof c.origin, "%s", origin);
    run_command(w->run, &c, NULL, 0, &err);
}

static void end_asked(struct watch *w)
{
    switch (++w->ends) {
    case 1:
        order(w, COMMAND_DRAIN, "signal");
        w->stop_ms = clock_ms() + GRACE_MS;
        break;
    case 2:
        order(w, COMMAND_STOP, "signal");
        break;
    default:
        /* The crash handler gives the terminal back, then we are gone. */
        raise(SIGABRT);
    }
}

static void suspend(struct watch *w)
{
    struct app *app = atomic_load(&w->app);

    if (app)
        app_signal(app, SIGTSTP);
    else
        raise(SIGSTOP);
}

static void heard(struct watch *w, int signo)
{
    struct app *app = atomic_load(&w->app);
    struct error err;
    struct command c = { .kind = COMMAND_RESUME, .origin = "SIGUSR1" };

    switch (signo) {
    case SIGINT:
    case SIGTERM:
    case SIGQUIT:
        end_asked(w);
        break;
    case SIGUSR1:
        if (!run_command(w->run, &c, NULL, 0, &err))
            order(w, COMMAND_PAUSE, "SIGUSR1");
        break;
    case SIGTSTP:
        suspend(w);
        break;
    case SIGHUP:
        order(w, COMMAND_DRAIN, "hang-up");
        w->stop_ms = clock_ms() + GRACE_MS;
        if (app)
            app_signal(app, signo);
        break;
    default:
        if (app)
            app_signal(app, signo);
    }
}

static void watched_signals(sigset_t *set)
{
    static const int signals[] = { SIGINT,  SIGTERM,  SIGQUIT, SIGHUP,
                                   SIGUSR1, SIGWINCH, SIGTSTP, SIGCONT };

    sigemptyset(set);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        sigaddset(set, signals[i]);
}

static void *watch_main(void *arg)
{
    struct watch *w = arg;
    sigset_t set;

    watched_signals(&set);
    while (!atomic_load(&w->ending)) {
        struct timespec look = { 0, LOOK_MS * 1000000L };
        int signo = sigtimedwait(&set, NULL, &look);

        if (signo > 0)
            heard(w, signo);
        if (w->stop_ms && clock_ms() >= w->stop_ms) {
            order(w, COMMAND_STOP, "grace");
            w->stop_ms = 0;
        }
    }
    return NULL;
}

/* --- the main job --------------------------------------------------------------- */

static bool wants_console(const struct options *opt)
{
    const char *accessible = getenv("ACCESSIBLE");

    return !opt->plain && !opt->json && opt->progress == 0 &&
           !(accessible && *accessible) && app_possible();
}

/* Progress must not mix with data on stdout. */
static FILE *log_stream(const struct options *opt)
{
    return opt->json || strcmp(opt->store, "jsonl:-") == 0 ? stderr : stdout;
}

/* Others may look and command from now on; without them it runs as well. */
static struct remote *serve(struct run *run, const struct options *opt,
                            struct error *err)
{
    struct door door = run_door(run);
    struct remote *s = remote_open(&door, -1, err);
    char job[72];

    job_name(opt, job, sizeof job);
    if (s && remote_listen(s, opt->checkpoint_dir, job, err) &&
        remote_begin(s, err))
        return s;
    remote_close(s);
    return NULL;
}

static void say_unreachable(const struct options *opt,
                            const struct error *err)
{
    fprintf(log_stream(opt), "batchtop: ctl cannot reach this run: %s\n",
            err->text);
}

static void look_until_end(struct run *run, struct plain *p)
{
    struct snapshot *s = calloc(1, sizeof *s);
    bool ended;

    do {
        ended = run_wait(run, LOOK_MS);
        if (s && p) {
            run_snapshot(run, s);
            plain_look(p, s);
        }
    } while (!ended);
    free(s);
}

static void run_plain(struct run *run, const struct options *opt)
{
    struct plain *p = plain_new(log_stream(opt), opt);
    struct error err;
    struct remote *remote = serve(run, opt, &err);

    if (!remote)
        say_unreachable(opt, &err);
    look_until_end(run, p);
    remote_close(remote);
    plain_free(p);
}

static bool run_console(struct run *run, const struct options *opt,
                        struct watch *w, struct error *err)
{
    struct app_options look = { .read_only = opt->read_only,
                                .ascii = opt->ascii,
                                .high_contrast = opt->high_contrast,
                                .color = (enum app_color)opt->color,
                                .fps = (int)opt->fps };
    struct door door = run_door(run);
    struct app *app = app_new(&door, &look, err);
    struct remote *remote = NULL;
    struct error unreachable;
    enum app_end end = APP_QUIT;
    bool begun;

    if (!app)
        return false;
    atomic_store(&w->app, app);
    begun = run_begin(run, err);
    if (begun)
        remote = serve(run, opt, &unreachable);
    if (begun)
        end = app_main(app);
    if (end == APP_HANGUP)
        look_until_end(run, NULL); /* the run drains without a screen */
    atomic_store(&w->app, NULL);
    app_free(app);
    if (end == APP_ABANDON)
        _exit(EXIT_RESUMABLE); /* what is in flight is sent again */
    if (begun && !remote)
        say_unreachable(opt, &unreachable);
    remote_close(remote);
    return begun;
}

static void start_watch(struct watch *w, struct run *run)
{
    struct error err;

    w->run = run;
    if (!thread_start(&w->thread, "bt-signals", watch_main, w, &err)) {
        cmd_error(&err);
        exit(EXIT_FATAL);
    }
}

static void end_watch(struct watch *w)
{
    atomic_store(&w->ending, true);
    pthread_join(w->thread, NULL);
}

/* Run until it ends. retry_kind: NULL, or which failures to retry first. */
static int run_job(struct options *opt, const char *retry_kind)
{
    struct run *run;
    struct watch *w = calloc(1, sizeof *w);
    struct summary *sum = calloc(1, sizeof *sum);
    struct command retry = { .kind = COMMAND_RETRY };
    bool console = wants_console(opt), begun = true;
    char said[1200];
    struct error err;
    int status;

    if (!w || !sum) {
        free(w);
        free(sum);
        error_set(&err, ERROR_MEMORY, 0, "no memory for a run");
        return cmd_error(&err);
    }
    switch (run_open(opt, &run, said, sizeof said, &err)) {
    case RUN_OPEN_COMPLETE:
        fprintf(log_stream(opt), "batchtop: %s\n", said);
        free(w);
        free(sum);
        return EXIT_STORED;
    case RUN_OPEN_ERROR:
        free(w);
        free(sum);
        return cmd_error(&err);
    case RUN_OPEN_NEW:
    case RUN_OPEN_RESUMED:
        break;
    }
    start_watch(w, run);
    if (retry_kind) {
        retry.select.by = *retry_kind ? SELECT_KIND : SELECT_ALL;
        snprintf(retry.select.kind, sizeof retry.select.kind, "%s",
                 retry_kind);
        if (!run_command(run, &retry, NULL, 0, &err))
            fprintf(log_stream(opt), "batchtop: %s\n", err.text);
    }
    if (console)
        begun = run_console(run, opt, w, &err);
    else if ((begun = run_begin(run, &err)))
        run_plain(run, opt);
    end_watch(w);
    run_finish(run, sum);
    if (!begun) {
        status = cmd_error(&err);
    } else {
        plain_summary(log_stream(opt), sum, opt);
        if (opt->json)
            plain_json(stdout, sum);
        status = sum->status;
    }
    free(w);
    free(sum);
    return status;
}

static int job_run(struct options *opt)
{
    char job[72], path[1024];
    bool archived;
    struct error err;

    if (opt->corpus.count == 0) {
        error_set(&err, ERROR_CONFIG, 0,
                  "no corpus: batchtop CORPUS... (batchtop --help)");
        return cmd_error(&err);
    }
    job_name(opt, job, sizeof job);
    if (!opt->new_job &&
        job_find(opt->checkpoint_dir, job, path, sizeof path, &archived) &&
        !job_recall(opt, path, &err))
        return cmd_error(&err);
    return run_job(opt, NULL);
}

static int job_resume(struct options *opt)
{
    char path[1024];
    struct error err;

    if (!cmd_find_job(opt, path, sizeof path, &err))
        return cmd_error(&err);
    return run_job(opt, NULL);
}

static int job_retry(struct options *opt)
{
    char path[1024];
    struct error err;

    if (!cmd_find_job(opt, path, sizeof path, &err))
        return cmd_error(&err);
    return run_job(opt, opt->kind);
}

/* --- words -------------------------------------------------------------------------- */

static int show_help(void)
{
    printf("batchtop: embed a corpus and fill a vector store, under a live "
           "console\n\n  batchtop CORPUS... [options]\n");
    for (size_t i = 0; i < COMMANDS; i++)
        printf("  batchtop %-9s%-13s%s\n", commands[i].name,
               commands[i].form, commands[i].summary);
    options_help(stdout);
    printf("\nEmbedders (--embed)\n");
    for (size_t i = 0; embedder_at(i); i++)
        printf("  %-12s %s\n", embedder_at(i)->name,
               embedder_at(i)->summary);
    printf("\nStores (--store)\n");
    for (size_t i = 0; store_at(i); i++)
        printf("  %-12s %s\n", store_at(i)->name, store_at(i)->summary);
    printf("\nWords\n"
           "  --help, -h                 this\n"
           "  --version                  the version\n"
           "  --options                  the names of all options\n");
    printf("\nman batchtop has it all. Keys while it runs: ?\n");
    return EXIT_STORED;
}

/* What ends the program with words, wherever it stands; -1: nothing does. */
static int show_words(const char *arg)
{
    if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0)
        return show_help();
    if (strcmp(arg, "--version") == 0) {
        printf("batchtop %s\n", PACKAGE_VERSION);
        return EXIT_STORED;
    }
    if (strcmp(arg, "--options") == 0) { /* for the completions */
        options_names(stdout);
        return EXIT_STORED;
    }
    return -1;
}

static int find_words(int argc, char *argv[])
{
    int status = -1;

    for (int i = 1; i < argc && status < 0 && strcmp(argv[i], "--"); i++)
        status = show_words(argv[i]);
    return status;
}

/* Keys may be in memory: no core, no tracing by others. */
static void guard_secrets(void)
{
    struct rlimit none = { 0, 0 };

    umask(077);
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
}

static void set_signals(void)
{
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    sigset_t set;

    sigaction(SIGPIPE, &ignore, NULL);
    watched_signals(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static int run_listed(const struct cmd *c, struct options *opt)
{
    char shown[64];
    struct error err;

    if (opt->corpus.count <= c->most)
        return c->run(opt);
    str_printable(shown, sizeof shown, text_of(opt->corpus.item[c->most]));
    error_set(&err, ERROR_CONFIG, 0,
              "\"%s\" is too much: batchtop %s%s%s; a file of that name is "
              "./%s",
              shown, c->name, *c->form ? " " : "", c->form, c->name);
    return cmd_error(&err);
}

static int dispatch_command(const char *name, struct options *opt)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0)
            return run_listed(&commands[i], opt);
    return job_run(opt);
}

int main(int argc, char *argv[])
{
    const char *names[COMMANDS + 1] = { NULL }, *command;
    struct options opt;
    struct error err;
    int status = find_words(argc, argv);

    if (argc < 2) {
        show_help();
        return EXIT_USAGE;
    }
    if (status >= 0)
        return status;
    setlocale(LC_CTYPE, ""); /* no decimal commas */
    guard_secrets();
    for (size_t i = 0; i < COMMANDS; i++)
        names[i] = commands[i].name;
    if (!options_init(&opt, &err) ||
        !options_parse(&opt, argc, argv, names, &command, &err)) {
        status = cmd_error(&err);
    } else {
        if (!*command || !strcmp(command, "resume") ||
            !strcmp(command, "retry"))
            set_signals();
        status = dispatch_command(command, &opt);
    }
    options_release(&opt);
    return status;
}
