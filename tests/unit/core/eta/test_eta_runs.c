/* The time left that a screen shows, against the truth, in whole runs on a
 * clock of the test's own. BATCHTOP_ETA_FIGURES=1 prints a line for each. */
#include "config.h"
#include "core/eta.h"
#include "core/speed.h"
#include "tests/support/flow/run_model.h"
#include "tests/support/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEEDS = 20, EARLY_S = 10, FOLLOWS_S = 30, LAST_S = 5, RIGHT_PCT = 15,
       LASTS_S = 5, COUNTDOWN_S = 20, LOOK_MS = 250, LOOKS_A_MINUTE = 240 };

static const struct model_plan plans[] = {
    { "steady", 300000, 1.3, 0, 0, 0,
      { { 0, .latency_s = 0.4, .width = 8, .batch = 50 } } },
    { "steady, one slow request at a time", 20000, 1.3, 0, 0, 0,
      { { 0, .latency_s = 5, .width = 1, .batch = 200 } } },
    { "steady, records of 1 to 1,000 kB", 300000, 4, 0, 0, 0,
      { { 0, .latency_s = 0.5, .width = 4, .batch = 100 } } },
    { "slow start", 300000, 1.3, 0, 0, 0,
      { { 0, .latency_s = 0.4, .width = 1, .batch = 50 },
        { 8, .latency_s = 0.4, .width = 2, .batch = 50 },
        { 16, .latency_s = 0.4, .width = 4, .batch = 50 },
        { 22, .latency_s = 0.4, .width = 8, .batch = 50 } } },
    { "outage of 7 minutes", 300000, 1.3, 0, 0, 0,
      { { 0, .latency_s = 0.4, .width = 8, .batch = 50 },
        { 120, .latency_s = 0.4, .width = 8, .batch = 50, .stands = true,
          .fails = true },
        { 540, .latency_s = 0.4, .width = 8, .batch = 50 } } },
    { "outage, half as fast behind it", 300000, 1.3, 0, 0, 0,
      { { 0, .latency_s = 0.4, .width = 8, .batch = 50 },
        { 120, .latency_s = 0.4, .width = 8, .batch = 50, .stands = true,
          .fails = true },
        { 240, .latency_s = 0.8, .width = 8, .batch = 50 } } },
    { "pauses of 6 s and an hour", 300000, 1.3, 0, 0, 0,
      { { 0, .latency_s = 0.4, .width = 8, .batch = 50 },
        { 60, .latency_s = 0.4, .width = 8, .batch = 50, .stands = true },
        { 66, .latency_s = 0.4, .width = 8, .batch = 50 },
        { 150, .latency_s = 0.4, .width = 8, .batch = 50, .stands = true },
        { 3750, .latency_s = 0.4, .width = 8, .batch = 50 } } },
    { "one throttle of 100 s", 300000, 1.3, 0, 0, 0,
      { { 0, .latency_s = 0.4, .width = 8, .batch = 50 },
        { 100, .latency_s = 0.4, .width = 8, .batch = 50, .waits_s = 100 },
        { 200, .latency_s = 0.4, .width = 8, .batch = 50 } } },
    { "throttled for half of each minute", 900000, 1.3, 600, 0, 0,
      { { 0, .latency_s = 0.4, .width = 8, .batch = 50 } } },
    { "service 4x slower", 300000, 1.3, 0, 0, 0,
      { { 0, .latency_s = 0.4, .width = 8, .batch = 50 },
        { 150, .latency_s = 1.6, .width = 8, .batch = 50 } } },
    { "service 4x faster", 300000, 1.3, 0, 0, 0,
      { { 0, .latency_s = 1.6, .width = 8, .batch = 50 },
        { 400, .latency_s = 0.4, .width = 8, .batch = 50 } } },
    { "service a quarter slower, then back", 500000, 1.3, 0, 0, 0,
      { { 0, .latency_s = 0.4, .width = 8, .batch = 50 },
        { 150, .latency_s = 0.5, .width = 8, .batch = 50 },
        { 300, .latency_s = 0.4, .width = 8, .batch = 50 } } },
    { "one slow request at a time, 3x slower", 40000, 1.2, 0, 0, 0,
      { { 0, .latency_s = 2, .width = 1, .batch = 200 },
        { 200, .latency_s = 6, .width = 1, .batch = 200 } } },
    { "batch 20 to 100", 60000, 1.3, 0, 0, 0,
      { { 0, .latency_s = 0.8, .width = 2, .batch = 20, .per_min = 900 },
        { 200, .latency_s = 0.8, .width = 2, .batch = 100, .per_min = 900,
          .by_hand = true } } },
    { "workers 4 to 6 to 2", 120000, 1.3, 0, 0, 0,
      { { 0, .latency_s = 0.5, .width = 4, .batch = 32 },
        { 100, .latency_s = 0.5, .width = 6, .batch = 32, .by_hand = true },
        { 200, .latency_s = 0.5, .width = 2, .batch = 32, .by_hand = true } } },
    { "limit lifted, 66 s before the end", 60000, 1.3, 0, 0, 0,
      { { 0, .latency_s = 0.4, .width = 6, .batch = 20, .per_min = 600 },
        { 215, .latency_s = 0.4, .width = 6, .batch = 20, .by_hand = true } } },
    { "a limit of 30 requests a minute", 24000, 1.3, 0, 0, 0,
      { { 0, .latency_s = 0.4, .width = 6, .batch = 100 , .per_min = 30 } } },
    { "90 seconds in all", 30000, 1.3, 0, 0, 0,
      { { 0, .latency_s = 0.6, .width = 4, .batch = 50 } } },
    { "90 seconds in all, faster at the half", 40000, 1.3, 0, 0, 0,
      { { 0, .latency_s = 0.8, .width = 4, .batch = 50 },
        { 45, .latency_s = 0.25, .width = 4, .batch = 50 } } },
    { "total taken for 40 % more until it is known", 300000, 1.3, 0, 0.4, 100,
      { { 0, .latency_s = 0.4, .width = 8, .batch = 50 } } },
    { "all of it", 600000, 1.5, 0, 0, 0,
      { { 0, .latency_s = 0.4, .width = 2, .batch = 20 },
        { 15, .latency_s = 0.4, .width = 8, .batch = 50 },
        { 120, .latency_s = 0.4, .width = 8, .batch = 50, .stands = true,
          .fails = true },
        { 300, .latency_s = 0.9, .width = 8, .batch = 50 },
        { 420, .latency_s = 0.9, .width = 16, .batch = 100, .by_hand = true },
        { 500, .latency_s = 0.9, .width = 16, .batch = 100, .stands = true },
        { 560, .latency_s = 0.9, .width = 16, .batch = 100 } } },
};

/* What is known of the screen's figure so far. */
struct watch {
    struct speed speed;
    struct eta eta;
    struct snapshot s;
    int64_t tick_ms;
    double work;
    int64_t changed_ms, right_ms; /* right since; -1: it is not */
    bool followed;
    double judged, right; /* looks */
    int64_t latest_ms;    /* after a change until it was right to stay */
    int moves, flickers;
    int64_t end_ms, end_before_ms, moved_ms;
};

static enum run_state watch_state(const struct model *m)
{
    const struct model_phase *p = model_now(m);

    return p->stands ? (p->fails ? RUN_RETRYING : RUN_PAUSED)
           : model_throttled(m) ? RUN_THROTTLED
                                : RUN_RUNNING;
}

static void watch_tick(struct watch *w, const struct model *m)
{
    enum run_state state = watch_state(m);

    speed_tick(&w->speed, m->done, 1,
              state == RUN_RUNNING     ? SPEED_WORKS
              : state == RUN_THROTTLED ? SPEED_WAITS
              : state == RUN_RETRYING  ? SPEED_OUTAGE
                                       : SPEED_STANDS);
}

static int64_t watch_left_ms(struct watch *w, const struct model *m)
{
    int64_t left = -1;

    if (eta_means_something(&w->s))
        left = speed_left_ms(&w->speed, model_left(m));
    if (left >= 0)
        left += w->s.wait_next_ms;
    return eta_settle(&w->eta, left, speed_burst_ms(&w->speed), m->now_ms,
                      m->now_ms / 1000);
}

static void watch_snapshot(struct watch *w, const struct model *m)
{
    enum run_state state = watch_state(m);

    if (state != w->s.state)
        w->s.state_ms = 0;
    else
        w->s.state_ms += MODEL_STEP_MS;
    w->s.state = state;
    w->s.elapsed_ms = m->now_ms;
    w->s.total = (uint64_t)m->plan->total;
    w->s.processed = (uint64_t)m->done;
    w->s.wait_next_ms = state == RUN_THROTTLED ? m->throttled_to_ms - m->now_ms
                                               : 0;
}

static void watch_end(struct watch *w, int64_t now_ms)
{
    if (w->eta.end_ms == w->end_ms)
        return;
    w->moves++;
    w->flickers += w->eta.end_ms == w->end_before_ms &&
                   now_ms - w->moved_ms < 10 * 1000 &&
                   w->eta.end_ms - now_ms > COUNTDOWN_S * 1000;
    w->end_before_ms = w->end_ms;
    w->end_ms = w->eta.end_ms;
    w->moved_ms = now_ms;
}

static bool watch_is_right(double shown_s, double truth_s)
{
    double off = shown_s > truth_s ? shown_s - truth_s : truth_s - shown_s;

    return shown_s >= 0 && off * 100 <= truth_s * RIGHT_PCT + 50;
}

static void watch_judge(struct watch *w, const struct model *m, int64_t shown)
{
    double truth_s = model_truth_s(m);
    bool right = watch_is_right(shown < 0 ? -1 : (double)shown / 1000, truth_s);

    if (w->changed_ms != m->changed_ms) {
        w->changed_ms = m->changed_ms;
        w->followed = false;
        w->right_ms = -1;
    }
    if (model_now(m)->stands || m->now_ms < EARLY_S * 1000 ||
        truth_s < LAST_S || (double)m->now_ms < m->plan->judged_at_s * 1000)
        return;
    w->judged++;
    w->right += right;
    if (!right)
        w->right_ms = -1;
    else if (w->right_ms < 0)
        w->right_ms = m->now_ms;
    if (!w->followed && w->right_ms >= 0 &&
        m->now_ms - w->right_ms >= LASTS_S * 1000) {
        w->followed = true;
        if (w->right_ms - w->changed_ms > w->latest_ms)
            w->latest_ms = w->right_ms - w->changed_ms;
    }
}

static void watch_run(struct watch *w, const struct model_plan *plan,
                      uint64_t seed)
{
    static struct model m;
    int phase = 0;

    model_begin(&m, plan, seed);
    *w = (struct watch){ .followed = true };
    while (model_step(&m)) {
        if (phase != m.phase && model_now(&m)->by_hand)
            speed_hint(&w->speed);
        phase = m.phase;
        watch_snapshot(w, &m);
        if (m.now_ms % 1000 == 0)
            watch_tick(w, &m);
        if (m.now_ms % LOOK_MS == 0) {
            watch_judge(w, &m, watch_left_ms(w, &m));
            watch_end(w, m.now_ms);
        }
    }
}

/* What came of all the seeds of a plan. */
struct verdict {
    double judged, right, worst;
    int64_t latest_ms;
    int late, moves, flickers;
};

static void verdict_of(const struct model_plan *plan, struct verdict *v)
{
    static struct watch w;

    *v = (struct verdict){ .worst = 1 };
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        watch_run(&w, plan, seed);
        v->judged += w.judged;
        v->right += w.right;
        v->late += w.latest_ms > FOLLOWS_S * 1000 || !w.followed;
        v->moves += w.moves;
        v->flickers += w.flickers;
        if (w.right / w.judged < v->worst)
            v->worst = w.right / w.judged;
        if (w.latest_ms > v->latest_ms)
            v->latest_ms = w.latest_ms;
    }
}

static void verdict_say(const char *name, const struct verdict *v)
{
    printf("# %-48s right %5.1f %%, at least %5.1f %%; followed within "
           "%4.1f s; %.1f moves a minute\n", name, v->right * 100 / v->judged,
           v->worst * 100, (double)v->latest_ms / 1000,
           v->moves / (v->judged / LOOKS_A_MINUTE));
}

/* Within 15 % of the truth for nine tenths of the time that has a figure, and
 * within half a minute after each change; and no figure comes back that had
 * just been given up. */
static void the_time_left_is_right_and_follows(void **state)
{
    struct verdict v;

    (void)state;
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
        verdict_of(&plans[i], &v);
        if (getenv("BATCHTOP_ETA_FIGURES"))
            verdict_say(plans[i].name, &v);
        assert_true(v.judged > 0);
        if (v.right < v.judged * 0.9 || v.late || v.flickers) {
            verdict_say(plans[i].name, &v);
            fail_msg("%s: %d runs late, %d flickers", plans[i].name, v.late,
                     v.flickers);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_time_left_is_right_and_follows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
