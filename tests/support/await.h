/*
 * Waiting for what another thread or process does: for as long as it takes,
 * which on a machine with much to do may be long, and never for ever.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_AWAIT_H
#define BATCHTOP_TESTS_SUPPORT_AWAIT_H

#include "sys/clock.h"
#include "tests/support/tap.h"

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>
#include <unistd.h>

enum { AWAIT_MS = 60000, AWAIT_LOOK_MS = 1 };

/* Look until it is so; a minute later it is false. Any thread. */
#define comes_true(condition)                                                  \
    __extension__({                                                            \
        int64_t until_ms_ = clock_ms() + AWAIT_MS;                             \
        bool so_;                                                              \
        while (!(so_ = (condition)) && clock_ms() < until_ms_)                 \
            usleep(AWAIT_LOOK_MS * 1000);                                      \
        so_;                                                                   \
    })

/* The same for the thread of the test, which fails and says what was not. */
#define await(condition)                                                       \
    do {                                                                       \
        if (!comes_true(condition))                                            \
            fail_msg("it never came to: %s", #condition);                      \
    } while (0)

/* The end of a thread: what it returned. */
void *await_thread(pthread_t thread);

/* The end of a child: its status as waitpid() tells it. */
int await_child(pid_t child);

/* Bytes that can be read; the test fails when none come. */
void await_input(int fd);

/* Does a thread, of whatever process, wait in the kernel? */
bool is_asleep(pid_t thread);

/* Is a process gone, or dead and waiting for whoever adopted it? */
bool is_dead(pid_t process);

#endif
