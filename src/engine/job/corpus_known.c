/* This file compares the ledger's rows about the corpus with the files that are
 * there. For each file it decides to go on at the frontier, to go on by ids, or
 * to refuse. */
#include "config.h"
#include "engine/job/corpus_known.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/job/corpus_name.h"
#include "util/str.h"

enum { PATH_BYTES = 4096 };

/* --- the key -------------------------------------------------------------- */

const char *corpus_known_key(size_t i, char to[CORPUS_KNOWN_KEY])
{
    snprintf(to, CORPUS_KNOWN_KEY, "past.%zu", i);
    return to;
}

/* "CTIME TRAIL POS TRAIL": of the frontier, and of how far a run read. */
void corpus_known_read(const char *text, struct corpus_known *to)
{
    char past[TRAIL_TEXT], reach[TRAIL_TEXT];
    uint64_t ctime_ns, pos;

    to->ctime_ns = 0;
    to->past = (struct trail){ .bytes = 0 };
    to->reach = (struct place){ .pos = 0 };
    if (!text ||
        sscanf(text, "%" SCNu64 " %223s %" SCNu64 " %223s", &ctime_ns, past,
               &pos, reach) != 4 ||
        !trail_read(reach, &to->reach.past) || !trail_read(past, &to->past))
        return;
    to->ctime_ns = ctime_ns;
    to->reach.offset = to->reach.past.bytes;
    if (to->reach.offset > to->past.bytes)
        to->reach.pos = pos;
}

bool corpus_known_write(struct run *r, size_t i, const struct place *at,
                        const struct place *reach, struct error *err)
{
    char key[CORPUS_KNOWN_KEY], past[TRAIL_TEXT], reached[TRAIL_TEXT];
    char text[2 * TRAIL_TEXT + 48];

    if (at->past.bytes != at->offset || reach->past.bytes != reach->offset)
        return true; /* that hash is of another place: no harm */
    trail_write(&at->past, past);
    trail_write(&reach->past, reached);
    snprintf(text, sizeof text, "%" PRIu64 " %s %" PRIu64 " %s",
             r->corpus[i].fingerprint.ctime_ns, past, reach->pos, reached);
    return ledger_set(r->ledger, corpus_known_key(i, key), text, err);
}

static bool corpus_known_get(struct run *r, size_t i, struct corpus_known *to,
                             struct error *err)
{
    char key[CORPUS_KNOWN_KEY], *text;

    if (!ledger_source_get(r->ledger, i, &to->row, err))
        return false;
    text = ledger_get(r->ledger, corpus_known_key(i, key));
    corpus_known_read(text, to);
    free(text);
    return true;
}

/* --- the same? ------------------------------------------------------------ */

static void corpus_known_absolute_path(const char *folder, const char *path,
                                       char to[PATH_BYTES])
{
    while (strncmp(path, "./", 2) == 0)
        path += 2;
    snprintf(to, PATH_BYTES, "%s%s%s", *path == '/' ? "" : folder,
             *path == '/' ? "" : "/", path);
}

static const char *corpus_known_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static bool is_another_file(struct run *r, size_t i, const char *was)
{
    const char *is = r->opt->corpus.item[i];
    char here[PATH_BYTES], then[PATH_BYTES], now[PATH_BYTES];
    char *folder = ledger_get(r->ledger, "folder");

    if (!getcwd(here, sizeof here))
        here[0] = '\0';
    corpus_known_absolute_path(folder ? folder : here, was, then);
    corpus_known_absolute_path(here, is, now);
    free(folder);
    return !corpus_is_stream(is) && strcmp(then, now) != 0;
}

static bool changed_error(struct run *r, size_t i,
                          const struct corpus_known *k, struct error *err)
{
    const char *name = corpus_shown(r->opt->corpus.item[i]);
    const struct fingerprint *now = &r->corpus[i].fingerprint,
                             *old = &k->row.print;
    char was[24], is[24];

    /* The same name in two folders: their ids may be equal, too, so that going
     * on by ids would skip documents. */
    if (is_another_file(r, i, k->row.path))
        return error_set(err, ERROR_FOREIGN, 0,
                         "%s is another file than the %s of job \"%s\": "
                         "--job NAME makes it a job of its own%s",
                         name, k->row.path, r->job,
                         strcmp(corpus_known_base_name(name),
                                corpus_known_base_name(k->row.path))
                             ? ", --accept-changed goes on (finished ids are "
                               "skipped)"
                             : "");
    if (!now->seekable || !old->seekable)
        return error_set(err, ERROR_FOREIGN, 0,
                         "%s is not known to be what the checkpoint is of; "
                         "--job NAME makes it a job of its own, "
                         "--accept-changed skips finished ids, --new-job "
                         "starts afresh",
                         name);
    return error_set(err, ERROR_FOREIGN, 0,
                     "%s is not what the checkpoint knows: %s bytes then, %s "
                     "now%s; --accept-changed goes on (finished ids are "
                     "skipped), --new-job starts afresh",
                     name, str_count(was, sizeof was, old->size),
                     str_count(is, sizeof is, now->size),
                     now->size == old->size ? ", with other content" : "");
}

static bool check_file(struct run *r, size_t i, const struct corpus_known *k,
                       bool *changed, struct error *err)
{
    struct corpus *c = &r->corpus[i];

    switch (corpus_compare(r, i, k)) {
    case CORPUS_SAME:
        /* The end of a pipe is not the end of a file in its place. */
        atomic_store(&c->complete, k->row.complete && c->fingerprint.seekable &&
                                       k->row.print.seekable);
        /* We recognise a pipe only when it is too late to accept it. */
        *changed |= !c->fingerprint.seekable && r->opt->accept_changed;
        break;
    case CORPUS_APPENDED:
        break;
    case CORPUS_CHANGED:
        *changed = true;
        return r->opt->accept_changed || changed_error(r, i, k, err);
    }
    return true;
}

bool corpus_known_check(struct run *r, bool *changed, struct error *err)
{
    size_t known = ledger_source_count(r->ledger);
    bool fine = true;

    *changed = false;
    for (size_t i = 0; i < known && i < r->corpus_count && fine; i++) {
        struct corpus_known k;

        if (!corpus_known_get(r, i, &k, err))
            return false;
        fine = check_file(r, i, &k, changed, err);
        free(k.row.path);
    }
    return fine;
}

/* --- where it goes on ----------------------------------------------------- */

static bool start_file(struct run *r, size_t i, struct corpus_known *k,
                       bool by_ids, struct error *err)
{
    struct corpus *c = &r->corpus[i];
    struct ledger_source *row = &k->row;

    row->path = r->opt->corpus.item[i];
    row->print = c->fingerprint;
    if (by_ids) {
        atomic_store(&c->complete, false);
        row->window_end = 0;
    }
    row->complete = atomic_load(&c->complete);
    if (row->frontier_offset == 0)
        k->past = (struct trail){ .bytes = 0 };
    if (!by_ids && k->past.bytes == row->frontier_offset)
        c->reach = k->reach;
    c->start = (struct place){ row->frontier_pos, row->frontier_offset,
                               row->frontier_line, k->past };
    frontier_start(r->frontier, i, c->start);
    if (c->reach.pos)
        frontier_set_reached(r->frontier, i, c->reach);
    atomic_store(&c->read_bytes,
                 row->complete ? c->fingerprint.size : c->start.offset);
    return ledger_source_set(r->ledger, i, row, err) &&
           corpus_known_write(r, i, &c->start,
                              c->reach.pos ? &c->reach : &c->start, err);
}

bool corpus_known_start(struct run *r, bool by_ids, struct error *err)
{
    size_t known = ledger_source_count(r->ledger);
    char here[PATH_BYTES];

    for (size_t i = 0; i < r->corpus_count; i++) {
        struct corpus_known k = { .row.frontier_line = 1 };

        if (i < known && !corpus_known_get(r, i, &k, err))
            return false;
        free(k.row.path);
        if (!start_file(r, i, &k, by_ids, err))
            return false;
    }
    return !getcwd(here, sizeof here) ||
           ledger_set(r->ledger, "folder", here, err);
}
