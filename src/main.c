/* This file reads the arguments and starts a run, with a screen or lines, or
 * another command. */
#include "config.h"

#include <errno.h>
#include <locale.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd_help.h"
#include "cmd/complete.h"
#include "cmd/service_forms.h"
#include "embed/embedder.h"
#include "engine/job/corpus_name.h"
#include "engine/job/job_name.h"
#include "engine/job/job_recall.h"
#include "engine/job/unsent.h"
#include "host/cmd.h"
#include "host/job_place.h"
#include "host/serve.h"
#include "host/viewer.h"
#include "host/watch.h"
#include "options/guess.h"
#include "util/str.h"

static int job_run(struct options *opt);
static int job_resume(struct options *opt);
static int job_retry(struct options *opt);
static int job_attach(struct options *opt);
static int job_help(struct options *opt);

static const struct cmd commands[] = {
    { "run", "CORPUS...", "the same, of a corpus with any name",
      OPTION_CORPUS_MAX, job_run },
    { "plan", "CORPUS...", "dry run: documents, tokens, requests, cost",
      OPTION_CORPUS_MAX, cmd_plan },
    { "size", "--dim N", "how many records fit into a request", 0, cmd_size },
    { "jobs", "", "every job that has a checkpoint", 0, cmd_jobs },
    { "status", "[JOB]", "what one checkpoint knows", 1, cmd_status },
    { "attach", "[JOB]", "the console of a job that runs", 1, job_attach },
    { "ctl", "JOB WORD", "pause, resume, set ... a job that runs", 18,
      cmd_ctl },
    { "failures", "[JOB]", "failed documents as JSONL", 1, cmd_failures },
    { "resume", "[JOB]", "go on with a job", 1, job_resume },
    { "retry", "[JOB]", "run again, failed documents only", 1, job_retry },
    { "export", "[JOB]", "the checkpoint as JSON", 1, cmd_export },
    { "search", "[JOB] QUERY", "nearest documents in the store", 2,
      cmd_search },
    { "verify", "[JOB]", "ask the store for what is done", 1, cmd_verify },
    { "help", "[COMMAND]", "the page of a command, with examples", 1,
      job_help },
    { "completion", "SHELL", "the completion for bash, zsh or fish", 1,
      cmd_completion },
};

enum {
    COMMANDS = sizeof commands / sizeof commands[0],
    ARENAS = 2,
    JOB_SHOWN = 72
};

/* Run a job until it ends or goes on without us. retry_kind: NULL, or which
 * failures to retry first. */
static int run_job(struct options *opt, const char *retry_kind)
{
    struct error err;

    if (opt->detach && strcmp(opt->store, "jsonl:-") == 0) {
        error_set(&err, ERROR_CONFIG, 0,
                  "--detach leaves standard output behind: --store jsonl:PATH "
                  "instead of jsonl:-");
        return cmd_refuse(opt, &err);
    }
    return opt->detach || viewer_is_wanted(opt)
               ? viewer_run(opt, retry_kind)
               : serve_run(opt, retry_kind, -1);
}

static void main_say_read_anew(const char *job)
{
    fprintf(stderr,
            "batchtop: all that was read of job %s before was rejected: it is "
            "read anew, as this line says\n",
            job);
}

/* Recall what the job remembers, below the options on the command line; but
 * nothing if it did nothing so far, and not how to read the corpus, if all of
 * it was rejected. */
static bool main_recall_options(struct options *opt, const char *job,
                                const char *path, bool archived,
                                struct error *err)
{
    enum unsent unsent = archived ? UNSENT_NOT : unsent_of(path);
    bool anew = false;

    if (unsent == UNSENT_NOTHING)
        return true;
    if (unsent == UNSENT_NOT)
        return job_recall(opt, path, err);
    if (!unsent_recall(opt, job, path, &anew, err))
        return false;
    if (anew)
        main_say_read_anew(job);
    return true;
}

static void main_names(const char *names[COMMANDS + 1])
{
    for (size_t i = 0; i < COMMANDS; i++)
        names[i] = commands[i].name;
    names[COMMANDS] = NULL;
}

/* The first corpus may be a command with a letter wrong, or of another
 * program. */
static bool main_check_command(const struct options *opt, struct error *err)
{
    const char *word = opt->corpus.item[0], *names[COMMANDS + 1];
    char meant[GUESS_MAX];

    if (strpbrk(word, "./") || corpus_is_stream(word) ||
        access(word, F_OK) == 0)
        return true;
    main_names(names);
    return !guess_command(word, names, meant) ||
           error_set(err, ERROR_CONFIG, 0,
                     "there is no command and no corpus \"%.64s\": did you "
                     "mean %s?",
                     word, meant);
}

static int job_run(struct options *opt)
{
    char path[1200];
    bool archived;
    struct error err;

    if (opt->corpus.count == 0) {
        error_set(&err, ERROR_CONFIG, 0,
                  "no corpus: batchtop CORPUS... (batchtop --help)");
        return cmd_refuse(opt, &err);
    }
    if (!main_check_command(opt, &err) || !job_place_run(opt, &err))
        return cmd_refuse(opt, &err);
    if (opt->new_job || !job_find(opt->checkpoint_dir, opt->job, path,
                                  sizeof path, &archived))
        return run_job(opt, NULL);
    if (!job_repair_ledger(opt->checkpoint_dir, opt->job, &err))
        return cmd_refuse(opt, &err);
    if (!main_recall_options(opt, opt->job, path, archived, &err)) {
        if (err.code != EUCLEAN)
            return cmd_refuse(opt, &err);
        /* The important ones are in the identity, which is compared. */
        fprintf(stderr, "batchtop: %s: those of the command line are used\n",
                err.text);
    }
    return run_job(opt, NULL);
}

static int job_resume(struct options *opt)
{
    char path[1200];
    bool archived;
    struct error err;

    if (!cmd_find_run(opt, path, sizeof path, &err))
        return cmd_refuse(opt, &err);
    if (job_find(opt->checkpoint_dir, opt->job, path, sizeof path,
                 &archived) &&
        !archived && unsent_resume(opt, opt->job, path))
        main_say_read_anew(opt->job);
    return run_job(opt, NULL);
}

static int job_retry(struct options *opt)
{
    char path[1200];
    struct error err;

    if (!cmd_find_run(opt, path, sizeof path, &err) ||
        !cmd_check_kind(path, opt->kind, &err))
        return cmd_refuse(opt, &err);
    return run_job(opt, opt->kind);
}

static int job_attach(struct options *opt)
{
    struct error err;
    int fd;

    if (!opt->corpus.count && !*opt->job && !job_place_running(opt, &err))
        return cmd_error(&err);
    fd = cmd_connect(opt, opt->corpus.count ? opt->corpus.item[0] : opt->job,
                     &err);
    return fd < 0 ? cmd_error(&err) : viewer_attach(opt, opt->job, fd);
}

/* --- words ---------------------------------------------------------------- */

static const struct cmd *main_command(const char *name)
{
    return cmd_named(commands, COMMANDS, name);
}

static int job_help(struct options *opt)
{
    const char *names[COMMANDS + 1], *guess;
    const struct cmd *c = NULL;
    char shown[64], meant[GUESS_MAX];
    struct error err;

    if (opt->corpus.count == 0) {
        help_all(stdout, commands, COMMANDS);
        return EXIT_STORED;
    }
    c = main_command(opt->corpus.item[0]);
    if (c) {
        help_page(stdout, c);
        return EXIT_STORED;
    }
    str_printable(shown, sizeof shown, text_of(opt->corpus.item[0]));
    main_names(names);
    guess = guess_command(shown, names, meant);
    error_set(&err, ERROR_CONFIG, 0,
              "there is no command \"%s\": %s%s%sbatchtop help lists them",
              shown, guess ? "did you mean " : "", guess ? guess : "",
              guess ? "? " : "");
    return cmd_error(&err);
}

/* The page of the command that stands on the line, or all. */
static int show_help(int argc, char *argv[])
{
    const struct cmd *c = NULL;

    for (int i = 1; i < argc && !c; i++)
        c = main_command(argv[i]);
    if (c && strcmp(c->name, "help") != 0)
        help_page(stdout, c);
    else
        help_all(stdout, commands, COMMANDS);
    return EXIT_STORED;
}

/* For the completions, and for the test that compares the README: how a word
 * begins, the key's variable, what happens to a text that is too long. */
static int list_embedders(void)
{
    char form[40];

    for (size_t i = 0; embedder_at(i); i++) {
        const struct embedder_ops *e = embedder_at(i);

        printf("%s\t%s\t%s\n", service_form_embed(e, form),
               e->key_env ? e->key_env : "-", e->too_long ? e->too_long : "-");
    }
    return EXIT_STORED;
}

static void main_put_form(void *arg, const char *form, const char *summary,
                          const char *key)
{
    (void)arg;
    (void)summary;
    printf("%s\t%s\n", form, key ? key : "-");
}

static int list_stores(void)
{
    service_forms_store(main_put_form, NULL);
    return EXIT_STORED;
}

static bool main_put_job(void *last, const struct ledger_entry *e)
{
    if (strcmp(last, e->job) != 0)
        printf("%s\n", e->job);
    snprintf(last, JOB_SHOWN, "%s", e->job);
    return true;
}

/* The names of the jobs that a command would find without options. */
static int list_jobs(void)
{
    struct error err;
    char last[JOB_SHOWN] = "";

    return job_place_each_in("", main_put_job, last, &err) ? EXIT_STORED
                                                           : cmd_error(&err);
}

/* Options that print words and end the program, wherever they are; -1: none. */
static int show_words(int argc, char *argv[], const char *arg)
{
    if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0)
        return show_help(argc, argv);
    if (strcmp(arg, "--version") == 0 || strcmp(arg, "-V") == 0) {
        printf("batchtop %s\n", PACKAGE_VERSION);
        return EXIT_STORED;
    }
    if (strcmp(arg, "--options") == 0) { /* for the completions */
        options_names(stdout);
        return EXIT_STORED;
    }
    if (strcmp(arg, "--embedders") == 0)
        return list_embedders();
    if (strcmp(arg, "--stores") == 0)
        return list_stores();
    if (strcmp(arg, "--jobs") == 0)
        return list_jobs();
    return -1;
}

static int find_words(int argc, char *argv[])
{
    int status = -1;

    for (int i = 1; i < argc && status < 0 && strcmp(argv[i], "--"); i++)
        status = show_words(argc, argv, argv[i]);
    return status;
}

/* Look for it behind a wrong option, too. */
static bool asks_for_json(int argc, char *argv[])
{
    for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
        if (strcmp(argv[i], "--json") == 0)
            return true;
    return false;
}

/* Keys may be in memory: no core dump, no tracing by others. */
static void guard_secrets(void)
{
    struct rlimit none = { 0, 0 };

    umask(077);
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
}

/* What is large is util/heap/blocks.h's. For the rest glibc would make up to
 * eight arenas for each processor, and keep what is free in each. */
static void share_small_memory(void)
{
#ifdef M_ARENA_MAX
    mallopt(M_ARENA_MAX, ARENAS);
#endif
}

static int run_listed(const struct cmd *c, struct options *opt)
{
    char shown[64];
    struct error err;

    if (opt->corpus.count <= c->most)
        return c->run(opt);
    str_printable(shown, sizeof shown, text_of(opt->corpus.item[c->most]));
    if (c->run == cmd_search) {
        error_set(&err, ERROR_CONFIG, 0,
                  "\"%s\" is too much: a query of several words is one in "
                  "quotes: batchtop search [JOB] \"QUERY\"",
                  shown);
        return cmd_refuse(opt, &err);
    }
    error_set(&err, ERROR_CONFIG, 0,
              "\"%s\" is too much: batchtop %s%s%s; a file of that name is "
              "./%s",
              shown, c->name, *c->form ? " " : "", c->form, c->name);
    return cmd_refuse(opt, &err);
}

static int dispatch_command(const char *name, struct options *opt)
{
    const struct cmd *c = main_command(name);
    struct error err;

    if (opt->dry_run && c && c->run != job_run && c->run != cmd_plan) {
        error_set(&err, ERROR_CONFIG, 0,
                  "--dry-run is for a corpus: batchtop plan CORPUS...");
        return cmd_refuse(opt, &err);
    }
    if (opt->dry_run)
        return cmd_plan(opt);
    return c ? run_listed(c, opt) : job_run(opt);
}

static void main_say_strays(const struct options *opt)
{
    char text[200];
    size_t at = 0;

    while (!opt->quiet && guess_stray_variable(opt, &at, text, sizeof text))
        fprintf(stderr, "batchtop: %s\n", text);
}

/* It starts a run or a console, so a thread takes the signals. */
static bool is_watched(const char *command)
{
    static const char *const words[] = { "", "run", "resume", "retry",
                                         "attach" };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(command, words[i]) == 0)
            return true;
    return false;
}

int main(int argc, char *argv[])
{
    const char *names[COMMANDS + 1], *command;
    struct options opt;
    struct error err;
    int status;

    if (argc > 1 && strcmp(argv[1], "--complete") == 0) {
        complete_words(stdout, commands, COMMANDS, argv + 2, (size_t)argc - 2);
        return EXIT_STORED;
    }
    status = find_words(argc, argv);
    if (argc < 2) {
        help_short(stdout);
        return EXIT_USAGE;
    }
    if (status >= 0)
        return status;
    setlocale(LC_CTYPE, ""); /* no decimal commas */
    guard_secrets();
    share_small_memory();
    main_names(names);
    if (!options_init(&opt, &err)) {
        status = cmd_error(&err);
    } else if (!options_parse(&opt, argc, argv, names, &command, &err)) {
        opt.json = asks_for_json(argc, argv);
        status = cmd_refuse(&opt, &err);
    } else {
        main_say_strays(&opt);
        if (is_watched(command))
            watch_block();
        status = dispatch_command(command, &opt);
    }
    options_release(&opt);
    return status;
}
