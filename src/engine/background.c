/*
 * A small queue of commands and the thread that works through it. Retries that
 * wait for the end of the run stand in a second list, which joins the first
 * when every record is final.
 */
#include "config.h"
#include "engine/background.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/failure_export.h"
#include "engine/failure_retry.h"
#include "engine/recorder.h"

enum { WAITING_MAX = 16 };

struct background {
    struct run *run;
    struct monitor lock;
    struct command waiting[WAITING_MAX]; /* [lock] */
    size_t count;                        /* [lock] */
    struct command at_end[WAITING_MAX];  /* [lock] */
    size_t at_end_count;                 /* [lock] */
    bool at_work, ending;                /* [lock] */
    pthread_t thread;
    bool started;
};

struct background *background_new(struct run *r)
{
    struct background *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    monitor_init(&c->lock);
    c->run = r;
    return c;
}

void background_free(struct background *c)
{
    if (!c)
        return;
    monitor_release(&c->lock);
    free(c);
}

static bool background_append(struct background *c,
                              struct command list[WAITING_MAX], size_t *count,
                              const struct command *command)
{
    if (*count == WAITING_MAX || c->ending)
        return false;
    list[(*count)++] = *command;
    return true;
}

bool background_add(struct background *c, const struct command *command)
{
    bool room;

    monitor_lock(&c->lock);
    if (command->kind == COMMAND_RETRY && command->when == RETRY_AT_END)
        room = background_append(c, c->at_end, &c->at_end_count, command);
    else
        room = background_append(c, c->waiting, &c->count, command);
    monitor_wake_all(&c->lock);
    monitor_unlock(&c->lock);
    return room;
}

bool background_busy(struct background *c)
{
    bool busy;

    monitor_lock(&c->lock);
    busy = c->count > 0 || c->at_end_count > 0 || c->at_work;
    monitor_unlock(&c->lock);
    return busy;
}

size_t background_at_end(struct background *c)
{
    size_t n;

    monitor_lock(&c->lock);
    n = c->at_end_count;
    monitor_unlock(&c->lock);
    return n;
}

void background_all_final(struct background *c, bool ending)
{
    size_t n, i = 0;

    monitor_lock(&c->lock);
    n = c->at_end_count;
    while (!ending && i < n &&
           background_append(c, c->waiting, &c->count, &c->at_end[i]))
        i++;
    if (ending)
        i = n;
    c->at_end_count -= i;
    memmove(c->at_end, c->at_end + i, c->at_end_count * sizeof c->at_end[0]);
    monitor_wake_all(&c->lock);
    monitor_unlock(&c->lock);
    if (ending && n > 0)
        notices_add(c->run->notices, "the retry that waited for the end of the "
                                    "corpus is not done: its documents stay "
                                    "owed");
}

/* --- the thread ------------------------------------------------------------ */

static bool background_next(struct background *c, struct command *out)
{
    bool got;

    monitor_lock(&c->lock);
    c->at_work = false;
    while (c->count == 0 && !c->ending)
        monitor_wait(&c->lock, -1);
    got = !c->ending;
    if (got) {
        *out = c->waiting[0];
        memmove(c->waiting, c->waiting + 1, --c->count * sizeof *out);
        c->at_work = true;
    }
    monitor_unlock(&c->lock);
    return got;
}

static void *background_main(void *arg)
{
    struct background *c = arg;
    struct command command;

    while (background_next(c, &command)) {
        switch (command.kind) {
        case COMMAND_RETRY:
            failure_retry(c->run, &command);
            break;
        case COMMAND_SKIP:
            failure_skip(c->run, &command.select);
            break;
        case COMMAND_EXPORT:
            failure_export(c->run, &command);
            break;
        case COMMAND_CHECKPOINT:
            notices_add(c->run->notices, "%s",
                        recorder_flush(c->run->recorder, RECORDER_FLUSH_MS)
                            ? "checkpoint written"
                            : "the checkpoint is not written yet");
            break;
        default:
            break;
        }
    }
    return NULL;
}

bool background_start(struct background *c, struct error *err)
{
    c->started =
        thread_start(&c->thread, "bt-background", background_main, c, err);
    return c->started;
}

void background_end(struct background *c)
{
    if (!c->started)
        return;
    monitor_lock(&c->lock);
    c->ending = true;
    monitor_wake_all(&c->lock);
    monitor_unlock(&c->lock);
    pthread_join(c->thread, NULL);
    c->started = false;
}
