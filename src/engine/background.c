/* This file has a small queue of commands and the thread that works through it.
 * Retries for the end of the run are in a second list, which joins the first
 * when every record is final. */
#include "config.h"
#include "engine/background.h"

#include <stdlib.h>

#include "engine/failure_export.h"
#include "engine/failure_retry.h"
#include "engine/recorder/recorder.h"

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
    struct background *b = calloc(1, sizeof *b);

    if (!b)
        return NULL;
    monitor_init(&b->lock);
    b->run = r;
    return b;
}

void background_free(struct background *b)
{
    if (!b)
        return;
    monitor_release(&b->lock);
    free(b);
}

static bool background_append(struct background *b,
                              struct command list[WAITING_MAX], size_t *count,
                              const struct command *command)
{
    if (*count == WAITING_MAX || b->ending)
        return false;
    list[(*count)++] = *command;
    return true;
}

bool background_add(struct background *b, const struct command *command)
{
    bool room;

    monitor_lock(&b->lock);
    if (command->kind == COMMAND_RETRY && command->when == RETRY_AT_END)
        room = background_append(b, b->at_end, &b->at_end_count, command);
    else
        room = background_append(b, b->waiting, &b->count, command);
    monitor_wake_all(&b->lock);
    monitor_unlock(&b->lock);
    return room;
}

bool background_busy(struct background *b)
{
    bool busy;

    monitor_lock(&b->lock);
    busy = b->count > 0 || b->at_end_count > 0 || b->at_work;
    monitor_unlock(&b->lock);
    return busy;
}

size_t background_at_end(struct background *b)
{
    size_t n;

    monitor_lock(&b->lock);
    n = b->at_end_count;
    monitor_unlock(&b->lock);
    return n;
}

void background_all_final(struct background *b, bool ending)
{
    size_t n, i = 0;

    monitor_lock(&b->lock);
    n = b->at_end_count;
    while (!ending && i < n &&
           background_append(b, b->waiting, &b->count, &b->at_end[i]))
        i++;
    if (ending)
        i = n;
    b->at_end_count -= i;
    memmove(b->at_end, b->at_end + i, b->at_end_count * sizeof b->at_end[0]);
    monitor_wake_all(&b->lock);
    monitor_unlock(&b->lock);
    if (ending && n > 0)
        notices_add(b->run->notices, "the retry that waited for the end of the "
                                     "corpus is not done: its documents stay "
                                     "owed");
}

/* --- the thread ----------------------------------------------------------- */

static bool background_next(struct background *b, struct command *out)
{
    bool got;

    monitor_lock(&b->lock);
    b->at_work = false;
    while (b->count == 0 && !b->ending)
        monitor_wait(&b->lock, -1);
    got = !b->ending;
    if (got) {
        *out = b->waiting[0];
        memmove(b->waiting, b->waiting + 1, --b->count * sizeof *out);
        b->at_work = true;
    }
    monitor_unlock(&b->lock);
    return got;
}

static void *background_main(void *arg)
{
    struct background *b = arg;
    struct command command;

    while (background_next(b, &command)) {
        switch (command.kind) {
        case COMMAND_RETRY:
            failure_retry(b->run, &command);
            break;
        case COMMAND_SKIP:
            failure_skip(b->run, &command.select);
            break;
        case COMMAND_EXPORT:
            failure_export(b->run, &command);
            break;
        case COMMAND_CHECKPOINT:
            notices_add(b->run->notices, "%s",
                        recorder_flush(b->run->recorder, RECORDER_FLUSH_MS)
                            ? "checkpoint written"
                            : "the checkpoint is not written yet");
            break;
        default:
            break;
        }
    }
    return NULL;
}

bool background_start(struct background *b, struct error *err)
{
    b->started =
        thread_start(&b->thread, "bt-background", background_main, b, err);
    return b->started;
}

void background_end(struct background *b)
{
    if (!b->started)
        return;
    monitor_lock(&b->lock);
    b->ending = true;
    monitor_wake_all(&b->lock);
    monitor_unlock(&b->lock);
    pthread_join(b->thread, NULL);
    b->started = false;
}
