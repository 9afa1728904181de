/* This file compares each snapshot with the one before and prints a line for
 * what changed, for people or as JSON. */
#include "config.h"
#include "host/plain.h"

#include <stdlib.h>
#include <unistd.h>

#include "host/plain_advice.h"
#include "host/plain_causes.h"
#include "host/plain_money.h"
#include "host/plain_stages.h"
#include "host/plain_states.h"
#include "sys/clock.h"
#include "util/json_write.h"
#include "util/str.h"

/* Between lines of progress: by default, and in a log. A log gets one earlier
 * for a step, but not before the default. */
enum { EVERY_MS = 10000, EVERY_LOG_MS = 60000, STEP_PCT = 5 };

struct plain {
    FILE *to;
    bool json, begun, status;
    bool joined; /* what was before the first look is not told */
    bool dated; /* lines begin with the date, for nobody may see them today */
    int64_t every_ms, progress_ms;
    double next_pct;
    struct plain_states states;
    char said[EVENT_TEXT]; /* the last message, */
    char held[EVENT_TEXT]; /* and the last one about a hold */
    uint64_t event_seq; /* the last one that was told, or is old */
    size_t kinds_known;
    char kinds[SNAPSHOT_KINDS][24];
    char flow[96]; /* requests in flight as last said */
    struct plain_advice advice;
};

struct plain *plain_new(FILE *to, const struct options *opt)
{
    struct plain *p = calloc(1, sizeof *p);

    if (!p)
        return NULL;
    p->to = to;
    p->json = opt->progress == 1;
    p->dated = !isatty(fileno(to));
    p->every_ms = p->dated && !p->json ? EVERY_LOG_MS : EVERY_MS;
    return p;
}

void plain_free(struct plain *p)
{
    free(p);
}

void plain_join(struct plain *p)
{
    if (p)
        p->joined = true;
}

/* --- events --------------------------------------------------------------- */

static char *plain_time(const struct plain *p, char *to, size_t size,
                        int64_t wall_s)
{
    return p->dated ? clock_iso8601(to, size, wall_s)
                    : clock_hms(to, size, wall_s);
}

/* "paused":["EMBED"] */
static void put_paused(struct json_writer *w, uint32_t stages)
{
    json_open(w, "paused", '[');
    for (int i = 0; i < STAGE_COUNT; i++)
        if (stages >> i & 1)
            json_put_text(w, NULL, stage_words[i]);
    json_close(w, ']');
}

static int64_t seconds_up(int64_t ms)
{
    return (ms + 999) / 1000;
}

/* "waits_for":"store: HTTP 503","waits_since":"...","next_try_s":4 */
static void put_wait(struct json_writer *w, const struct snapshot *s)
{
    char when[24];

    if (!*s->wait_for)
        return;
    json_put_text(w, "waits_for", s->wait_for);
    json_put_text(w, "waits_since",
                  clock_iso8601(when, sizeof when,
                                clock_wall_s() - s->wait_ms / 1000));
    json_put_i64(w, "next_try_s", seconds_up(s->wait_next_ms));
}

/* The states whose shares are told. */
static const enum run_state plain_waits[] = { RUN_THROTTLED, RUN_HELD,
                                              RUN_RETRYING };

/* "throttled" */
static const char *plain_state_word(enum run_state state, char to[16])
{
    const char *word = run_state_word(state);
    size_t i;

    for (i = 0; word[i] && i + 1 < 16; i++)
        to[i] = (char)(word[i] >= 'A' && word[i] <= 'Z' ? word[i] + 'a' - 'A'
                                                        : word[i]);
    to[i] = '\0';
    return to;
}

/* "throttled_pct":34, of the time since the last event of progress */
static void plain_put_shares(struct json_writer *w, const struct plain *p)
{
    char word[16], name[24];

    for (size_t i = 0; i < sizeof plain_waits / sizeof *plain_waits; i++) {
        int pct = plain_states_share(&p->states, plain_waits[i]);

        snprintf(name, sizeof name, "%s_pct",
                 plain_state_word(plain_waits[i], word));
        if (pct > 0)
            json_put_i64(w, name, pct);
    }
}

/* "  throttled 34 % of it": not where the last line of state said it. */
static void plain_say_shares(const struct plain *p, char *to, size_t size)
{
    char word[16];
    size_t n = 0;

    *to = '\0';
    for (size_t i = 0; i < sizeof plain_waits / sizeof *plain_waits; i++) {
        int pct = plain_states_share(&p->states, plain_waits[i]);

        if (pct > 0 && (pct < 100 || p->states.told != plain_waits[i]))
            n += (size_t)snprintf(to + n, size - n, "  %s %d %% of it",
                                  plain_state_word(plain_waits[i], word), pct);
    }
}

/* The last line of a finished run covers the whole run. */
static double plain_rate(const struct snapshot *s)
{
    return s->state == RUN_DONE ? s->rate_avg : s->rate;
}

static void put_event_json(struct plain *p, const char *event,
                           const char *text, const struct snapshot *s)
{
    struct buf b = { 0 };
    struct json_writer w = { .to = &b };
    char when[24];

    json_open(&w, NULL, '{');
    json_put_text(&w, "time",
                  clock_iso8601(when, sizeof when, clock_wall_s()));
    json_put_text(&w, "event", event);
    json_put_text(&w, "state", run_state_word(s->state));
    json_put_text(&w, "text", text);
    put_paused(&w, s->paused);
    json_put_text(&w, "job", s->job);
    json_put_u64(&w, "processed", s->processed);
    json_put_u64(&w, "stored", s->stored);
    json_put_u64(&w, "failed", s->failed);
    json_put_u64(&w, "rejected", s->rejected);
    json_put_u64(&w, "in_flight", s->in_flight);
    json_put_u64(&w, "total", s->total);
    json_put_bool(&w, "total_estimated", s->total_estimated);
    json_put_u64(&w, "docs_per_s", (uint64_t)(plain_rate(s) + 0.5));
    json_put_i64(&w, "eta_s", s->eta_ms < 0 ? -1 : s->eta_ms / 1000);
    if (s->eta_ms >= 0)
        json_put_text(&w, "done_at",
                      clock_iso8601(when, sizeof when, s->done_wall_s));
    plain_money_json(&w, s);
    json_put_real(&w, "read_docs_per_s", s->read_rate, 1);
    json_put_text(&w, "bottleneck", *s->bottleneck ? s->bottleneck : NULL);
    if (*s->bottleneck_why)
        json_put_text(&w, "bottleneck_why", s->bottleneck_why);
    plain_advice_json(&w, s);
    plain_put_shares(&w, p);
    plain_stages_json(&w, s);
    put_wait(&w, s);
    if (p->status)
        plain_causes_json(&w, s);
    json_end_line(&w, p->to);
}

static void put_event(struct plain *p, const char *event, const char *text,
                      const struct snapshot *s)
{
    char when[24];

    if (p->json)
        put_event_json(p, event, text, s);
    else
        fprintf(p->to, "%s %s\n",
                plain_time(p, when, sizeof when, clock_wall_s()), text);
    fflush(p->to);
}

static void plain_say_start(struct plain *p, const struct snapshot *s)
{
    char text[400], n[32], total[48] = "";

    if (s->total)
        snprintf(total, sizeof total, ", %s%s document%s",
                 s->total_estimated ? "about " : "",
                 str_count(n, sizeof n, s->total), s->total == 1 ? "" : "s");
    snprintf(text, sizeof text, "run %s: %s to %s with %s%s", s->job,
             s->corpus, s->store, s->embedder, total);
    if (s->resumed)
        snprintf(text + strlen(text), sizeof text - strlen(text),
                 ", resuming at %s", str_count(n, sizeof n, s->resumed_at));
    put_event(p, "start", text, s);
}

/* Did an earlier line have this reason? Once is enough. */
static bool plain_is_told(const struct plain *p, const char *reason)
{
    return strcmp(p->states.reason, reason) == 0 || strstr(p->said, reason) ||
           strstr(p->held, reason);
}

static void say_state(struct plain *p, const struct snapshot *s)
{
    char text[sizeof s->reason + sizeof s->remedy + 32], word[16];
    size_t n = (size_t)snprintf(text, sizeof text, "%s",
                                plain_state_word(s->state, word));

    if (*s->reason)
        snprintf(text + n, sizeof text - n, "%s%s%s%s%s",
                 plain_is_told(p, s->reason) ? "" : ": ",
                 plain_is_told(p, s->reason) ? "" : s->reason,
                 *s->remedy ? " (" : "", s->remedy, *s->remedy ? ")" : "");
    put_event(p, "state", text, s);
}

static void say_wait(const struct plain *p, char *to, size_t size,
                     const struct snapshot *s)
{
    char when[24];

    snprintf(to, size, "  waits since %s for the %s; next try in %lld s",
             plain_time(p, when, sizeof when,
                        clock_wall_s() - s->wait_ms / 1000),
             s->wait_for, (long long)seconds_up(s->wait_next_ms));
}

/* How much is in flight, in the lines where that changed. */
static void say_flow(struct plain *p, char *to, size_t size,
                     const struct snapshot *s)
{
    char now[sizeof p->flow];

    if (p->json || strcmp(plain_stages_text(now, sizeof now, s), p->flow) == 0)
        return;
    memcpy(p->flow, now, sizeof now);
    snprintf(to, size, "  %s", now);
}

/* A log has one clock: the one that its lines begin with. */
static const char *plain_done(const struct plain *p, char to[16],
                              const struct snapshot *s)
{
    return p->dated ? clock_done(to, 16, s->done_wall_s, clock_wall_s(), true)
                    : s->done_clock;
}

static void say_progress(struct plain *p, const struct snapshot *s)
{
    char text[sizeof s->reason + 640], done[32], total[32], rate[16];
    char failed[32], eta[32];
    char rejected[48] = "", clock[16];
    unsigned tenths = (unsigned)(s->done_pct * 10);

    if (s->rejected)
        snprintf(rejected, sizeof rejected, "  rejected %s",
                 str_count(failed, sizeof failed, s->rejected));
    snprintf(text, sizeof text, "%3u.%u %%  %s of %s%s  %s/s  failed %s%s",
             tenths / 10, tenths % 10,
             str_count(done, sizeof done, s->processed),
             s->total_estimated ? "~" : "",
             s->total ? str_count(total, sizeof total, s->total) : "?",
             str_short(rate, sizeof rate, plain_rate(s), 6),
             str_count(failed, sizeof failed, s->failed), rejected);
    if (s->eta_ms >= 0)
        snprintf(text + strlen(text), sizeof text - strlen(text),
                 "  done ~%s (%s)", plain_done(p, clock, s),
                 str_left(eta, sizeof eta, s->eta_ms));
    if (s->state == RUN_PAUSED && *s->reason)
        snprintf(text + strlen(text), sizeof text - strlen(text),
                 "  paused%s%s", plain_is_told(p, s->reason) ? "" : ": ",
                 plain_is_told(p, s->reason) ? "" : s->reason);
    else if (*s->wait_for)
        say_wait(p, text + strlen(text), sizeof text - strlen(text), s);
    else if (*s->limit_now)
        snprintf(text + strlen(text), sizeof text - strlen(text), "  limit: %s",
                 s->limit_now);
    else if (*s->bottleneck)
        snprintf(text + strlen(text), sizeof text - strlen(text),
                 "  bottleneck: %s", s->bottleneck);
    if (!p->json) {
        plain_say_shares(p, text + strlen(text), sizeof text - strlen(text));
        plain_money_text(text + strlen(text), sizeof text - strlen(text), s);
    }
    say_flow(p, text + strlen(text), sizeof text - strlen(text), s);
    put_event(p, "progress", text, s);
}

void plain_status(FILE *to, const struct snapshot *s)
{
    struct plain p = { .to = to, .json = true, .status = true };

    say_progress(&p, s);
}

static bool kind_known(const struct plain *p, const char *key)
{
    for (size_t i = 0; i < p->kinds_known; i++)
        if (strcmp(p->kinds[i], key) == 0)
            return true;
    return false;
}

/* first: what an earlier run left is not new. */
static void say_kinds(struct plain *p, const struct snapshot *s, bool first)
{
    char text[400];

    for (uint32_t i = 0; i < s->kind_count; i++) {
        const struct failure_kind *k = &s->kinds[i];

        if (kind_known(p, k->key) || p->kinds_known == SNAPSHOT_KINDS)
            continue;
        snprintf(p->kinds[p->kinds_known++], sizeof p->kinds[0], "%s",
                 k->key);
        snprintf(text, sizeof text, "%s: %s %s%s%s",
                 first && (s->resumed || p->joined) ? "still owed"
                                                    : "new failure kind",
                 k->cause.stage, k->label, *k->common ? ": " : "", k->common);
        put_event(p, "failure", text, s);
    }
}

/* Whoever changes a setting at this terminal reads the answer here. */
static bool plain_was_answered(const struct plain *p, const struct snapshot *s,
                               const struct run_event *e)
{
    return e->kind == EVENT_KNOB && !p->dated &&
           strcmp(e->who, *s->viewer ? s->viewer : "console") == 0;
}

static void plain_say_event(struct plain *p, const struct snapshot *s,
                            const struct run_event *e)
{
    char text[EVENT_TEXT + EVENT_WHO + 4];

    if (!e->told || plain_was_answered(p, s, e))
        return;
    snprintf(text, sizeof text, "%s%s%s%s", e->text,
             e->kind == EVENT_KNOB ? " (" : "",
             e->kind == EVENT_KNOB ? e->who : "",
             e->kind == EVENT_KNOB ? ")" : "");
    snprintf(p->said, sizeof p->said, "%s", text);
    if (e->kind == EVENT_HOLD)
        snprintf(p->held, sizeof p->held, "%s", text);
    put_event(p, "message", text, s);
}

/* A run in another process may answer an earlier question: skip what is
 * known. */
static void plain_say_events(struct plain *p, const struct snapshot *s)
{
    for (uint32_t i = 0; i < s->event_count; i++) {
        const struct run_event *e = &s->events[i];

        if (e->seq <= p->event_seq)
            continue;
        p->event_seq = e->seq;
        plain_say_event(p, s, e);
    }
}

static bool plain_progress_is_due(const struct plain *p,
                                  const struct snapshot *s)
{
    int64_t since = s->now_ms - p->progress_ms;

    return since >= p->every_ms ||
           (since >= EVERY_MS && s->done_pct >= p->next_pct &&
            s->state != RUN_PAUSED);
}

static void plain_begin_stretch(struct plain *p, const struct snapshot *s)
{
    p->progress_ms = s->now_ms;
    p->next_pct = s->done_pct + STEP_PCT;
    plain_states_begin_share(&p->states);
}

void plain_look(struct plain *p, const struct snapshot *s)
{
    bool first = !p->begun;

    if (first) {
        p->begun = true;
        p->event_seq = p->joined ? s->event_newest : 0;
        plain_say_start(p, s);
        plain_begin_stretch(p, s);
    }
    plain_say_events(p, s);
    say_kinds(p, s, first);
    if (plain_states_look(&p->states, s, p->every_ms)) {
        if (!first || s->state != RUN_STARTING)
            say_state(p, s);
        plain_states_tell(&p->states, s);
    }
    if (plain_advice_begins(&p->advice, s))
        put_event(p, "advice", p->advice.text, s);
    if (!plain_progress_is_due(p, s))
        return;
    say_progress(p, s);
    plain_begin_stretch(p, s);
}
