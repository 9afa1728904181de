/*
 * This file keeps all causes to hold in one word of bits under one monitor,
 * with a table of the stages that each cause covers. Waiting threads sleep on
 * that monitor; a request in flight cannot, so a stop also writes to an eventfd
 * that the request polls.
 */
#include "config.h"
#include "core/control.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "sys/clock.h"
#include "sys/thread.h"
#include "util/error.h"

enum { READ = 1 << STAGE_READ, EMBED = 1 << STAGE_EMBED,
       UPSERT = 1 << STAGE_UPSERT };

static const uint32_t covers[HOLD_COUNT] = {
    [HOLD_OPERATOR] = 0, /* by_hand */
    [HOLD_MEMORY] = READ,
    [HOLD_EMBED] = EMBED,
    [HOLD_STORE] = UPSERT,
    [HOLD_LEDGER] = READ | EMBED | UPSERT,
    [HOLD_CORPUS] = READ,
};

/* Which of several holds gives the reason for the run. */
static const enum hold_cause weight[HOLD_COUNT] = {
    HOLD_LEDGER, HOLD_EMBED, HOLD_STORE, HOLD_CORPUS, HOLD_OPERATOR,
    HOLD_MEMORY,
};

struct control {
    struct monitor lock;
    unsigned holds;                  /* [lock] bit per cause */
    uint32_t by_hand;                /* [lock] the stages of HOLD_OPERATOR */
    int64_t since_ms[HOLD_COUNT];    /* [lock] */
    char reason[HOLD_COUNT][sizeof((struct error *)0)->text]; /* [lock] */
    char remedy[HOLD_COUNT][160];    /* [lock] */
    bool draining, stopping;         /* [lock] */
    int64_t paused_ms;               /* [lock] */
    uint64_t nudges, rings;          /* [lock] */
    int stop_fd;                     /* [const after new] */
};

struct control *control_new(void)
{
    struct control *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    monitor_init(&c->lock);
    c->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (c->stop_fd < 0) {
        control_free(c);
        return NULL;
    }
    return c;
}

void control_free(struct control *c)
{
    if (!c)
        return;
    if (c->stop_fd >= 0)
        close(c->stop_fd);
    monitor_release(&c->lock);
    free(c);
}

/* The stages that these causes hold. */
static uint32_t control_held_stages(const struct control *c, unsigned causes)
{
    uint32_t stages = causes >> HOLD_OPERATOR & 1 ? c->by_hand : 0;

    for (int cause = 0; cause < HOLD_COUNT; cause++)
        if (causes >> cause & 1)
            stages |= covers[cause];
    return stages;
}

static bool control_is_held(const struct control *c, enum stage_id s)
{
    return control_held_stages(c, c->holds) >> s & 1;
}

static bool control_is_ending(const struct control *c, enum stage_id s)
{
    return c->stopping || (s == STAGE_READ && c->draining);
}

bool control_go(struct control *c, enum stage_id s)
{
    bool go;

    monitor_lock(&c->lock);
    while (control_is_held(c, s) && !control_is_ending(c, s))
        monitor_wait(&c->lock, -1);
    go = !control_is_ending(c, s);
    monitor_unlock(&c->lock);
    return go;
}

bool control_held(struct control *c, enum stage_id s)
{
    bool yes;

    monitor_lock(&c->lock);
    yes = control_is_held(c, s);
    monitor_unlock(&c->lock);
    return yes;
}

/* True when it was not held before. */
static bool control_begin_hold(struct control *c, enum hold_cause cause,
                               const char *reason, const char *remedy)
{
    bool fresh = !(c->holds >> cause & 1);

    if (fresh)
        c->since_ms[cause] = clock_ms();
    c->holds |= 1u << cause;
    snprintf(c->reason[cause], sizeof c->reason[cause], "%s", reason);
    snprintf(c->remedy[cause], sizeof c->remedy[cause], "%s", remedy);
    monitor_wake_all(&c->lock);
    return fresh;
}

static bool control_end_hold(struct control *c, enum hold_cause cause)
{
    bool was = c->holds >> cause & 1;

    c->holds &= ~(1u << cause);
    monitor_wake_all(&c->lock);
    return was;
}

bool control_hold(struct control *c, enum hold_cause cause,
                  const char *reason, const char *remedy)
{
    bool fresh;

    assert(cause != HOLD_OPERATOR);
    monitor_lock(&c->lock);
    fresh = control_begin_hold(c, cause, reason, remedy);
    monitor_unlock(&c->lock);
    return fresh;
}

bool control_release(struct control *c, enum hold_cause cause)
{
    bool was;

    assert(cause != HOLD_OPERATOR);
    monitor_lock(&c->lock);
    was = control_end_hold(c, cause);
    monitor_unlock(&c->lock);
    return was;
}

uint32_t control_pause(struct control *c, uint32_t stages,
                       const char *reason, const char *remedy)
{
    uint32_t fresh;

    monitor_lock(&c->lock);
    fresh = stages & ~c->by_hand;
    c->by_hand |= stages;
    if (fresh)
        control_begin_hold(c, HOLD_OPERATOR, reason, remedy);
    monitor_unlock(&c->lock);
    return fresh;
}

static void control_release_hand(struct control *c, uint32_t stages)
{
    c->by_hand &= ~stages;
    if (c->by_hand)
        monitor_wake_all(&c->lock);
    else if (control_end_hold(c, HOLD_OPERATOR))
        c->paused_ms += clock_ms() - c->since_ms[HOLD_OPERATOR];
}

uint32_t control_unpause(struct control *c, uint32_t stages)
{
    uint32_t were;

    monitor_lock(&c->lock);
    were = stages & c->by_hand;
    control_release_hand(c, stages);
    monitor_unlock(&c->lock);
    return were;
}

void control_read_over(struct control *c)
{
    monitor_lock(&c->lock);
    if (!(c->by_hand & EMBED))
        control_release_hand(c, READ);
    monitor_unlock(&c->lock);
}

uint32_t control_paused(struct control *c)
{
    uint32_t stages;

    monitor_lock(&c->lock);
    stages = control_held_stages(c, c->holds & ~(1u << HOLD_MEMORY));
    monitor_unlock(&c->lock);
    return stages;
}

bool control_holds(struct control *c, enum hold_cause cause)
{
    bool yes;

    monitor_lock(&c->lock);
    yes = c->holds >> cause & 1;
    monitor_unlock(&c->lock);
    return yes;
}

int64_t control_held_ms(struct control *c, enum hold_cause cause,
                        char *reason, size_t reason_size)
{
    int64_t ms = -1;

    monitor_lock(&c->lock);
    if (c->holds >> cause & 1) {
        ms = clock_ms() - c->since_ms[cause];
        snprintf(reason, reason_size, "%s", c->reason[cause]);
    }
    monitor_unlock(&c->lock);
    return ms;
}

bool control_reason(struct control *c, enum hold_cause *cause, char *reason,
                    size_t reason_size, char *remedy, size_t remedy_size)
{
    bool found = false;

    monitor_lock(&c->lock);
    for (int i = 0; i < HOLD_COUNT && !found; i++) {
        enum hold_cause w = weight[i];

        if (!(c->holds >> w & 1))
            continue;
        *cause = w;
        snprintf(reason, reason_size, "%s", c->reason[w]);
        snprintf(remedy, remedy_size, "%s", c->remedy[w]);
        found = true;
    }
    monitor_unlock(&c->lock);
    return found;
}

void control_drain(struct control *c)
{
    monitor_lock(&c->lock);
    c->draining = true;
    monitor_wake_all(&c->lock);
    monitor_unlock(&c->lock);
}

void control_stop(struct control *c)
{
    uint64_t one = 1;

    monitor_lock(&c->lock);
    c->draining = true;
    c->stopping = true;
    monitor_wake_all(&c->lock);
    monitor_unlock(&c->lock);
    /* It never gets full, so the write cannot fail. */
    if (write(c->stop_fd, &one, sizeof one) < 0)
        return;
}

bool control_draining(struct control *c)
{
    bool yes;

    monitor_lock(&c->lock);
    yes = c->draining;
    monitor_unlock(&c->lock);
    return yes;
}

bool control_stopping(struct control *c)
{
    bool yes;

    monitor_lock(&c->lock);
    yes = c->stopping;
    monitor_unlock(&c->lock);
    return yes;
}

int control_stop_fd(const struct control *c)
{
    return c->stop_fd;
}

/* While the counter is `was`. False once stopping. */
static bool control_wait_while(struct control *c, const uint64_t *counter,
                               uint64_t was, int64_t ms)
{
    int64_t until = clock_ms() + ms;

    while (!c->stopping && *counter == was)
        if (!monitor_wait(&c->lock, until))
            break;
    return !c->stopping;
}

bool control_sleep(struct control *c, int64_t ms)
{
    bool go;

    monitor_lock(&c->lock);
    go = control_wait_while(c, &c->nudges, c->nudges, ms);
    monitor_unlock(&c->lock);
    return go;
}

bool control_doze(struct control *c, uint64_t rings, int64_t ms)
{
    bool go;

    monitor_lock(&c->lock);
    go = control_wait_while(c, &c->rings, rings, ms);
    monitor_unlock(&c->lock);
    return go;
}

uint64_t control_rings(struct control *c)
{
    uint64_t rings;

    monitor_lock(&c->lock);
    rings = c->rings;
    monitor_unlock(&c->lock);
    return rings;
}

void control_ring(struct control *c)
{
    monitor_lock(&c->lock);
    c->rings++;
    monitor_wake_all(&c->lock);
    monitor_unlock(&c->lock);
}

void control_nudge(struct control *c)
{
    monitor_lock(&c->lock);
    c->nudges++;
    c->rings++;
    monitor_wake_all(&c->lock);
    monitor_unlock(&c->lock);
}

void control_note_suspension(struct control *c, int64_t ms)
{
    monitor_lock(&c->lock);
    if (!(c->holds >> HOLD_OPERATOR & 1)) /* else the time is already counted */
        c->paused_ms += ms;
    monitor_unlock(&c->lock);
}

int64_t control_paused_ms(struct control *c)
{
    int64_t ms;

    monitor_lock(&c->lock);
    ms = c->paused_ms;
    if (c->holds >> HOLD_OPERATOR & 1)
        ms += clock_ms() - c->since_ms[HOLD_OPERATOR];
    monitor_unlock(&c->lock);
    return ms;
}
