/* One thread takes signals with sigtimedwait() and turns them into commands for
 * the run. It wakes ten times a second, so it also notices that the process was
 * suspended. */
#include "config.h"
#include "host/watch.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sys/clock.h"
#include "sys/thread.h"

enum { LOOK_MS = 100, GRACE_MS = 10000 };

struct watch {
    struct watch_config cfg;
    atomic_bool ending;
    _Atomic int64_t stop_ms; /* end of the grace period; 0: no end wanted */
    int ends;                /* INT and TERM so far */
    int64_t alive_ms;        /* the last time without a signal */
    pthread_t thread;
};

static bool watch_send_command(struct watch *w, enum command_kind kind,
                               const char *origin)
{
    struct command c = { .kind = kind };
    struct error err;

    snprintf(c.origin, sizeof c.origin, "%s", origin);
    return w->cfg.door.command(w->cfg.door.to, &c, NULL, 0, &err);
}

void watch_grace(struct watch *w)
{
    atomic_store(&w->stop_ms, clock_ms() + GRACE_MS);
}

void watch_drain(struct watch *w, const char *origin)
{
    watch_grace(w);
    watch_send_command(w, COMMAND_DRAIN, origin);
}

static void watch_take_end_signal(struct watch *w)
{
    switch (++w->ends) {
    case 1:
        watch_drain(w, "signal");
        break;
    case 2:
        watch_send_command(w, COMMAND_STOP, "signal");
        break;
    default:
        /* The crash handler restores the terminal, then we exit. */
        if (w->cfg.last)
            w->cfg.last(w->cfg.arg);
        raise(SIGABRT);
    }
}

static void watch_pass_on_signal(struct watch *w, int signo)
{
    if (w->cfg.tell)
        w->cfg.tell(w->cfg.arg, signo);
    else if (signo == SIGTSTP)
        raise(SIGSTOP);
}

static void watch_take_signal(struct watch *w, int signo)
{
    switch (w->cfg.tell_all ? SIGHUP : signo) {
    case SIGINT:
    case SIGTERM:
    case SIGQUIT:
        watch_take_end_signal(w);
        break;
    case SIGUSR1:
        if (!watch_send_command(w, COMMAND_RESUME, "SIGUSR1"))
            watch_send_command(w, COMMAND_PAUSE, "SIGUSR1");
        break;
    default:
        watch_pass_on_signal(w, signo);
    }
}

/* SIGSTOP gives no warning, but we ran at most LOOK_MS before it. The grace
 * period of a drain does not count that time. */
static void watch_note_suspension(struct watch *w)
{
    int64_t still_ms = clock_ms() - w->alive_ms;

    if (still_ms <= LOOK_MS)
        return; /* SIGCONT without a stop before it */
    if (atomic_load(&w->stop_ms))
        atomic_fetch_add(&w->stop_ms, still_ms);
    if (w->cfg.suspended)
        w->cfg.suspended(w->cfg.arg, still_ms);
}

static void watch_fill_signals(sigset_t *set)
{
    static const int signals[] = { SIGINT,  SIGTERM,  SIGQUIT, SIGHUP,
                                   SIGUSR1, SIGWINCH, SIGTSTP, SIGCONT };

    sigemptyset(set);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        sigaddset(set, signals[i]);
}

void watch_block(void)
{
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    sigset_t set;

    sigaction(SIGPIPE, &ignore, NULL);
    watch_fill_signals(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/* The next signal, or 0. The time may have run out while we were stopped; the
 * signal that ended the stop is there by then. */
static int next_signal(const sigset_t *set)
{
    const struct timespec look = { 0, LOOK_MS * 1000000L }, now = { 0, 0 };
    int signo = sigtimedwait(set, NULL, &look);

    if (signo < 0)
        signo = sigtimedwait(set, NULL, &now);
    return signo < 0 ? 0 : signo;
}

static void *watch_main(void *arg)
{
    struct watch *w = arg;
    sigset_t set;

    watch_fill_signals(&set);
    w->alive_ms = clock_ms();
    while (!atomic_load(&w->ending)) {
        int signo = next_signal(&set);
        int64_t stop_ms;

        if (signo == SIGCONT)
            watch_note_suspension(w);
        if (signo == SIGCONT || !signo)
            w->alive_ms = clock_ms();
        if (signo)
            watch_take_signal(w, signo);
        stop_ms = atomic_load(&w->stop_ms);
        if (stop_ms && clock_ms() >= stop_ms) {
            watch_send_command(w, COMMAND_STOP, "grace");
            atomic_store(&w->stop_ms, 0);
        }
    }
    return NULL;
}

struct watch *watch_start(const struct watch_config *cfg, struct error *err)
{
    struct watch *w = calloc(1, sizeof *w);

    if (!w) {
        error_memory(err, "to watch for signals");
        return NULL;
    }
    w->cfg = *cfg;
    if (thread_start(&w->thread, "bt-signals", watch_main, w, err))
        return w;
    free(w);
    return NULL;
}

void watch_end(struct watch *w)
{
    if (!w)
        return;
    atomic_store(&w->ending, true);
    pthread_join(w->thread, NULL);
    free(w);
}
