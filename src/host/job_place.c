/* This file finds the job that a command line means. Among the jobs that are
 * named NAME or NAME-N it takes the one of the same corpus file. */
#include "config.h"
#include "host/job_place_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/job/corpus_name.h"
#include "engine/job/job_name.h"
#include "engine/job/providers.h"
#include "host/corpus_near.h"
#include "util/str.h"

enum { JOB_NAME_MAX = 64 };

static bool job_place_set(char **field, const char *value, struct error *err)
{
    char *copy = strdup(value);

    if (!copy)
        return error_memory(err, "for a name");
    free(*field);
    *field = copy;
    return true;
}

bool job_place_take(struct options *opt, const char *dir,
                           const char *job, struct error *err)
{
    return job_place_set(&opt->checkpoint_dir, dir, err) &&
           job_place_set(&opt->job, job, err);
}

bool job_place_each(const struct options *opt,
                    bool (*each)(void *arg, const struct ledger_entry *e),
                    void *arg, struct error *err)
{
    struct state_folders f;

    state_folders_find(opt, &f);
    for (size_t i = 0; i < f.count; i++)
        if (!ledger_list(f.dir[i], each, arg, err))
            return false;
    return true;
}

bool job_place_each_in(const char *dir,
                       bool (*each)(void *arg, const struct ledger_entry *e),
                       void *arg, struct error *err)
{
    static const char *const none[] = { NULL };
    char *argv[] = { (char *)"", (char *)"--checkpoint-dir", (char *)dir };
    const char *command;
    struct options opt;
    bool fine = options_init(&opt, err) &&
                options_parse(&opt, *dir ? 3 : 1, argv, none, &command, err) &&
                job_place_each(&opt, each, arg, err);

    options_release(&opt);
    return fine;
}

/* --- the job of a corpus -------------------------------------------------- */

bool job_place_one_file(const char *a, const char *b)
{
    char *x = realpath(a, NULL), *y = realpath(b, NULL);
    bool same = x && y ? strcmp(x, y) == 0 : strcmp(a, b) == 0;

    free(x);
    free(y);
    return same;
}

/* A folder of checkpoints beside its corpora may have been moved or copied with
 * them: there the name that was typed counts, too. */
static bool job_place_matches(const struct place_search *s, const char *was,
                              const char *typed)
{
    char now[JOB_FOLDER_PATH];

    job_folder_path(NULL, s->corpus, now);
    return job_place_one_file(was, now) ||
           (!s->shared && (strcmp(typed, s->corpus) == 0 ||
                           (access(was, F_OK) != 0 &&
                            !corpus_is_stream(s->corpus))));
}

static void job_place_look(struct place_search *s, const char *job)
{
    char path[LEDGER_PATH], was[JOB_FOLDER_PATH], typed[JOB_FOLDER_PATH];
    struct error ignored;
    struct ledger_view *v;
    bool archived;

    if (!job_find(s->dir, job, path, sizeof path, &archived))
        return;
    was[0] = typed[0] = '\0';
    v = ledger_view_open(path, &ignored);
    if (v)
        job_folder_corpus(v, was, typed);
    ledger_view_close(v);
    if (!*was && !*s->maybe) {
        snprintf(s->maybe, sizeof s->maybe, "%s", job);
        snprintf(s->maybe_in, sizeof s->maybe_in, "%s", s->dir);
    } else if (*was && !*s->job && job_place_matches(s, was, typed)) {
        snprintf(s->job, sizeof s->job, "%s", job);
        snprintf(s->in, sizeof s->in, "%s", s->dir);
    }
    if (!*s->other && strcmp(job, s->base) == 0)
        snprintf(s->other, sizeof s->other, "%s", was);
}

uint64_t job_place_number(const char *job, const char *base)
{
    size_t n = strlen(base);
    uint64_t number = 0;

    if (strncmp(job, base, n) != 0)
        return 0;
    if (!job[n])
        return 1;
    return job[n] == '-' && str_parse_u64(job + n + 1, &number) &&
                   number > 1 && number < JOBS_OF_A_NAME
               ? number
               : 0;
}

static bool job_place_note(void *arg, const struct ledger_entry *e)
{
    struct place_search *s = arg;
    uint64_t number = job_place_number(e->job, s->base);

    if (number == 0 || strcmp(e->job, s->looked) == 0)
        return true;
    snprintf(s->looked, sizeof s->looked, "%s", e->job);
    s->used[number] = true;
    job_place_look(s, e->job);
    return true;
}

void job_place_search(const struct state_folders *f, const char *corpus,
                             const char *base, struct place_search *s)
{
    struct error ignored;

    *s = (struct place_search){ .corpus = corpus, .base = base };
    for (size_t i = 0; i < f->count; i++) {
        s->dir = f->dir[i];
        s->shared = *s->dir == '/';
        s->looked[0] = '\0';
        ledger_list(s->dir, job_place_note, s, &ignored);
    }
    /* Whoever opens a damaged one mends it, or says why not. */
    if (!*s->job && *s->maybe) {
        memcpy(s->job, s->maybe, sizeof s->job);
        memcpy(s->in, s->maybe_in, sizeof s->in);
    }
}

void job_place_base(const struct options *opt, const char *corpus,
                           char to[JOB_NAME])
{
    struct options of = { .job = (char *)"", .corpus = opt->corpus };
    char *item[1] = { (char *)corpus };

    of.corpus.item = item;
    of.corpus.count = 1;
    job_name(&of, to, JOB_NAME);
}

/* A name that no job has: BASE, else BASE-2 and so on. */
static bool free_name(const struct place_search *s, char to[JOB_NAME],
                      struct error *err)
{
    char end[12] = "";

    for (unsigned i = 1; i < JOBS_OF_A_NAME; i++) {
        if (i > 1)
            snprintf(end, sizeof end, "-%u", i);
        if (s->used[i])
            continue;
        snprintf(to, JOB_NAME, "%.*s%s", (int)(JOB_NAME_MAX - strlen(end)),
                 s->base, end);
        return true;
    }
    return error_set(err, ERROR_CONFIG, 0,
                     "%d jobs are named %s: name this one with --job",
                     JOBS_OF_A_NAME - 1, s->base);
}

/* --- a run ---------------------------------------------------------------- */

bool job_place_named(const struct state_folders *f, const char *job,
                       char *dir, char *path, size_t size)
{
    bool archived;

    for (size_t i = 0; i < f->count; i++)
        if (job_find(f->dir[i], job, path, size, &archived)) {
            snprintf(dir, STATE_PATH, "%s", f->dir[i]);
            return true;
        }
    return false;
}

static void own_store(const struct options *opt, char *to, size_t size)
{
    const char *corpus = opt->corpus.item[0], *slash = strrchr(corpus, '/');

    snprintf(to, size, "sqlite:%.*s%s.vectors.sqlite",
             slash ? (int)(slash - corpus) + 1 : 0, corpus, opt->job);
}

/* --new-job recalls nothing, but the job's own store stays its own. */
static bool job_place_keep_store(struct options *opt, const char *ledger,
                                 struct error *err)
{
    struct error ignored;
    struct ledger_view *v = ledger_view_open(ledger, &ignored);
    char *was = v ? ledger_view_get(v, "identity.store") : NULL;
    char own[2 * STATE_PATH];
    bool fine = true;

    ledger_view_close(v);
    own_store(opt, own, sizeof own);
    if (was && !*opt->store && strcmp(was, own) == 0)
        fine = job_place_set(&opt->store, own, err);
    free(was);
    return fine;
}

/* A store that is there belongs to another job, if this one is new and does not
 * have the name that would be its own. */
static bool job_place_own_store(struct options *opt, struct error *err)
{
    char url[STATE_PATH], base[JOB_NAME], own[2 * STATE_PATH];

    job_place_base(opt, opt->corpus.item[0], base);
    if (*opt->store || strcmp(base, opt->job) == 0)
        return true;
    if (!providers_store_url(opt, url, sizeof url, err))
        return false;
    if (access(url + strlen("sqlite:"), F_OK) != 0)
        return true;
    own_store(opt, own, sizeof own);
    if (!opt->quiet)
        fprintf(stderr, "batchtop: %s is of another job: the vectors of %s go "
                        "into %s\n", url + strlen("sqlite:"), opt->job,
                own + strlen("sqlite:"));
    return job_place_set(&opt->store, own, err);
}

/* A job of a file that is not there would be told first, for nothing. */
static bool job_place_has_corpus(const struct options *opt, struct error *err)
{
    for (size_t i = 0; i < opt->corpus.count; i++) {
        const char *path = opt->corpus.item[i];

        if (!corpus_is_stream(path) && access(path, F_OK) != 0 &&
            errno == ENOENT)
            return corpus_not_there(path, err);
    }
    return true;
}

static bool job_place_begin(struct options *opt, const struct state_folders *f,
                            const struct place_search *s, const char *job,
                            struct error *err)
{
    if (s && strcmp(job, s->base) != 0 && !opt->quiet)
        fprintf(stderr, "batchtop: job %s is of %s: this one is %s\n", s->base,
                s->other, job);
    if (*f->why && !opt->quiet)
        fprintf(stderr, "batchtop: the checkpoint goes into ./%s, for %s\n",
                f->dir[f->count - 1], f->why);
    return job_place_take(opt, f->dir[f->count - 1], job, err) &&
           job_place_own_store(opt, err);
}

static bool job_place_go_on(struct options *opt, const struct state_folders *f,
                            const char *dir, const char *job, const char *path,
                            struct error *err)
{
    return job_place_take(opt, dir, job, err) &&
           (!opt->new_job || job_place_keep_store(opt, path, err)) &&
           job_folder_enter(opt, job, path, state_folder_is_own(f, dir), err);
}

static bool job_place_run_of_corpus(struct options *opt,
                                    const struct state_folders *f,
                                    struct place_search *s, struct error *err)
{
    char base[JOB_NAME], job[JOB_NAME], path[LEDGER_PATH];
    bool archived;

    job_place_base(opt, opt->corpus.item[0], base);
    job_place_search(f, opt->corpus.item[0], base, s);
    if (!*s->job)
        return job_place_has_corpus(opt, err) && free_name(s, job, err) &&
               job_place_begin(opt, f, s, job, err);
    snprintf(job, sizeof job, "%s", s->job);
    return job_find(s->in, job, path, sizeof path, &archived)
               ? job_place_go_on(opt, f, s->in, job, path, err)
               : job_place_begin(opt, f, NULL, job, err);
}

bool job_place_run(struct options *opt, struct error *err)
{
    struct state_folders f;
    struct place_search *s;
    char dir[STATE_PATH], path[LEDGER_PATH];
    bool fine;

    state_folders_find(opt, &f);
    if (*opt->job && !ledger_job_valid(opt->job, err))
        return false;
    if (*opt->job)
        return job_place_named(&f, opt->job, dir, path, sizeof path)
                   ? job_place_go_on(opt, &f, dir, opt->job, path, err)
                   : job_place_begin(opt, &f, NULL, opt->job, err);
    s = malloc(sizeof *s);
    if (!s)
        return error_memory(err, "for a name");
    fine = job_place_run_of_corpus(opt, &f, s, err);
    free(s);
    return fine;
}
