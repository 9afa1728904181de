/*
 * This file starts threads, which get a small stack and block every signal
 * except those of their own faults, so that the main thread alone handles what
 * comes from outside. A condition waits on the monotonic clock; a change of the
 * date does not disturb it.
 */
#include "config.h"
#include "sys/thread.h"

#include <assert.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { STACK_BYTES = 512 * 1024, NAME_SIZE = 16 };

/* These calls fail only through a bug of ours. */
static void thread_must(int result)
{
    assert(result == 0);
    (void)result;
}

void monitor_init(struct monitor *m)
{
    pthread_condattr_t attr;

    thread_must(pthread_mutex_init(&m->mutex, NULL));
    thread_must(pthread_condattr_init(&attr));
    thread_must(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC));
    thread_must(pthread_cond_init(&m->changed, &attr));
    thread_must(pthread_condattr_destroy(&attr));
}

void monitor_release(struct monitor *m)
{
    thread_must(pthread_cond_destroy(&m->changed));
    thread_must(pthread_mutex_destroy(&m->mutex));
}

void monitor_lock(struct monitor *m)
{
    thread_must(pthread_mutex_lock(&m->mutex));
}

void monitor_unlock(struct monitor *m)
{
    thread_must(pthread_mutex_unlock(&m->mutex));
}

void monitor_wake_all(struct monitor *m)
{
    thread_must(pthread_cond_broadcast(&m->changed));
}

void monitor_wake_one(struct monitor *m)
{
    thread_must(pthread_cond_signal(&m->changed));
}

bool monitor_wait(struct monitor *m, int64_t until_ms)
{
    struct timespec until;

    if (until_ms < 0) {
        thread_must(pthread_cond_wait(&m->changed, &m->mutex));
        return true;
    }
    until.tv_sec = (time_t)(until_ms / 1000);
    until.tv_nsec = (long)(until_ms % 1000 * 1000000);
    return pthread_cond_timedwait(&m->changed, &m->mutex, &until) == 0;
}

static size_t stack_bytes(void)
{
    long least = sysconf(_SC_THREAD_STACK_MIN);

    return least > STACK_BYTES ? (size_t)least : STACK_BYTES;
}

static int thread_start_with_stack(pthread_t *t, void *(*main)(void *),
                                   void *arg)
{
    pthread_attr_t attr;
    int result = pthread_attr_init(&attr);

    if (result != 0)
        return result;
    result = pthread_attr_setstacksize(&attr, stack_bytes());
    if (result == 0)
        result = pthread_create(t, &attr, main, arg);
    pthread_attr_destroy(&attr);
    return result;
}

/*
 * Signals from outside belong to the main thread. A thread must not block the
 * signals of its own faults: the kernel would kill the process without calling
 * a handler, and nobody would restore the terminal.
 */
static void signals_to_block(sigset_t *set)
{
    sigfillset(set);
    sigdelset(set, SIGSEGV);
    sigdelset(set, SIGBUS);
    sigdelset(set, SIGFPE);
    sigdelset(set, SIGILL);
}

static void name_thread(pthread_t t, const char *name)
{
#ifdef __linux__
    char cut[NAME_SIZE];

    snprintf(cut, sizeof cut, "%s", name);
    /* Only debuggers use the name, so a failure does not matter. */
    (void)pthread_setname_np(t, cut);
#else
    (void)t;
    (void)name;
#endif
}

bool thread_start(pthread_t *t, const char *name, void *(*main)(void *),
                  void *arg, struct error *err)
{
    sigset_t block, before;
    char reason[96];
    int result;

    signals_to_block(&block);
    thread_must(pthread_sigmask(SIG_BLOCK, &block, &before));
    result = thread_start_with_stack(t, main, arg);
    thread_must(pthread_sigmask(SIG_SETMASK, &before, NULL));
    if (result != 0)
        return error_set(err, ERROR_MEMORY, result,
                         "the system gives no thread for %s: %s", name,
                         error_reason(result, reason, sizeof reason));
    name_thread(*t, name);
    return true;
}

size_t thread_processors(void)
{
    cpu_set_t ours;
    int count;

    if (sched_getaffinity(0, sizeof ours, &ours) != 0)
        return 1;
    count = CPU_COUNT(&ours);
    return count > 0 ? (size_t)count : 1;
}
