/*
 * Threads with every signal blocked, and a condition on the monotonic clock.
 *
 * A monitor is a mutex and a condition of one .c file. It is a leaf: hold it to
 * read or change state, never across I/O or foreign code.
 */
#ifndef BATCHTOP_SYS_THREAD_H
#define BATCHTOP_SYS_THREAD_H

#include "util/error.h"

#include <pthread.h>

struct monitor {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
};

void monitor_init(struct monitor *m);
void monitor_release(struct monitor *m);
void monitor_lock(struct monitor *m);
void monitor_unlock(struct monitor *m);
void monitor_wake_all(struct monitor *m);
/* Where any one of those that wait will do. */
void monitor_wake_one(struct monitor *m);
/* Wait for a wake-up until the instant until_ms (clock_ms(), -1: for ever);
 * false when that has come. Wake-ups can be spurious, so loop. */
bool monitor_wait(struct monitor *m, int64_t until_ms);

/* Start main(arg) with all signals blocked but those of its own faults, under a
 * name cut to 15 characters. MEMORY when the system gives no thread. */
bool thread_start(pthread_t *t, const char *name, void *(*main)(void *),
                  void *arg, struct error *err);

/* How many processors this process may use; at least 1. */
size_t thread_processors(void);

#endif
