/*
 * The single switch of a run: who may go on, who holds, who ends.
 *
 * Workers ask control_go() between requests. A hold has a cause and covers
 * stages; the operator's pause is one, of the stages that were asked for, the
 * memory guard another, a refused key a third. A stop cuts requests through
 * stop_fd(); a drain only ends reading.
 *
 * Threads     Any.
 */
#ifndef BATCHTOP_CORE_CONTROL_H
#define BATCHTOP_CORE_CONTROL_H

#include "api/command.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hold_cause {
    HOLD_OPERATOR, /* what control_pause() was told */
    HOLD_MEMORY,   /* reading */
    HOLD_EMBED,    /* the embedder refuses us: key, quota, budget, config */
    HOLD_STORE,    /* the store does */
    HOLD_LEDGER,   /* everything: the checkpoint cannot be written */
    HOLD_CORPUS,   /* reading: the corpus file failed */
    HOLD_COUNT
};

struct control;

struct control *control_new(void);
void control_free(struct control *c);

/* Block while the stage is held. False once stopping (for STAGE_READ: also
 * once draining). */
bool control_go(struct control *c, enum stage_id s);
bool control_held(struct control *c, enum stage_id s);

/* Begin or end a hold other than the operator's. reason and remedy are copied;
 * beginning one that holds already renews the words. False when nothing
 * changed. */
bool control_hold(struct control *c, enum hold_cause cause,
                  const char *reason, const char *remedy);
bool control_release(struct control *c, enum hold_cause cause);
bool control_holds(struct control *c, enum hold_cause cause);
/* For how many ms this has been so, and why; -1: it is not. */
int64_t control_held_ms(struct control *c, enum hold_cause cause,
                        char *reason, size_t reason_size);
/* The operator's pause of a set of stages begins or ends. What changed: those
 * that it did not cover yet, or did until now. */
uint32_t control_pause(struct control *c, uint32_t stages,
                       const char *reason, const char *remedy);
uint32_t control_unpause(struct control *c, uint32_t stages);
/* Nothing is left to read: a pause of reading that is no part of a plain one
 * ends. */
void control_read_over(struct control *c);
/* The stages that do not go on by themselves: held by any cause but the memory
 * guard. */
uint32_t control_paused(struct control *c);
/* Words of the weightiest hold; false when there is none. */
bool control_reason(struct control *c, enum hold_cause *cause, char *reason,
                    size_t reason_size, char *remedy, size_t remedy_size);

void control_drain(struct control *c);
void control_stop(struct control *c);
bool control_draining(struct control *c);
bool control_stopping(struct control *c);
int control_stop_fd(const struct control *c); /* readable once stopping */

/* Sleep, at most ms; ends early (false) when stopping. */
bool control_sleep(struct control *c, int64_t ms);
/* Wake all sleepers and waiters to look again. */
void control_nudge(struct control *c);

/* The whole process was stopped for so long: time as in a pause. */
void control_note_suspension(struct control *c, int64_t ms);
/* Milliseconds that the operator's pause has lasted in all. */
int64_t control_paused_ms(struct control *c);

#endif
