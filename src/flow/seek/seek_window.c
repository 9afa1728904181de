/* This file measures: what came back at one setting, in whole rounds, and how
 * far that may be off. */
#include "config.h"
#include "flow/seek/seek_parts.h"

#include <math.h>

enum { ROUND_MS = 50, ROUND_ANSWERS = 8, NOISE_WEIGHT = 16,
       FEW_ANSWERS = 24, REACHES_MS = 1000 };

void seek_settle(struct seek *s, int64_t now_ms)
{
    s->now = (struct seek_window){ .open = false };
    s->settles_ms = now_ms + (int64_t)(s->latency_us / 1000);
    s->reaches_ms = now_ms + REACHES_MS + 4 * (s->settles_ms - now_ms);
}

/* Workers may be slow to follow; but those that have work of their own between
 * two requests never fill the width. */
void seek_window_sent(struct seek *s, size_t in_flight)
{
    size_t from = s->base_width, to = s->width;

    if (to >= from && 2 * in_flight >= to + from)
        s->reached = true;
    if (to < from && 2 * in_flight < to + from)
        s->reached = true;
}

static double window_rate(double documents, int64_t ms)
{
    return documents * 1000 / (double)(ms > 0 ? ms : 1);
}

/* How far this round is from the mean of the window, for one answer. */
static void window_learn_noise(struct seek *s, int64_t round_ms)
{
    const struct seek_window *w = &s->now;
    double mean = window_rate(w->counted_documents, w->ms);
    double off = window_rate(w->round_documents, round_ms) / mean - 1;
    double seen = off * off * (double)w->round_answers;

    if (w->rounds < 2)
        return;
    s->noise += (fmin(seen, 1) - s->noise) / NOISE_WEIGHT;
}

static void window_end_round(struct seek *s, int64_t now_ms)
{
    struct seek_window *w = &s->now;
    int64_t round_ms = now_ms - w->round_ms;

    w->rounds++;
    w->ms = now_ms - w->from_ms;
    w->counted = w->answers;
    w->counted_documents = w->documents;
    window_learn_noise(s, round_ms);
    w->round_ms = now_ms;
    w->round_answers = 0;
    w->round_documents = 0;
}

static void window_note_low(struct seek_window *w, double us)
{
    for (size_t i = 0; i < SEEK_LOW; i++) {
        double slower = w->low_us[i];

        if (slower > 0 && slower <= us)
            continue;
        w->low_us[i] = us;
        us = slower;
        if (us <= 0)
            return;
    }
}

double seek_window_low_us(const struct seek_window *w)
{
    return w->low_us[w->answers < FEW_ANSWERS ? SEEK_LOW - 2 : SEEK_LOW - 1];
}

void seek_window_answer(struct seek *s, size_t documents, int64_t took_us,
                        int64_t now_ms)
{
    struct seek_window *w = &s->now;

    if (!s->followed || now_ms < s->settles_ms ||
        (!s->reached && now_ms < s->reaches_ms))
        return;
    if (!w->open) {
        w->open = true;
        w->from_ms = w->round_ms = now_ms;
        return;
    }
    w->answers++;
    w->round_answers++;
    w->documents += (double)documents;
    w->round_documents += (double)documents;
    w->took_us += (double)took_us;
    window_note_low(w, (double)took_us);
    if (w->round_answers >= ROUND_ANSWERS &&
        w->round_answers % (s->width ? s->width : 1) == 0 &&
        now_ms - w->round_ms >= ROUND_MS)
        window_end_round(s, now_ms);
}

bool seek_window_is_fair(const struct seek *s)
{
    const struct seek_window *w = &s->now;
    double all_us = (double)w->ms * 1000 * (double)s->width;

    return !w->limited && w->took_us >= all_us / 2 &&
           w->unfair_us <= all_us / 10;
}

struct seek_rate seek_window_rate(const struct seek_window *w)
{
    return (struct seek_rate){
        .docs_per_s = window_rate(w->counted_documents, w->ms),
        .latency_us = w->answers ? w->took_us / (double)w->answers : 0,
        .answers = (double)w->counted };
}

double seek_error(const struct seek *s, double answers)
{
    return sqrt(s->noise / (answers < 1 ? 1 : answers));
}
