/* This file keeps the line that is shown: which of those that are so, since
 * when, and what came of it when somebody followed it. */
#include "config.h"
#include "core/suggest/suggest.h"

#include <stdio.h>
#include <string.h>

#include "api/command_words.h"
#include "core/suggest/suggest_parts.h"
#include "util/str.h"

enum { RATE_S = 30, FIRST_S = 10, GAP_MS = 2000 };

/* --- what it brought ------------------------------------------------------ */

static double suggest_rate(const struct snapshot *s)
{
    uint32_t n = s->history_len < RATE_S ? s->history_len : RATE_S;
    double sum = 0;

    for (uint32_t i = s->history_len - n; i < s->history_len; i++)
        sum += (double)s->history[i];
    return n ? sum / n : 0;
}

/* A minute of work: what is paused or held tells nothing. */
static void trial_tick(struct suggest *x, const struct snapshot *s)
{
    int64_t ms = s->now_ms - x->trial.last_ms;

    x->trial.last_ms = s->now_ms;
    if (x->trial.runs && ms > 0 && ms < GAP_MS &&
        (s->state == RUN_RUNNING || s->state == RUN_THROTTLED))
        x->trial.worked_ms += ms;
    if (s->state >= RUN_DRAINING || s->reading_done)
        x->trial.runs = false; /* an end slows everything */
}

bool suggest_brought(struct suggest *x, char *to, size_t size)
{
    char was[24], is[24], value[24];

    if (!x->trial.runs || x->trial.worked_ms < SUGGEST_TRIAL_MS)
        return false;
    x->trial.runs = false;
    if (x->trial.value == KNOB_AUTO)
        snprintf(value, sizeof value, "auto");
    else
        str_count(value, sizeof value, (uint64_t)x->trial.value);
    snprintf(to, size, "%s %s: %s \xe2\x86\x92 %s documents/s",
             knob_facts[x->trial.knob].name, value,
             str_short(was, sizeof was, x->trial.before, 6),
             str_short(is, sizeof is, x->rate, 6));
    return true;
}

/* --- which line ----------------------------------------------------------- */

static void suggest_clear(struct suggest *x)
{
    x->kind = SUGGEST_NOTHING;
    x->shown = (struct advice){ .text = "" };
    x->over_s = 0;
}

void suggest_changed(struct suggest *x, enum knob knob, int64_t value,
                     int64_t now_ms)
{
    bool followed = x->shown.can && x->shown.knob == knob &&
                    x->shown.value == value;

    x->trial.runs = followed;
    if (followed) {
        x->trial.knob = knob;
        x->trial.value = value;
        x->trial.before = x->rate;
        x->trial.worked_ms = 0;
        x->trial.last_ms = now_ms;
    }
    suggest_clear(x);
    memset(x->lasts_s, 0, sizeof x->lasts_s);
}

static void suggest_say(struct suggest *x, const struct advice *a,
                        int64_t now_ms)
{
    x->shown = *a;
    x->said_ms = now_ms;
    if (a->can)
        snprintf(x->shown.command, sizeof x->shown.command,
                 a->value == KNOB_AUTO ? "set %s=auto" : "set %s=%lld",
                 command_words[a->knob].word, (long long)a->value);
}

/* The line that is shown: is it still so, and with the same figures? */
static void suggest_keep(struct suggest *x, const struct advice *a,
                         int64_t now_ms)
{
    if (*a->text) {
        x->over_s = 0;
        if (now_ms - x->said_ms >= SUGGEST_STAYS_MS)
            suggest_say(x, a, now_ms);
    } else if (++x->over_s >= SUGGEST_GOES_S &&
               now_ms - x->since_ms >= SUGGEST_STAYS_MS) {
        suggest_clear(x);
    }
}

static bool suggest_may_replace(const struct suggest *x, enum suggest_kind kind,
                                int64_t now_ms)
{
    return x->lasts_s[kind] >= SUGGEST_COMES_S &&
           (x->kind == SUGGEST_NOTHING ||
            (kind < x->kind && now_ms - x->since_ms >= SUGGEST_STAYS_MS));
}

static bool suggest_has_work(const struct snapshot *s)
{
    return s->state == RUN_RUNNING || s->state == RUN_THROTTLED ||
           s->state == RUN_HELD;
}

static void suggest_choose(struct suggest *x, const struct snapshot *s,
                           const struct suggest_facts *facts)
{
    for (enum suggest_kind k = SUGGEST_NOTHING + 1; k < SUGGEST_KINDS; k++) {
        struct advice a = { .text = "" };

        suggest_judge(k, x, s, facts, &a);
        if (a.can && x->trial.runs)
            a = (struct advice){ .text = "" };
        x->lasts_s[k] = *a.text ? x->lasts_s[k] + 1 : 0;
        if (x->kind == k)
            suggest_keep(x, &a, s->now_ms);
        else if (*a.text && suggest_may_replace(x, k, s->now_ms)) {
            suggest_say(x, &a, s->now_ms);
            x->kind = k;
            x->since_ms = s->now_ms;
            x->over_s = 0;
        }
    }
}

void suggest_tick(struct suggest *x, const struct snapshot *s,
                  const struct suggest_facts *facts, int64_t wall_s)
{
    x->rate = suggest_rate(s);
    trial_tick(x, s);
    if (!suggest_has_work(s)) {
        suggest_clear(x);
        memset(x->lasts_s, 0, sizeof x->lasts_s);
        return;
    }
    suggest_pace_tick(&x->embed, &s->embed, wall_s);
    suggest_pace_tick(&x->upsert, &s->upsert, wall_s);
    if (s->history_len >= FIRST_S)
        suggest_choose(x, s, facts);
}
