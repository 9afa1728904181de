/* This file writes the log of a run: what began or ended since the last look.
 * Each thing that may last is a spell: it begins at once and ends when it has
 * been away for as long as its row of the table says. */
#include "config.h"
#include "core/log/chronicle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/str.h"

enum { SECOND_MS = 1000, SLOW_MS = 10000, MINUTE_MS = 60000 };

enum spell_id {
    SPELL_EMBED_OUT,
    SPELL_STORE_OUT,
    SPELL_THROTTLED,
    SPELL_EMBED_SLOW,
    SPELL_STORE_SLOW,
    SPELL_MEMORY,
    SPELL_EMBED_HELD,
    SPELL_STORE_HELD,
    SPELL_LEDGER,
    SPELL_CORPUS,
    SPELL_COUNT
};

/* begins: NULL where a notice tells it, in more words. */
static const struct {
    enum event_kind kind;
    const char *begins, *ends;
    int64_t away_ms; /* that makes an end */
} spells[SPELL_COUNT] = {
    [SPELL_EMBED_OUT] = { EVENT_OUTAGE, "the embedder is out",
                          "the embedder serves again", SECOND_MS },
    [SPELL_STORE_OUT] = { EVENT_OUTAGE, "the store is out",
                          "the store serves again", SECOND_MS },
    [SPELL_THROTTLED] = { EVENT_SLOW, "throttled", "throttled no more",
                          MINUTE_MS },
    [SPELL_EMBED_SLOW] = { EVENT_SLOW, "the embedder answers slowly",
                           "the embedder answers as usual again", SLOW_MS },
    [SPELL_STORE_SLOW] = { EVENT_SLOW, "the store answers slowly",
                           "the store answers as usual again", SLOW_MS },
    [SPELL_MEMORY] = { EVENT_HOLD, "held", "reading goes on",
                       SECOND_MS },
    [SPELL_EMBED_HELD] = { EVENT_HOLD, NULL, "embed goes on", SECOND_MS },
    [SPELL_STORE_HELD] = { EVENT_HOLD, NULL, "upsert goes on", SECOND_MS },
    [SPELL_LEDGER] = { EVENT_HOLD, NULL, "the checkpoint is written again",
                       SECOND_MS },
    [SPELL_CORPUS] = { EVENT_HOLD, NULL, "reading goes on", SECOND_MS },
};

struct spell {
    bool on;
    int64_t since_ms, last_ms; /* when it was seen, first and last */
};

struct chronicle {
    struct snapshot now;
    struct spell spell[SPELL_COUNT];
    enum run_state state;
    bool begun;
    size_t known;
    char kind[SNAPSHOT_KINDS][FAILURE_KEY]; /* that were told */
};

struct chronicle *chronicle_new(void)
{
    return calloc(1, sizeof(struct chronicle));
}

void chronicle_free(struct chronicle *c)
{
    free(c);
}

/* --- what lasts ----------------------------------------------------------- */

static void chronicle_begin_spell(struct notices *n, enum spell_id id,
                                  const char *why)
{
    struct event_head head = { .kind = spells[id].kind };

    if (spells[id].begins)
        notices_event(n, &head, "%s%s%s", spells[id].begins,
                      *why ? ": " : "", why);
}

static void chronicle_end_spell(struct notices *n, enum spell_id id,
                                const struct spell *x)
{
    struct event_head head = { .kind = EVENT_END };
    char time[32];

    notices_event(n, &head, "%s, after %s", spells[id].ends,
                  str_duration(time, sizeof time,
                               x->last_ms - x->since_ms + SECOND_MS));
}

static void chronicle_spell(struct chronicle *c, struct notices *n,
                            enum spell_id id, bool is, const char *why)
{
    struct spell *x = &c->spell[id];
    int64_t now_ms = c->now.now_ms;

    if (is) {
        if (!x->on) {
            x->since_ms = now_ms;
            chronicle_begin_spell(n, id, why);
        }
        x->on = true;
        x->last_ms = now_ms;
    } else if (x->on && now_ms - x->last_ms >= spells[id].away_ms) {
        x->on = false;
        chronicle_end_spell(n, id, x);
    }
}

/* One slow worker is no slow service: half of those in a request are. */
static void chronicle_slowness(struct chronicle *c, struct notices *n,
                               enum spell_id id, const struct stage_view *v)
{
    unsigned busy = 0, slow = 0;
    char why[80];

    for (size_t i = 0; i < SNAPSHOT_WORKERS; i++) {
        busy += v->worker[i].state == WORKER_BUSY;
        slow += v->worker[i].state == WORKER_BUSY && v->worker[i].slow;
    }
    snprintf(why, sizeof why, "%u of %u requests are far older than usual",
             slow, busy);
    chronicle_spell(c, n, id, slow > 0 && 2 * slow >= busy, why);
}

static void chronicle_look_at_spells(struct chronicle *c,
                                     const struct chronicle_facts *f,
                                     struct notices *n)
{
    chronicle_spell(c, n, SPELL_EMBED_OUT, f->gate[0].outage,
                    f->gate[0].last.text);
    chronicle_spell(c, n, SPELL_STORE_OUT, f->gate[1].outage,
                    f->gate[1].last.text);
    chronicle_spell(c, n, SPELL_THROTTLED, c->now.state == RUN_THROTTLED,
                    c->now.reason);
    chronicle_slowness(c, n, SPELL_EMBED_SLOW, &c->now.embed);
    chronicle_slowness(c, n, SPELL_STORE_SLOW, &c->now.upsert);
    chronicle_spell(c, n, SPELL_MEMORY, f->held[HOLD_MEMORY], f->memory);
    chronicle_spell(c, n, SPELL_EMBED_HELD, f->held[HOLD_EMBED], "");
    chronicle_spell(c, n, SPELL_STORE_HELD, f->held[HOLD_STORE], "");
    chronicle_spell(c, n, SPELL_LEDGER, f->held[HOLD_LEDGER], "");
    chronicle_spell(c, n, SPELL_CORPUS, f->held[HOLD_CORPUS], "");
}

/* --- states --------------------------------------------------------------- */

/* Of the states that no command, hold or service explains; NULL: of another
 * one. */
static const char *chronicle_state_words(const struct chronicle *c)
{
    if (c->state == RUN_STARTING)
        return c->now.resumed ? "started, with what is left of the job"
                              : "started";
    if (c->state == RUN_DONE)
        return "more to do";
    return c->now.state == RUN_DONE ? "done" : NULL;
}

static void chronicle_look_at_state(struct chronicle *c, struct notices *n)
{
    struct event_head head = { .kind = EVENT_STATE };
    const char *words = NULL;

    if (c->now.state != c->state)
        words = chronicle_state_words(c);
    if (words)
        notices_event(n, &head, "%s", words);
    c->state = c->now.state;
}

/* --- failures ------------------------------------------------------------- */

static bool chronicle_knows(const struct chronicle *c, const char *key)
{
    for (size_t i = 0; i < c->known; i++)
        if (strcmp(c->kind[i], key) == 0)
            return true;
    return false;
}

/* What an earlier run left is no event of this one. */
static void chronicle_look_at_causes(struct chronicle *c, struct notices *n)
{
    struct event_head head = { .kind = EVENT_CAUSE };

    for (uint32_t i = 0; i < c->now.kind_count; i++) {
        const struct failure_kind *k = &c->now.kinds[i];

        if (chronicle_knows(c, k->key) || c->known == SNAPSHOT_KINDS)
            continue;
        memcpy(c->kind[c->known++], k->key, sizeof k->key);
        if (c->begun || !c->now.resumed)
            notices_event(n, &head, "new cause: %s %s%s%s",
                          k->cause.stage, k->label, *k->common ? ": " : "",
                          k->common);
    }
}

struct snapshot *chronicle_snapshot(struct chronicle *c)
{
    c->now.events_seen = UINT64_MAX - 1;
    return &c->now;
}

void chronicle_look(struct chronicle *c, const struct chronicle_facts *f,
                    struct notices *n)
{
    chronicle_look_at_state(c, n);
    chronicle_look_at_spells(c, f, n);
    chronicle_look_at_causes(c, n);
    c->begun = true;
}
