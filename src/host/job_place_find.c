/* This file finds a job that exists: by its name, by its corpus, or because no
 * other one is there. */
#include "config.h"
#include "host/job_place_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/job/job_name.h"
#include "host/corpus_near.h"
#include "util/words/near.h"
#include "remote/remote.h"
#include "util/buf.h"
#include "util/str.h"

enum { NAMES_SHOWN = 8 };

/* --- without a name ------------------------------------------------------- */

struct only {
    const struct state_folders *folders;
    char dir[STATE_PATH];       /* of the jobs that are noted now */
    char last[JOB_NAME];        /* the last one that was noted */
    char job[2][JOB_NAME];      /* the only one, that of this directory */
    char in[2][STATE_PATH];
    size_t count[2];
    struct buf names;
};

/* Was it begun in this directory, or is its corpus here? */
static bool only_is_of_here(const char *dir, const char *job)
{
    char path[LEDGER_PATH], here[JOB_FOLDER_PATH], corpus[JOB_FOLDER_PATH];
    struct error ignored;
    struct ledger_view *v;
    char *folder, *slash;
    bool archived, of_here;

    if (!job_find(dir, job, path, sizeof path, &archived) ||
        !(v = ledger_view_open(path, &ignored)))
        return false;
    folder = ledger_view_get(v, "folder");
    job_folder_corpus(v, corpus, NULL);
    ledger_view_close(v);
    if ((slash = strrchr(corpus, '/')))
        *slash = '\0';
    of_here = getcwd(here, sizeof here) &&
              ((folder && strcmp(folder, here) == 0) ||
               strcmp(corpus, here) == 0);
    free(folder);
    return of_here;
}

static void only_take(struct only *o, size_t which, const char *job)
{
    if (o->count[which]++)
        return;
    snprintf(o->job[which], JOB_NAME, "%s", job);
    snprintf(o->in[which], STATE_PATH, "%s", o->dir);
}

static bool only_note(void *arg, const char *job)
{
    struct only *o = arg;

    if (strcmp(o->last, job) == 0)
        return true;
    snprintf(o->last, sizeof o->last, "%s", job);
    if (o->count[0] < NAMES_SHOWN)
        buf_printf(&o->names, "%s%s", o->count[0] ? ", " : "", job);
    else if (o->count[0] == NAMES_SHOWN)
        buf_puts(&o->names, ", ...");
    only_take(o, 0, job);
    if (strcmp(o->dir, "checkpoints") == 0 || only_is_of_here(o->dir, job))
        only_take(o, 1, job);
    return true;
}

static bool only_note_ledger(void *arg, const struct ledger_entry *e)
{
    return only_note(arg, e->job);
}

static bool only_look(struct only *o, bool running, struct error *err)
{
    for (size_t i = 0; i < o->folders->count; i++) {
        snprintf(o->dir, sizeof o->dir, "%s", o->folders->dir[i]);
        o->last[0] = '\0';
        if (running)
            remote_each(o->dir, only_note, o);
        else if (!ledger_list(o->dir, only_note_ledger, o, err))
            return false;
    }
    return true;
}

static bool only_error(struct only *o, bool running, struct error *err)
{
    const char *dir = o->folders->dir[o->folders->count - 1];

    if (o->count[0] == 0)
        return error_set(err, ERROR_CONFIG, 0,
                         running ? "no job of %s is running (batchtop jobs "
                                   "lists them)"
                                 : "%s holds no job",
                         dir);
    return error_set(err, ERROR_CONFIG, 0,
                     running ? "several jobs are running, name one: %s"
                             : "there are several jobs, name one: %s (batchtop "
                               "jobs lists them)",
                     buf_cstr(&o->names));
}

/* The only job of this directory, else the only one of all. */
static bool find_only(struct options *opt, bool running, struct error *err)
{
    struct state_folders f;
    struct only o = { .folders = &f };
    size_t which;
    bool fine;

    state_folders_find(opt, &f);
    buf_init(&o.names);
    fine = only_look(&o, running, err);
    which = o.count[1] == 1 ? 1 : 0;
    if (fine && o.count[which] != 1)
        fine = only_error(&o, running, err) ||
               (o.count[0] == 0 && job_place_older(opt, NULL, running, err));
    else if (fine)
        fine = job_place_take(opt, o.in[which], o.job[which], err);
    buf_release(&o.names);
    return fine;
}

bool job_place_running(struct options *opt, struct error *err)
{
    return find_only(opt, true, err);
}

/* --- by a name ------------------------------------------------------------ */

static bool note_near(void *arg, const struct ledger_entry *e)
{
    near_look(arg, e->job);
    return true;
}

static bool no_such_job(const struct options *opt, const char *named,
                        const struct state_folders *f, struct error *err)
{
    struct near near;
    struct error ignored;
    char shown[96], corpus[96];

    str_printable(shown, sizeof shown, text_of(named));
    near_begin(&near, named);
    job_place_each(opt, note_near, &near, &ignored);
    if (!*near.best && corpus_of_name(named, corpus, sizeof corpus))
        return error_set(err, ERROR_CONFIG, 0,
                         "there is no job \"%s\" yet: batchtop %s begins it",
                         shown, corpus);
    return error_set(err, ERROR_CONFIG, 0,
                     "there is no job \"%s\" in %s%s%s%s (batchtop jobs lists "
                     "them)",
                     shown, f->dir[f->count - 1],
                     *near.best ? ": did you mean " : "", near.best,
                     *near.best ? "?" : "");
}

/* By the corpus file, wherever we are; if no such file is here, by its name. */
static bool find_of_corpus(struct options *opt, const struct state_folders *f,
                           const char *corpus, struct error *err)
{
    struct place_search *s = malloc(sizeof *s);
    char base[JOB_NAME], dir[STATE_PATH], path[LEDGER_PATH];
    bool fine;

    if (!s)
        return error_memory(err, "for a name");
    job_place_base(opt, corpus, base);
    job_place_search(f, corpus, base, s);
    if (*s->job)
        fine = job_place_take(opt, s->in, s->job, err);
    else if (!strchr(corpus, '/') && access(corpus, F_OK) != 0 &&
             job_place_named(f, base, dir, path, sizeof path))
        fine = job_place_take(opt, dir, base, err);
    else if (*s->other)
        fine = error_set(err, ERROR_CONFIG, 0,
                         "there is no job of %.120s; job %s is of %.200s",
                         corpus, base, s->other);
    else if (strpbrk(corpus, "/.") && access(corpus, F_OK) == 0)
        fine = error_set(err, ERROR_CONFIG, 0,
                         "there is no job of %.200s yet: batchtop %.200s "
                         "begins it",
                         corpus, corpus);
    else
        fine = no_such_job(opt, corpus, f, err);
    free(s);
    return fine;
}

/* --- a name that this directory has, too ---------------------------------- */

struct local {
    const char *base, *dir;
    char job[JOB_NAME]; /* BASE-N, begun here or of a corpus that is here */
    size_t count;
};

static bool local_note(void *arg, const struct ledger_entry *e)
{
    struct local *l = arg;

    if (job_place_number(e->job, l->base) <= 1 ||
        strcmp(e->job, l->job) == 0 || !only_is_of_here(l->dir, e->job))
        return true;
    snprintf(l->job, sizeof l->job, "%s", e->job);
    l->count++;
    return true;
}

/* NAME is a job of elsewhere, but who stands here means the one of here: that
 * is NAME-2 only because the other was first. --job takes a name as it is. */
static bool find_local(const char *dir, const char *named, char to[JOB_NAME])
{
    struct local l = { .base = named, .dir = dir };
    struct error ignored;

    if (*dir != '/' || only_is_of_here(dir, named) ||
        !ledger_list(dir, local_note, &l, &ignored) || l.count != 1)
        return false;
    fprintf(stderr, "batchtop: %s of this directory is job %s (--job %s is "
                    "another one)\n", named, l.job, named);
    memcpy(to, l.job, sizeof l.job);
    return true;
}

static bool find_named(struct options *opt, const char *named, bool as_it_is,
                       struct error *err)
{
    struct state_folders f;
    char dir[STATE_PATH], path[LEDGER_PATH], local[JOB_NAME];
    struct error ignored;

    state_folders_find(opt, &f);
    if (!ledger_job_valid(named, &ignored) ||
        !job_place_named(&f, named, dir, path, sizeof path))
        return find_of_corpus(opt, &f, named, err) ||
               job_place_older(opt, named, false, err);
    if (!as_it_is && find_local(dir, named, local))
        named = local;
    return job_place_take(opt, dir, named, err);
}

bool job_place_exists(const struct options *opt, const char *named)
{
    struct state_folders f;
    char dir[STATE_PATH], path[LEDGER_PATH];
    struct error ignored;

    state_folders_find(opt, &f);
    return ledger_job_valid(named, &ignored) &&
           job_place_named(&f, named, dir, path, sizeof path);
}

bool job_place_name(struct options *opt, const char *named, struct error *err)
{
    return find_named(opt, named, named == opt->job, err);
}

static bool find_ledger(const struct options *opt, char *path, size_t size,
                        struct error *err)
{
    bool archived;

    return job_find(opt->checkpoint_dir, opt->job, path, size, &archived) ||
           error_set(err, ERROR_CONFIG, 0, "job %s was removed just now",
                     opt->job);
}

bool job_place_find(struct options *opt, char *path, size_t size,
                    struct error *err)
{
    const char *named = *opt->job ? opt->job
                        : opt->corpus.count ? opt->corpus.item[0]
                                            : NULL;

    if (!(named ? find_named(opt, named, *opt->job != '\0', err)
                : find_only(opt, false, err)))
        return false;
    for (size_t i = 0; i < opt->corpus.count; i++)
        free(opt->corpus.item[i]);
    opt->corpus.count = 0; /* it named the job; the ledger knows the files */
    return find_ledger(opt, path, size, err);
}

bool job_place_enter(struct options *opt, char *path, size_t size,
                     struct error *err)
{
    struct state_folders f;

    state_folders_find(opt, &f);
    return job_place_find(opt, path, size, err) &&
           job_folder_enter(opt, opt->job, path,
                            state_folder_is_own(&f, opt->checkpoint_dir),
                            err) &&
           find_ledger(opt, path, size, err); /* as it is called from there */
}
