/* This file has the keys that act on the run, or ask first, or leave it. */
#include "config.h"
#include "ui/console/console.h"

#include <stdio.h>

#include "api/command_words.h"
#include "ui/panes/cause_rows.h"

enum { STEP_MS = 250,
       TRIED_MS = 120000 /* what advice brought is said in the meantime */ };

/* --- ending --------------------------------------------------------------- */

void press_send(struct console *c, int kind)
{
    struct command command = { .kind = (enum command_kind)kind,
                               .origin = "the operator" };

    console_send(c, &command);
}

/* Do not ask a guest that may only watch. */
static void console_ask_leave(struct console *c)
{
    if (c->guest && c->view.read_only)
        c->detached = true;
    else if (c->tiny)
        dialog_prompt(&c->dialog, c->guest ? "detach" : "quit");
    else
        dialog_leave(&c->dialog);
}

void press_quit(struct console *c)
{
    if (c->snap.state == RUN_DRAINING)
        press_send(c, COMMAND_STOP);
    else if (console_under_way(c))
        console_ask_leave(c);
    else
        c->left = true;
}

void press_drain(struct console *c)
{
    press_send(c, c->snap.state == RUN_DRAINING ? COMMAND_STOP
                                                : COMMAND_DRAIN);
}

/* Ctrl-C: drain, then stop, then leave at once. Ask a guest first, whose own
 * run it is not. */
void press_interrupt(struct console *c)
{
    if (!console_under_way(c)) {
        c->left = true;
    } else if (c->guest) {
        console_ask_leave(c);
    } else if (++c->interrupts == 1) {
        press_send(c, COMMAND_DRAIN);
        console_say(c, TOAST_SAY,
                    "draining; ^C again stops now, what is in flight is sent "
                    "again on resume");
    } else if (c->interrupts == 2) {
        press_send(c, COMMAND_STOP);
    } else {
        c->request = CONSOLE_ABANDON;
    }
}

void press_detach(struct console *c)
{
    c->detached = true;
}

/* --- pausing and settings ------------------------------------------------- */

/* Open Tune at this setting, or the ':' line if there is no room. */
static void console_tune(struct console *c, enum knob k)
{
    char line[32];

    snprintf(line, sizeof line, "%s ", command_words[k].word);
    if (c->tiny)
        dialog_prompt(&c->dialog, line);
    else
        dialog_tune(&c->dialog, &c->snap, k);
}

/* Nothing goes on before the budget is larger: ask for it. */
static bool console_asks_budget(struct console *c, uint32_t stages)
{
    if (!c->snap.budget_spent || c->view.read_only ||
        !(c->snap.paused & stages & 1 << STAGE_EMBED))
        return false;
    console_tune(c, KNOB_BUDGET);
    console_say(c, TOAST_ERROR,
                "the budget is spent: a larger one goes on, 0 is none");
    return true;
}

void press_pause(struct console *c)
{
    if (c->snap.state == RUN_PAUSED && console_asks_budget(c, STAGES_ALL))
        return;
    press_send(c, c->snap.state == RUN_PAUSED ? COMMAND_RESUME
                                              : COMMAND_PAUSE);
}

void press_pause_stage(struct console *c)
{
    struct command command = { .stages = keymap_stage(&c->view),
                               .origin = "the operator" };

    command.kind = c->snap.paused & command.stages ? COMMAND_RESUME
                                                   : COMMAND_PAUSE;
    if (console_asks_budget(c, command.stages))
        return;
    if (command.stages)
        console_send(c, &command);
    else
        console_say(c, TOAST_ERROR,
                    "choose a stage first: 2 embedders, 3 upserters "
                    "(:pause read is the reader)");
}

/* Do what the line under the bottleneck says, if the program can. */
void press_advice(struct console *c)
{
    const struct advice *a = &c->snap.advice;
    struct command command = { .kind = COMMAND_SET, .knob = a->knob,
                               .value = a->value, .origin = "the operator" };

    if (*a->text && a->can) {
        if (console_send(c, &command))
            c->knob.for_ms = TRIED_MS;
    } else if (*a->text) {
        console_say(c, TOAST_ERROR, "that is for you to do: no setting does it");
    } else {
        console_say(c, TOAST_ERROR, "nothing is advised now");
    }
}

/* Of the stage in focus: the store's settings follow the embedder's. */
static enum knob knob_in_focus(const struct console *c, enum knob embed)
{
    return c->view.focus == PANE_UPSERTERS ? embed + 1 : embed;
}

void press_batch(struct console *c)
{
    console_tune(c, knob_in_focus(c, KNOB_EMBED_BATCH));
}

void press_workers(struct console *c)
{
    console_tune(c, knob_in_focus(c, KNOB_EMBED_WORKERS));
}

void press_limits(struct console *c)
{
    console_tune(c, KNOB_RPM);
}

void press_step_batch(struct console *c, int direction)
{
    struct command command = { .kind = COMMAND_SET,
                               .knob = knob_in_focus(c, KNOB_EMBED_BATCH) };
    int64_t now = c->snap.knob_now[command.knob];

    if (c->step_ms && c->snap.now_ms - c->step_ms < STEP_MS)
        return; /* a held key takes four steps a second */
    c->step_ms = c->snap.now_ms;
    command.value = ladder_step(now, direction,
                                c->snap.knob_max[command.knob]);
    if (command.value != now)
        console_send(c, &command);
    else
        console_say(c, TOAST_ERROR, direction > 0
                                        ? "that is the largest batch there is"
                                        : "that is the smallest batch");
}

/* --- failures ------------------------------------------------------------- */

/* False: it is the one for all others, whose kinds the other dialog shows. */
static bool console_retry_cause(struct console *c, const struct cause_view *k)
{
    if (k->open == 0)
        console_say(c, TOAST_SAY, "the run tries these again by itself");
    else if (k->hash)
        dialog_cause(&c->dialog, &c->snap, k);
    return k->open == 0 || k->hash;
}

void press_retry(struct console *c)
{
    const struct failure_row *row = console_failure(c);
    const struct cause_view *k = console_cause(c);

    c->dialog.tagged = c->view.tagged;
    if (k && !c->tiny && !c->view.tagged.tags && console_retry_cause(c, k))
        return;
    if (c->tiny)
        dialog_prompt(&c->dialog, "retry ");
    else if (c->snap.failures_open)
        dialog_retry(&c->dialog, &c->snap,
                     row && failure_row_is_open(row) ? row : NULL);
    else
        console_say(c, TOAST_ERROR, "nothing has failed");
}

void press_retry_kind(struct console *c)
{
    const struct failure_row *row = console_failure(c);
    const struct cause_view *k =
        row ? cause_find(&c->snap, row->cause) : console_cause(c);

    if (!row && !k)
        console_say(c, TOAST_ERROR, "choose a row of the failures first (6)");
    else if (!k || !k->open || !k->hash)
        console_say(c, TOAST_ERROR, "nothing of this cause is owed any more");
    else
        dialog_cause(&c->dialog, &c->snap, k);
}

void press_export(struct console *c)
{
    c->dialog.tagged = c->view.tagged;
    dialog_prompt(&c->dialog, "export ");
}
