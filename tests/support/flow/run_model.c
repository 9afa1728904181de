/* This file moves the run of a model forward, 50 ms at a time. */
#include "config.h"
#include "tests/support/flow/run_model.h"

#include <math.h>
#include <string.h>

#include "util/mix.h"

static double model_unit(struct model *m)
{
    m->seed += 0x9e3779b97f4a7c15u;
    return (double)(mix_scramble(m->seed) >> 11) * 0x1p-53;
}

/* About normal, mean 0 and deviation 1. */
static double model_normal(struct model *m)
{
    double sum = -6;

    for (int i = 0; i < 12; i++)
        sum += model_unit(m);
    return sum;
}

/* Its mean is 1. */
static double model_factor(struct model *m, double sigma)
{
    return exp(sigma * model_normal(m) - sigma * sigma / 2);
}

void model_begin(struct model *m, const struct model_plan *plan, uint64_t seed)
{
    *m = (struct model){ .plan = plan, .seed = seed, .minute = -1 };
}

const struct model_phase *model_now(const struct model *m)
{
    return &m->plan->phase[m->phase];
}

bool model_throttled(const struct model *m)
{
    return m->now_ms < m->throttled_to_ms;
}

static void model_lose_all(struct model *m)
{
    for (int i = 0; i < MODEL_WORKERS; i++) {
        m->taken -= m->request[i].work;
        m->request[i] = (struct model_request){ 0 };
    }
}

static void model_turn(struct model *m)
{
    const struct model_phase *next = model_now(m) + 1;

    if (next->latency_s <= 0 || (double)m->now_ms < next->at_s * 1000)
        return;
    m->phase++;
    m->changed_ms = m->now_ms;
    if (next->fails)
        model_lose_all(m);
    if (next->waits_s > 0)
        m->throttled_to_ms = m->now_ms + (int64_t)(next->waits_s * 1000);
}

/* The window of the service: false when this minute is used up. */
static bool model_admits(struct model *m)
{
    int minute = (int)(m->now_ms / 60000);

    if (!m->plan->window)
        return true;
    if (minute != m->minute)
        m->served = 0;
    m->minute = minute;
    if (m->served++ < m->plan->window)
        return true;
    m->throttled_to_ms = (minute + 1) * (int64_t)60000;
    return false;
}

static void model_start(struct model *m, struct model_request *r)
{
    const struct model_phase *p = model_now(m);
    double left = m->plan->total - m->taken, work = p->batch;
    double unlike = log(m->plan->spread);

    if (left <= 0 || p->stands || model_throttled(m) ||
        m->now_ms < m->next_start_ms || !model_admits(m))
        return;
    work *= model_factor(m, unlike / sqrt(p->batch));
    r->work = work < left ? work : left;
    r->start_ms = m->now_ms;
    r->end_ms = m->now_ms + 1 +
                (int64_t)(p->latency_s * 1000 * model_factor(m, unlike / 4));
    m->taken += r->work;
    if (p->per_min > 0)
        m->next_start_ms = m->now_ms + (int64_t)(60000 / p->per_min);
}

bool model_step(struct model *m)
{
    m->now_ms += MODEL_STEP_MS;
    model_turn(m);
    if (m->now_ms == (int64_t)(m->plan->judged_at_s * 1000))
        m->changed_ms = m->now_ms;
    for (int i = 0; i < MODEL_WORKERS; i++) {
        struct model_request *r = &m->request[i];

        if (r->end_ms && r->end_ms <= m->now_ms) {
            m->done += r->work;
            *r = (struct model_request){ 0 };
        }
        if (!r->end_ms && i < model_now(m)->width)
            model_start(m, r);
    }
    return m->done < m->plan->total * (1 - 1e-9);
}

double model_left(const struct model *m)
{
    double wrong = (double)m->now_ms < m->plan->judged_at_s * 1000
                       ? m->plan->misjudged
                       : 0;

    return (m->plan->total - m->done) * (1 + wrong);
}

/* With what the requests in flight have done of their work. */
static double model_really_left(const struct model *m)
{
    double left = m->plan->total - m->done;

    for (int i = 0; i < MODEL_WORKERS; i++) {
        const struct model_request *r = &m->request[i];

        if (r->end_ms)
            left -= r->work * (double)(m->now_ms - r->start_ms) /
                    (double)(r->end_ms - r->start_ms);
    }
    return left;
}

double model_truth_s(const struct model *m)
{
    const struct model_phase *p = model_now(m);
    double starts = p->width / (p->latency_s + MODEL_STEP_MS / 2000.0);
    double wait = 0;

    if (p->per_min > 0 && starts > p->per_min / 60)
        starts = p->per_min / 60;
    if (m->plan->window && starts > m->plan->window / 60.0)
        starts = m->plan->window / 60.0;
    if (!m->plan->window && model_throttled(m))
        wait = (double)(m->throttled_to_ms - m->now_ms) / 1000;
    return wait + model_really_left(m) / (starts * p->batch);
}
