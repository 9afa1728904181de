/* This file keeps the kinds in the order of their first failure. There are few,
 * so a search compares their keys one by one. */
#include "config.h"
#include "core/failures/failure_kinds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool failure_kind_needs_change(const struct failure_cause *c)
{
    enum error_course course = error_course(c->kind);

    return c->rejected ||
           ((course == COURSE_SPLIT || course == COURSE_ISOLATE) &&
            c->kind != ERROR_VECTOR);
}

static const char *kinds_advice(const struct failure_cause *c)
{
    if (failure_kind_needs_change(c))
        return "only after a change";
    switch (error_course(c->kind)) {
    case COURSE_PATIENCE:
    case COURSE_HOLD:
        return "once it is mended";
    default:
        return "yes";
    }
}

/* A new place, or that of a kind with no open failure; NULL: there is none. */
static struct failure_kind *kinds_take_place(struct failure_kinds *x)
{
    if (x->count < SNAPSHOT_KINDS)
        return &x->kind[x->count++];
    for (size_t i = 0; i < x->count; i++)
        if (x->kind[i].open == 0)
            return &x->kind[i];
    return NULL;
}

/* Give the last place to all other kinds. */
static struct failure_kind *kinds_others(struct failure_kinds *x)
{
    struct failure_kind *k = &x->kind[SNAPSHOT_KINDS - 1];

    *k = (struct failure_kind){ .open = k->open, .key = "others",
                                .cause.kind = ERROR_REFUSED,
                                .label = "others, of many kinds",
                                .advice = "export lists them" };
    x->votes[SNAPSHOT_KINDS - 1] = 0;
    return k;
}

struct failure_kind *failure_kinds_find(struct failure_kinds *x,
                                        const struct failure_cause *c)
{
    char key[FAILURE_KEY], code[16] = "";
    struct failure_kind *k;

    failure_cause_key(c, key);
    for (size_t i = 0; i < x->count; i++)
        if (strcmp(x->kind[i].key, key) == 0)
            return &x->kind[i];
    k = kinds_take_place(x);
    if (!k)
        return kinds_others(x);
    *k = (struct failure_kind){ .cause = *c };
    memcpy(k->key, key, sizeof k->key);
    if (c->code > 0 && c->kind != ERROR_LOCAL)
        snprintf(code, sizeof code, "%d ", c->code);
    snprintf(k->label, sizeof k->label, "%s%s", code, error_label(c->kind));
    snprintf(k->advice, sizeof k->advice, "%s", kinds_advice(c));
    k->needs_change = failure_kind_needs_change(c);
    k->worth_retry = strcmp(k->advice, "yes") == 0;
    return k;
}

/* Behind "line 7: ", which differs. */
static const char *kinds_behind_line(const char *message)
{
    const char *colon = strstr(message, ": ");

    return colon ? colon : message;
}

/* The majority vote of Boyer and Moore. */
void failure_kinds_note(struct failure_kinds *x, struct failure_kind *k,
                        const char *message)
{
    uint32_t *votes = &x->votes[k - x->kind];
    bool same = strcmp(kinds_behind_line(k->common),
                       kinds_behind_line(message)) == 0;

    if (k->open++ == 0)
        *votes = 0;
    if (*votes > 0 && !same) {
        --*votes;
        return;
    }
    ++*votes;
    snprintf(k->common, sizeof k->common, "%s", message);
}

static int kinds_by_open(const void *a, const void *b)
{
    const struct failure_kind *x = a, *y = b;

    if (x->open != y->open)
        return x->open < y->open ? 1 : -1;
    return strcmp(x->key, y->key);
}

void failure_kinds_fill(const struct failure_kinds *x, struct snapshot *s)
{
    s->kind_count = 0;
    s->failures_open = 0;
    for (size_t i = 0; i < x->count; i++)
        if (x->kind[i].open) {
            s->kinds[s->kind_count++] = x->kind[i];
            s->failures_open += x->kind[i].open;
        }
    qsort(s->kinds, s->kind_count, sizeof s->kinds[0], kinds_by_open);
}
