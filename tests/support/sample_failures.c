/* This file has the failures of the scripted moments: rows and kinds. */
#include "config.h"
#include "tests/support/sample_failures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "data/failure_fold.h"
#include "tests/support/sample_snapshot.h"

#define SET(to, ...) snprintf(to, sizeof(to), __VA_ARGS__)

static void row(struct snapshot *s, int64_t ago_s, const char *id,
                const char *where, const char *code, const char *message,
                enum failure_standing standing, int tries,
                enum error_kind kind)
{
    struct failure_row *f = &s->failures[s->failure_count];

    f->wall_s = SAMPLE_WALL_S - ago_s;
    SET(f->id, "%s", id);
    SET(f->stage, "%s", where);
    SET(f->code, "%s", code);
    SET(f->message, "%s", message);
    f->times = 1;
    f->tries = (uint16_t)tries;
    f->tries_max = 5;
    f->standing = standing;
    f->kind = kind;
    f->pos = 624118 - (uint64_t)ago_s * 17;
    f->offset = f->pos * 318;
    s->failure_count++;
    s->failures_total = s->failures_seq = s->failure_count;
    s->listed_total = s->listed_seq = s->failure_count;
}

static void cause(struct snapshot *s, const char *where, const char *code,
                  enum error_kind kind, const char *message, uint64_t open,
                  uint64_t waiting, int ago_s, const char *helps)
{
    struct cause_view *k = &s->causes[s->cause_count++];

    k->cause.kind = kind;
    k->cause.rejected = kind == ERROR_INPUT;
    k->cause.code = atoi(code);
    SET(k->cause.stage, "%s", where);
    SET(k->code, "%s", code);
    SET(k->message, "%s", message);
    SET(k->helps, "%s", helps);
    k->hash = s->cause_count;
    failure_fold_key(k->hash, k->key);
    k->open = open;
    k->waiting = waiting;
    k->wall_s = SAMPLE_WALL_S - ago_s;
    k->needs_change = kind == ERROR_INPUT || kind == ERROR_REFUSED;
    for (int i = 0; i < CAUSE_SPARK; i++)
        k->spark[i] = (uint16_t)((open + waiting) * (uint64_t)(i * 7 % 5) / 40);
    for (uint32_t i = 0; i < s->failure_count; i++)
        if (strcasecmp(s->failures[i].stage, where) == 0 &&
            strcmp(s->failures[i].code, code) == 0)
            s->failures[i].cause = k->hash;
}

/* What is open adds up to the kinds. */
void sample_failures_causes(struct snapshot *s)
{
    cause(s, "embed", "429", ERROR_LIMITED, "rate limited by provider", 212, 3,
          0, "lower rate (l)");
    cause(s, "embed", "400", ERROR_REFUSED,
          "input longer than 8,192 tokens (#)", 141, 0, 3, "needs a change");
    cause(s, "embed", "timeout", ERROR_NETWORK, "no answer in 30 s", 38, 0, 40,
          "retry (r)");
    cause(s, "upsert", "409", ERROR_REFUSED,
          "vector has 1,024 dims, collection wants 1,536", 11, 0, 14,
          "needs a change");
    cause(s, "read", "-", ERROR_INPUT, "\"text\" is missing", 6, 0, 31,
          "mend the corpus");
    cause(s, "embed", "503", ERROR_SERVER, "upstream overloaded", 0, 212, 32,
          "tries by itself");
    s->healed_count = 2;
    SET(s->healed[0].label, "EMBED 500");
    s->healed[0].count = 1240;
    SET(s->healed[1].label, "UPSERT timeout");
    s->healed[1].count = 80;
}

void sample_failures_rows(struct snapshot *s)
{
    row(s, 0, "doc-0624118", "EMBED", "429",
        "rate limited by provider, waits 12 s", FAILURE_WAITING, 2,
        ERROR_LIMITED);
    row(s, 3, "doc-0623990", "EMBED", "400",
        "input longer than 8,192 tokens (9,114)", FAILURE_FINAL, 1,
        ERROR_REFUSED);
    row(s, 3, "記事-0623871", "EMBED", "400",
        "input longer than 8,192 tokens (8,377)", FAILURE_FINAL, 1,
        ERROR_REFUSED);
    row(s, 14, "doc-0623402", "UPSERT", "409",
        "vector has 1,024 dims, collection wants 1,536", FAILURE_FINAL, 1,
        ERROR_REFUSED);
    row(s, 31, "doc-0622817", "READ", "-", "line 622,817: \"text\" is missing",
        FAILURE_FINAL, 0, ERROR_INPUT);
    row(s, 32, "", "EMBED", "503", "upstream overloaded", FAILURE_WAITING, 0,
        ERROR_SERVER);
    s->failures[5].times = 212;
    row(s, 40, "doc-0622101", "EMBED", "timeout", "no answer in 30 s",
        FAILURE_RETRIED, 1, ERROR_NETWORK);
    row(s, 70, "doc-0621733", "UPSERT", "timeout", "no answer in 10 s",
        FAILURE_STORED, 2, ERROR_NETWORK);
    row(s, 90, "doc-0621002", "EMBED", "400", "the input was refused",
        FAILURE_SKIPPED, 1, ERROR_REFUSED);
}

static void kind(struct snapshot *s, const char *key, const char *label,
                 const char *where, enum error_kind error, int code,
                 bool worth, uint64_t open, const char *advice)
{
    struct failure_kind *k = &s->kinds[s->kind_count++];

    SET(k->key, "%s", key);
    SET(k->label, "%s", label);
    SET(k->cause.stage, "%s", where);
    SET(k->advice, "%s", advice);
    k->cause.kind = error;
    k->cause.code = code;
    k->cause.rejected = error == ERROR_INPUT;
    k->worth_retry = worth;
    k->open = open;
    for (uint32_t i = s->failure_count; i-- > 0;)
        if (s->failures[i].kind == error &&
            strncasecmp(s->failures[i].stage, where,
                        sizeof k->cause.stage) == 0)
            SET(k->common, "%s", s->failures[i].message);
    s->failures_open += open;
    if (k->cause.rejected)
        s->rejected += open;
    else
        s->failed += open;
}

void sample_failures_kinds(struct snapshot *s)
{
    kind(s, "embed/limited/429", "429 rate limited", "embed", ERROR_LIMITED,
         429, true, 212, "yes");
    kind(s, "embed/refused/400", "400 refused", "embed", ERROR_REFUSED, 400,
         false, 141, "only after a change");
    kind(s, "embed/network/0", "timeout, no answer", "embed", ERROR_NETWORK, 0,
         true, 38, "yes");
    kind(s, "upsert/refused/409", "409 refused", "upsert", ERROR_REFUSED, 409,
         false, 11, "only after a change");
    kind(s, "read/input/0", "record cannot be used", "read", ERROR_INPUT,
         0, false, 6, "only after a change");
}
