/* This file checks and carries out what a person asks of a run. */
#include "config.h"
#include "engine/engine.h"

#include <stdio.h>

#include "engine/background.h"
#include "engine/failure_export.h"
#include "engine/preview.h"
#include "sys/clock.h"
#include "util/str.h"

/* The line for the operator. */
struct reply {
    char *to;
    size_t size;
};

/* --- stages --------------------------------------------------------------- */

/* "EMBED is", or "it is" for the run as a whole. */
static const char *run_command_subject(const struct command *c, char *to,
                                       size_t size)
{
    char stages[32];

    snprintf(to, size, "%s is",
             c->stages ? stages_text(stages, sizeof stages, c->stages)
                       : "it");
    return to;
}

/* Without a named stage: "paused". */
static bool say_stages(const struct reply *reply, const struct command *c,
                       const char *what)
{
    char stages[32];

    snprintf(reply->to, reply->size, "%s%s%s",
             stages_text(stages, sizeof stages, c->stages),
             c->stages ? " " : "", what);
    return true;
}

static bool pause_run(struct run *r, const struct command *c,
                      const struct reply *reply, struct error *err)
{
    uint32_t stages = c->stages ? c->stages : STAGES_INTAKE, fresh;
    char text[64], n[32];

    if (atomic_load(&r->done))
        return error_set(err, ERROR_CONFIG, 0,
                         "nothing is under way: there is nothing to pause");
    if (control_draining(r->control))
        return error_set(err, ERROR_CONFIG, 0,
                         "the run is ending: there is nothing to pause");
    snprintf(text, sizeof text, "paused by %s",
             *c->origin ? c->origin : "the operator");
    fresh = control_pause(r->control, stages, text,
                          r->attended ? "p resumes" : "ctl resume goes on");
    if (atomic_load(&r->readers_left) == 0) {
        control_read_over(r->control);
        if (stages == 1 << STAGE_READ)
            return error_set(err, ERROR_CONFIG, 0,
                             "the corpus is read: there is nothing to pause");
    }
    if (!fresh)
        return error_set(err, ERROR_CONFIG, 0, "%s paused already",
                         run_command_subject(c, text, sizeof text));
    str_count(n, sizeof n,
              record_counts_balance(r->counts).at[COUNT_IN_FLIGHT]);
    snprintf(text, sizeof text, "paused, %s still in flight", n);
    return say_stages(reply, c, text);
}

/* End the hold of a stage that waits for a person. */
static bool release_stage(struct run *r, enum stage_id s)
{
    static const enum hold_cause by_hand[STAGE_COUNT] = {
        [STAGE_READ] = HOLD_CORPUS,
        [STAGE_EMBED] = HOLD_EMBED,
        [STAGE_UPSERT] = HOLD_STORE,
    };
    struct stage *stage = s == STAGE_EMBED    ? &r->embed
                          : s == STAGE_UPSERT ? &r->upsert
                                              : NULL;

    if (stage) {
        endpoints_reset(&stage->endpoints, clock_ms());
        if (control_holds(r->control, by_hand[s]))
            count(&stage->key_epoch, 1);
    }
    return control_release(r->control, by_hand[s]);
}

/* Nothing may be sent: a stage that waits for the budget stays held. */
static bool run_command_budget_is_spent(struct run *r)
{
    return control_holds(r->control, HOLD_EMBED) && purse_is_spent(&r->purse);
}

static bool run_command_refuse_spent(struct run *r, struct error *err)
{
    char spent[32], budget[32];

    return error_set(err, ERROR_CONFIG, 0,
                     PURSE_EMPTY " (about %s of %s USD): nothing is sent "
                     "before it is larger (budget N)",
                     str_usd(spent, sizeof spent, purse_spent(&r->purse)),
                     str_usd(budget, sizeof budget, purse_budget(&r->purse)));
}

static bool resume_run(struct run *r, const struct command *c,
                       const struct reply *reply, struct error *err)
{
    uint32_t stages = c->stages ? c->stages : STAGES_ALL;
    bool any = control_unpause(r->control, stages) != 0;
    bool spent = stages >> STAGE_EMBED & 1 && run_command_budget_is_spent(r);
    char text[64];

    for (int s = 0; s < STAGE_COUNT; s++)
        if (stages >> s & 1 && !(s == STAGE_EMBED && spent))
            any |= release_stage(r, (enum stage_id)s);
    if (atomic_load(&r->readers_left) == 0)
        control_read_over(r->control);
    if (!any && spent)
        return run_command_refuse_spent(r, err);
    if (!any)
        return error_set(err, ERROR_CONFIG, 0, "%s not paused",
                         run_command_subject(c, text, sizeof text));
    control_nudge(r->control);
    return say_stages(reply, c, "resumed");
}

/* --- another try ---------------------------------------------------------- */

static bool run_command_is_out(struct stage *stage)
{
    struct gate_stats gate;

    endpoints_stats(&stage->endpoints, clock_ms(), &gate);
    return gate.outage;
}

/* A service that is mended need not be waited for. One that throttles named a
 * time of its own. */
static bool try_run(struct run *r, const struct reply *reply,
                    struct error *err)
{
    bool embedder = run_command_is_out(&r->embed);
    bool store = run_command_is_out(&r->upsert);
    uint64_t waiting = redo_count(r->redo);
    char n[32];

    if (!embedder && !store && waiting == 0)
        return error_set(err, ERROR_CONFIG, 0,
                         "nothing waits for another try");
    if (embedder)
        endpoints_probe_now(&r->embed.endpoints, clock_ms());
    if (store)
        endpoints_probe_now(&r->upsert.endpoints, clock_ms());
    redo_hurry(r->redo, clock_ms());
    control_nudge(r->control);
    if (embedder || store)
        snprintf(reply->to, reply->size, "the %s tried now",
                 embedder && store ? "embedder and the store are"
                 : embedder        ? "embedder is"
                                   : "store is");
    else
        snprintf(reply->to, reply->size, "%s waiting document%s tried now",
                 str_count(n, sizeof n, waiting),
                 waiting == 1 ? " is" : "s are");
    return true;
}

/* --- settings ------------------------------------------------------------- */

static char *knob_text(char *to, size_t size, enum knob knob, int64_t value)
{
    char usd[32];

    if (value == KNOB_AUTO)
        snprintf(to, size, "auto");
    else if (knob_facts[knob].min == 0 && value == 0)
        snprintf(to, size, "none");
    else if (knob == KNOB_BUDGET)
        snprintf(to, size, "%s USD",
                 str_usd(usd, sizeof usd, (double)value / KNOB_USD));
    else
        str_count(to, size, (uint64_t)value);
    return to;
}

static bool set_knob(struct run *r, const struct command *c,
                     const struct reply *reply, struct error *err)
{
    char was[40], is[40];
    bool spent = run_command_budget_is_spent(r);
    int64_t old;

    if (!knob_set(r, c->knob, c->value, &old, err))
        return false;
    if (spent && !purse_is_spent(&r->purse))
        release_stage(r, STAGE_EMBED);
    control_nudge(r->control);
    snprintf(reply->to, reply->size, "%s %s \xe2\x86\x92 %s%s",
             knob_facts[c->knob].name,
             knob_text(was, sizeof was, c->knob, old),
             knob_text(is, sizeof is, c->knob, c->value),
             c->knob <= KNOB_UPSERT_BATCH ? ", from the next batch on" : "");
    return true;
}

/* --- background and the end ----------------------------------------------- */

static bool run_command_in_background(struct run *r, const struct command *c,
                                      const struct reply *reply,
                                      struct error *err)
{
    struct record_balance now = record_counts_balance(r->counts);

    if (c->kind != COMMAND_CHECKPOINT &&
        now.at[COUNT_FAILED] + now.at[COUNT_REJECTED] == 0)
        return error_set(err, ERROR_CONFIG, 0, "nothing has failed");
    if (c->kind == COMMAND_EXPORT && !failure_export_check(c, err))
        return false;
    if (c->kind == COMMAND_RETRY && c->batch > RETRY_BATCH_MAX)
        return error_set(err, ERROR_CONFIG, 0,
                         "the batch of a retry takes 1 to %d",
                         RETRY_BATCH_MAX);
    if (c->kind == COMMAND_RETRY && c->reread.line_mb > RETRY_LINE_MB_MAX)
        return error_set(err, ERROR_CONFIG, 0,
                         "the longest record takes 1 to %d MB",
                         RETRY_LINE_MB_MAX);
    if (control_draining(r->control) && c->kind == COMMAND_RETRY)
        return error_set(err, ERROR_CONFIG, 0,
                         "the run is ending: retry after the next start");
    if (!background_add(r->background, c))
        return error_set(err, ERROR_CONFIG, 0,
                         "too much is waiting; try again in a moment");
    run_work_added(r);
    control_nudge(r->control);
    snprintf(reply->to, reply->size, "%s",
             c->when == RETRY_AT_END ? "retry waits for the end of the corpus"
             : c->kind == COMMAND_RETRY      ? "retry is on its way"
             : c->kind == COMMAND_EXPORT     ? "export is on its way"
             : c->kind == COMMAND_CHECKPOINT ? "checkpoint is on its way"
                                             : "given up for good");
    return true;
}

/* Nothing is in flight before the first request for documents: what the start
 * waits for need not come any more. */
static bool drain_start(struct run *r, const struct reply *reply)
{
    control_stop(r->control);
    snprintf(reply->to, reply->size, "it had not begun: it ends at once");
    return true;
}

/* Requests in flight have to finish, so end the operator's pause. */
static bool drain_run(struct run *r, const struct command *c,
                      const struct reply *reply)
{
    uint32_t paused;
    char n[32];

    if (!atomic_load(&r->ready) && !atomic_load(&r->done))
        return drain_start(r, reply);
    control_drain(r->control);
    paused = control_unpause(r->control, STAGES_ALL);
    control_release(r->control, HOLD_CORPUS);
    redo_hurry(r->redo, clock_ms());
    str_count(n, sizeof n,
              record_counts_balance(r->counts).at[COUNT_IN_FLIGHT]);
    snprintf(reply->to, reply->size, "draining, %s in flight%s%s", n,
             c->value ? ", for at most 10 s" : "",
             paused ? "; what was paused goes on" : "");
    return true;
}

/* --- the log --------------------------------------------------------------- */

/* "ctl" for the log, which has little room. */
static const char *run_command_author(const struct command *c)
{
    if (strcmp(c->origin, "the operator") == 0)
        return "console";
    if (strcmp(c->origin, "batchtop ctl") == 0)
        return "ctl";
    return *c->origin ? c->origin : "run";
}

/* Where a person or a script set something, everybody is told. */
static void run_command_log(struct run *r, const struct command *c,
                            const char *said)
{
    struct event_head head = { .who = run_command_author(c) };

    switch (c->kind) {
    case COMMAND_NONE:
    case COMMAND_SHOW:
        return;
    case COMMAND_SET:
        head.kind = EVENT_KNOB;
        head.knob = c->knob;
        head.told = *c->origin != '\0';
        break;
    case COMMAND_PAUSE:
        head.kind = EVENT_PAUSE;
        break;
    case COMMAND_RESUME:
        head.kind = EVENT_END;
        break;
    default:
        head.kind = EVENT_COMMAND;
    }
    notices_event(r->notices, &head, "%s", said);
}

void run_note_viewer(struct run *r, const char *who, bool comes)
{
    struct event_head head = { .kind = EVENT_VIEWER, .who = who };

    notices_event(r->notices, &head, "%s", comes ? "came" : "left");
}

static bool run_command_carry_out(struct run *r, const struct command *c,
                                  const struct reply *reply, struct error *err)
{
    switch (c->kind) {
    case COMMAND_NONE:
        return true;
    case COMMAND_PAUSE:
        return pause_run(r, c, reply, err);
    case COMMAND_RESUME:
        return resume_run(r, c, reply, err);
    case COMMAND_SET:
        return set_knob(r, c, reply, err);
    case COMMAND_SHOW:
        return preview_ask(r->preview, c, err);
    case COMMAND_RETRY:
    case COMMAND_SKIP:
    case COMMAND_CHECKPOINT:
    case COMMAND_EXPORT:
        return run_command_in_background(r, c, reply, err);
    case COMMAND_TRY:
        return try_run(r, reply, err);
    case COMMAND_DRAIN:
        return drain_run(r, c, reply);
    case COMMAND_STOP:
        control_stop(r->control);
        snprintf(reply->to, reply->size, "stopping");
        return true;
    }
    return error_set(err, ERROR_CONFIG, 0, "there is no such command");
}

bool run_command(struct run *r, const struct command *c, char *said,
                 size_t said_size, struct error *err)
{
    char text[256] = "";
    struct reply reply = { text, sizeof text };
    bool fine = run_command_carry_out(r, c, &reply, err);

    if (fine)
        run_command_log(r, c, text);
    if (said && said_size)
        snprintf(said, said_size, "%s", text);
    return fine;
}
