/* This file keeps the facts of a job: texts by key, identity, sources. */
#include "config.h"
#include "ledger/ledger_file.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "util/str.h"

char *ledger_get(struct ledger *l, const char *key)
{
    return ledger_file_get(&l->file, key);
}

bool ledger_set(struct ledger *l, const char *key, const char *value,
                struct error *err)
{
    return ledger_begin(l, err) &&
           (ledger_file_set(&l->file, key, value, err) || ledger_lost(l));
}

/* --- identity ------------------------------------------------------------- */

static void describe_difference(struct buf *to, const char *name,
                                const char *old, const char *new)
{
    char was[56], is[56];

    str_printable(was, sizeof was, text_of(old));
    str_printable(is, sizeof is, text_of(new));
    buf_printf(to, "%s%s was \"%s\", is \"%s\"", to->len ? "; " : "", name,
               was, is);
}

/* Compare one field, or take it if the ledger does not know it yet. */
static bool check_field(struct ledger *l, const struct ledger_field *field,
                        struct buf *differences, struct error *err)
{
    char key[80], *old;
    bool good = true;

    snprintf(key, sizeof key, "identity.%s", field->name);
    old = ledger_get(l, key);
    if (!old)
        good = ledger_set(l, key, field->value, err);
    else if (strcmp(old, field->value) != 0)
        describe_difference(differences, field->name, old, field->value);
    free(old);
    return good;
}

bool ledger_identity(struct ledger *l, const struct ledger_field *fields,
                     size_t n, struct error *err)
{
    struct buf differences;
    bool good = true;

    buf_init(&differences);
    for (size_t i = 0; good && i < n; i++)
        good = check_field(l, &fields[i], &differences, err);
    if (good && differences.len)
        good = error_set(err, ERROR_FOREIGN, 0,
                         "checkpoint of other settings (use them, another "
                         "--job or --new-job): %s",
                         buf_cstr(&differences));
    buf_release(&differences);
    return good;
}

/* --- sources -------------------------------------------------------------- */

size_t ledger_source_count(struct ledger *l)
{
    return l->place_count;
}

bool ledger_source_get(struct ledger *l, size_t i, struct ledger_source *out,
                       struct error *err)
{
    char *path;

    if (i >= l->place_count)
        return error_set(err, ERROR_LOCAL, 0,
                         "the ledger knows no corpus file %zu", i + 1);
    path = strdup(l->places[i].is.path);
    if (!path)
        return error_memory(err, "for a source");
    *out = l->places[i].is;
    out->path = path;
    return true;
}

static struct place *place_at(struct ledger *l, size_t i)
{
    struct place *grown;

    assert(i <= l->place_count && i <= UINT16_MAX);
    if (i < l->place_count)
        return &l->places[i];
    grown = realloc(l->places, (i + 1) * sizeof *grown);
    if (!grown)
        return NULL;
    l->places = grown;
    grown[i] = (struct place){ 0 };
    return &grown[i];
}

bool ledger_source_set(struct ledger *l, size_t i,
                       const struct ledger_source *in, struct error *err)
{
    char *path = strdup(in->path);
    struct place *p = path ? place_at(l, i) : NULL;

    if (!p || !ledger_begin(l, err)) {
        free(path);
        return p ? false : error_memory(err, "for a source");
    }
    if (i == l->place_count)
        l->place_count++;
    if (in->frontier_pos < p->is.frontier_pos) {
        /* Rows below the old frontier are above the new one. */
        l->tracked = false;
        l->above_row = l->ids_before;
    }
    free(p->is.path);
    p->is = *in;
    p->is.path = path;
    p->dirty = true;
    return true;
}

/* --- totals --------------------------------------------------------------- */

bool ledger_total_set(struct ledger *l, const struct ledger_totals *t,
                      struct error *err)
{
    return ledger_begin(l, err) &&
           (ledger_file_totals_set(&l->file, t, err) || ledger_lost(l));
}

bool ledger_total_get(struct ledger *l, struct ledger_totals *t,
                      struct error *err)
{
    return ledger_file_totals(&l->file, t, err);
}
