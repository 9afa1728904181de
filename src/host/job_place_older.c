/* This file finds jobs for lines that were written for older versions: these
 * kept the job of directory D in D/checkpoints, and a script that names this
 * folder afterwards means the job that is now in the state folder. */
#include "config.h"
#include "host/job_place_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/str.h"

struct older {
    const char *dir;    /* where we look */
    const char *base;   /* the name that was asked for; NULL: any */
    const char *corpus; /* that it must be of; NULL: any */
    bool running;       /* only those that run */
    struct stat works;  /* D */
    char job[JOB_NAME];
    char last[JOB_NAME];
    size_t count;
};

/* DIR is D/checkpoints: D. */
static bool older_works_in(const char *dir, char to[STATE_PATH])
{
    static const char end[] = "checkpoints";
    size_t n = strlen(dir);

    while (n > 0 && dir[n - 1] == '/')
        n--;
    if (n < sizeof end - 1 || n >= STATE_PATH ||
        strncmp(dir + n - (sizeof end - 1), end, sizeof end - 1) != 0)
        return false;
    n -= sizeof end - 1;
    if (n > 0 && dir[n - 1] != '/')
        return false;
    snprintf(to, STATE_PATH, "%.*s", n ? (int)n : 1, n ? dir : ".");
    return true;
}

static bool older_works_there(const struct older *o, struct ledger_view *v)
{
    char *folder = ledger_view_get(v, "folder");
    struct stat st;
    bool there = folder && stat(folder, &st) == 0 &&
                 st.st_dev == o->works.st_dev && st.st_ino == o->works.st_ino;

    free(folder);
    return there;
}

static bool older_fits(const struct older *o, const struct ledger_entry *e)
{
    char corpus[JOB_FOLDER_PATH], asked[JOB_FOLDER_PATH];
    struct error ignored;
    struct ledger_view *v;
    bool fits;

    if ((o->running && !e->locked) ||
        !(v = ledger_view_open(e->path, &ignored)))
        return false;
    fits = older_works_there(o, v);
    if (fits && o->corpus) {
        job_folder_corpus(v, corpus, NULL);
        job_folder_path(NULL, o->corpus, asked);
        fits = job_place_one_file(corpus, asked);
    }
    ledger_view_close(v);
    return fits;
}

/* NAME-2 here would have been NAME in D/checkpoints, but NAME itself is. */
static bool older_note(void *arg, const struct ledger_entry *e)
{
    struct older *o = arg;
    uint64_t number = o->base ? job_place_number(e->job, o->base) : 2;

    if (number == 0 || strcmp(e->job, o->last) == 0)
        return true;
    snprintf(o->last, sizeof o->last, "%s", e->job);
    if (!older_fits(o, e))
        return true;
    snprintf(o->job, sizeof o->job, "%s", e->job);
    o->count = number == 1 ? 1 : o->count + 1;
    return number != 1;
}

static bool older_look(struct older *o, const char *base)
{
    struct error ignored;

    o->base = base;
    o->count = 0;
    o->job[0] = o->last[0] = '\0';
    ledger_list(o->dir, older_note, o, &ignored);
    return o->count == 1;
}

/* By the name of the job, or of its corpus, which may be elsewhere. */
static bool older_find(const struct options *opt, struct older *o,
                       const char *named)
{
    char base[JOB_NAME];

    o->corpus = NULL;
    if (older_look(o, named))
        return true;
    if (!named || o->count > 0)
        return false;
    if (strchr(named, '/') || access(named, F_OK) == 0)
        o->corpus = named;
    job_place_base(opt, named, base);
    return older_look(o, base);
}

static void older_say(const char *was, const struct older *o)
{
    char shown[240];

    str_printable(shown, sizeof shown, text_of(was));
    fprintf(stderr, "batchtop: job %s is in %s, not in %s\n", o->job, o->dir,
            shown);
}

bool job_place_older(struct options *opt, const char *named, bool running,
                     struct error *err)
{
    struct options unnamed = { .checkpoint_dir = (char *)"" };
    struct older o = { .running = running };
    struct state_folders f;
    char works[STATE_PATH];

    if (!older_works_in(opt->checkpoint_dir, works) ||
        stat(works, &o.works) != 0)
        return false;
    state_folders_find(&unnamed, &f);
    for (size_t i = 0; i < f.count; i++) {
        o.dir = f.dir[i];
        if (state_folder_is_own(&f, o.dir) && older_find(opt, &o, named)) {
            older_say(opt->checkpoint_dir, &o);
            return job_place_take(opt, o.dir, o.job, err);
        }
    }
    return false;
}
