/* This file tells a person what is sought, and why, and a later run what was
 * found, as a line of the ledger. */
#include "config.h"
#include "flow/seek/seek_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "util/str.h"

enum { KNEE_MOST = 1000000, /* of each number: what is larger is damage */
       WORTH_A_WORD_US = 100000 };

const char *seek_phase_word(enum seek_phase phase)
{
    static const char *const words[] = {
        [SEEK_PINNED] = "pinned",
        [SEEK_STARTING] = "starting",
        [SEEK_CRUISING] = "cruising",
        [SEEK_TRYING_MORE] = "trying more",
        [SEEK_TRYING_FEWER] = "trying fewer",
        [SEEK_TRYING_LARGER] = "trying larger",
        [SEEK_TRYING_SMALLER] = "trying smaller",
        [SEEK_REFUSED] = "refused",
        [SEEK_PACED] = "paced"
    };

    return words[phase];
}

static enum seek_phase words_phase(const struct seek *s, int64_t now_ms)
{
    const struct seek_refusals *r = &s->refusals;

    if (r->burst)
        return SEEK_REFUSED;
    if (s->phase == SEEK_CRUISING && r->ceiling && s->width >= r->ceiling &&
        now_ms < r->ceiling_until_ms)
        return SEEK_REFUSED;
    return s->phase;
}

static void words_try(const struct seek *s, size_t tried, const char *what,
                      char out[SEEK_REASON])
{
    if (s->now.rounds == 0)
        snprintf(out, SEEK_REASON, "trying %zu%s", tried, what);
    else
        snprintf(out, SEEK_REASON, "trying %zu%s: %+.0f %%", tried, what,
                 s->tried_gain * 100);
}

static void words_rest(const struct seek *s, char out[SEEK_REASON])
{
    if (s->base.answers <= 0)
        snprintf(out, SEEK_REASON, "%zu: measuring", s->base_width);
    else if (s->bounds.width.most && s->base_width >= s->bounds.width.most)
        snprintf(out, SEEK_REASON, "%zu: no more are allowed", s->base_width);
    else
        snprintf(out, SEEK_REASON, "%zu: more brings nothing", s->base_width);
}

/* What mostly keeps the present window from counting; NULL: nothing. */
static const char *words_unfair(const struct seek *s)
{
    static const char *const words[] = {
        [SEEK_STARVED] = "too few documents come",
        [SEEK_BLOCKED] = "the next stage is full",
        [SEEK_PAUSED] = "paused",
        [SEEK_LIMITED] = "a rate or a 429 holds it back"
    };
    const struct seek_window *w = &s->now;
    double all_us = w->took_us + w->unfair_us;
    size_t most = w->limited ? SEEK_LIMITED : 0;

    for (size_t i = 0; i < SEEK_UNFAIRS; i++)
        if (w->unfair_by_us[i] > w->unfair_by_us[most])
            most = i;
    return w->limited || (w->unfair_us > all_us / 4 &&
                          w->unfair_us >= WORTH_A_WORD_US)
               ? words[most]
               : NULL;
}

static void words_refused(const struct seek_refusals *r, int64_t now_ms,
                          char out[SEEK_REASON])
{
    int64_t left_s = (r->ceiling_until_ms - now_ms + 999) / 1000;

    if (r->burst)
        snprintf(out, SEEK_REASON, "refused, waits for what is under way");
    else
        snprintf(out, SEEK_REASON, "refused above %zu, again in %lld s",
                 r->ceiling, (long long)left_s);
}

/* A pinned number is kept to, as far as the service lets us. */
static void words_pinned(const struct seek *s, char out[SEEK_REASON])
{
    size_t now = seek_width(s);

    out[0] = '\0';
    if (s->window > 0 && s->width && now < s->width)
        snprintf(out, SEEK_REASON, "%zu pinned, %zu now: refused above %zu",
                 s->width, now, s->narrowed_at);
}

static void words_reason(const struct seek *s, enum seek_phase phase,
                         int64_t now_ms, char out[SEEK_REASON])
{
    const char *unfair = words_unfair(s);

    if (unfair && s->seeks && phase != SEEK_PACED && phase != SEEK_REFUSED) {
        snprintf(out, SEEK_REASON, "%zu: %s", s->width, unfair);
        return;
    }
    switch (phase) {
    case SEEK_PINNED:
        words_pinned(s, out);
        break;
    case SEEK_STARTING:
        snprintf(out, SEEK_REASON, "trying %zu", s->width);
        break;
    case SEEK_CRUISING:
        words_rest(s, out);
        break;
    case SEEK_TRYING_MORE:
    case SEEK_TRYING_FEWER:
        words_try(s, s->width, "", out);
        break;
    case SEEK_TRYING_LARGER:
    case SEEK_TRYING_SMALLER:
        words_try(s, s->batch, " documents", out);
        break;
    case SEEK_REFUSED:
        words_refused(&s->refusals, now_ms, out);
        break;
    case SEEK_PACED:
        snprintf(out, SEEK_REASON, "refused above %.1f/s",
                 s->refusals.per_s_refused);
        break;
    }
}

static size_t words_tried(const struct seek *s)
{
    switch (s->phase) {
    case SEEK_STARTING:
    case SEEK_TRYING_MORE:
    case SEEK_TRYING_FEWER:
        return s->width;
    case SEEK_TRYING_LARGER:
    case SEEK_TRYING_SMALLER:
        return s->batch;
    default:
        return 0;
    }
}

void seek_stats(const struct seek *s, int64_t now_ms, struct seek_stats *out)
{
    struct seek_rate now = seek_window_rate(&s->now);

    *out = (struct seek_stats){
        .phase = words_phase(s, now_ms),
        .width = seek_width(s),
        .tried = words_tried(s),
        .knee = seek_knee_width(s),
        .batch = s->batch,
        .docs_per_s = s->base.docs_per_s > 0 ? s->base.docs_per_s
                                             : now.docs_per_s,
        .unloaded_ms = s->unloaded_us / 1000,
        .latency_ms = s->latency_us / 1000,
        .per_s = s->refusals.per_s };
    words_reason(s, out->phase, now_ms, out->reason);
}

/* ---- for a later run ---- */

static void knee_print(const uint64_t n[4], const char *endpoint,
                       char text[SEEK_TEXT])
{
    snprintf(text, SEEK_TEXT, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
             " %s", n[0], n[1], n[2], n[3], endpoint);
}

void seek_knee_write(const struct seek_knee *knee, const char *endpoint,
                     char text[SEEK_TEXT])
{
    uint64_t n[] = { knee->width, knee->batch,
                     (uint64_t)(knee->per_s * 1000 + 0.5), knee->ceiling };

    text[0] = '\0';
    if (knee->width)
        knee_print(n, endpoint, text);
}

bool seek_knee_read(struct seek_knee *knee, const char *endpoint,
                    const char *text)
{
    char same[SEEK_TEXT];
    const char *at = text;
    uint64_t n[4];

    for (size_t i = 0; i < 4; i++)
        if (!str_take_u64(&at, &n[i]) || n[i] > KNEE_MOST)
            return false;
    knee_print(n, endpoint, same);
    if (n[0] == 0 || strcmp(same, text) != 0)
        return false;
    *knee = (struct seek_knee){ .width = (size_t)n[0],
                                .batch = (size_t)n[1],
                                .per_s = (double)n[2] / 1000,
                                .ceiling = (size_t)n[3] };
    return true;
}
