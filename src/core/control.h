/*
 * The single switch of a run: who may go on, who waits, when it ends.
 *
 * Workers ask control_go() between requests. A hold has a cause and covers
 * stages; the operator's pause of some stages, the memory guard, a refused key.
 * A stop aborts requests through stop_fd(); a drain only ends reading.
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
    HOLD_OPERATOR, /* the stages of control_pause() */
    HOLD_MEMORY,   /* reading */
    HOLD_EMBED,    /* the embedder refuses: key, quota, budget, config */
    HOLD_STORE,    /* the store does */
    HOLD_LEDGER,   /* everything: we cannot write the checkpoint */
    HOLD_CORPUS,   /* reading: a corpus file failed */
    HOLD_COUNT
};

struct control;

struct control *control_new(void);
void control_free(struct control *c);

/* Block while the stage is held. False once stopping (for STAGE_READ: also once
 * draining). */
bool control_go(struct control *c, enum stage_id s);
bool control_held(struct control *c, enum stage_id s);

/* Begin or end a hold other than the operator's. It copies reason and remedy; a
 * hold that exists gets the new words. False when nothing changed. */
bool control_hold(struct control *c, enum hold_cause cause,
                  const char *reason, const char *remedy);
bool control_release(struct control *c, enum hold_cause cause);
bool control_holds(struct control *c, enum hold_cause cause);
/* How many ms this hold has lasted, and why; -1: there is none. */
int64_t control_held_ms(struct control *c, enum hold_cause cause,
                        char *reason, size_t reason_size);
/* Begin or end the operator's pause of a set of stages. Returns the stages that
 * changed. */
uint32_t control_pause(struct control *c, uint32_t stages,
                       const char *reason, const char *remedy);
uint32_t control_unpause(struct control *c, uint32_t stages);
/* Nothing is left to read, so end a pause of reading alone. */
void control_read_over(struct control *c);
/* The stages that do not go on by themselves: held by any cause but the memory
 * guard. */
uint32_t control_paused(struct control *c);
/* The words of the most important hold; false when there is none. */
bool control_reason(struct control *c, enum hold_cause *cause, char *reason,
                    size_t reason_size, char *remedy, size_t remedy_size);

void control_drain(struct control *c);
void control_stop(struct control *c);
bool control_draining(struct control *c);
bool control_stopping(struct control *c);
int control_stop_fd(const struct control *c); /* readable once stopping */

/* Sleep, at most ms; ends early (false) when stopping. */
bool control_sleep(struct control *c, int64_t ms);
/* The same, but a ring ends it early, too: for workers that wait until they are
 * wanted, and for the ticker. `rings` is what control_rings() said before the
 * caller looked whether it has to wait. */
bool control_doze(struct control *c, uint64_t rings, int64_t ms);
uint64_t control_rings(struct control *c);
void control_ring(struct control *c);
/* Wake all sleepers and waiters to check again. */
void control_nudge(struct control *c);

/* The whole process was stopped for so long: count it like a pause. */
void control_note_suspension(struct control *c, int64_t ms);
/* Milliseconds that the operator paused the run, in all. */
int64_t control_paused_ms(struct control *c);

#endif
