#include "config.h"
#include "cmd/watch.h"

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
    _Atomic int64_t stop_ms; /* when the grace is over; 0: no end asked for */
    int ends;                /* INT and TERM so far */
    pthread_t thread;
};

static bool order(struct watch *w, enum command_kind kind, const char *origin)
{
    struct command c = { .kind = kind };
    struct error err;

    snprintf(c.origin, sizeof c.origin, "%s", origin);
    return w->cfg.door.command(w->cfg.door.to, &c, NULL, 0, &err);
}

void watch_drain(struct watch *w, const char *origin)
{
    atomic_store(&w->stop_ms, clock_ms() + GRACE_MS);
    order(w, COMMAND_DRAIN, origin);
}

static void end_asked(struct watch *w)
{
    switch (++w->ends) {
    case 1:
        watch_drain(w, "signal");
        break;
    case 2:
        order(w, COMMAND_STOP, "signal");
        break;
    default:
        /* The crash handler gives the terminal back, then we are gone. */
        if (w->cfg.last)
            w->cfg.last(w->cfg.arg);
        raise(SIGABRT);
    }
}

static void pass_on(struct watch *w, int signo)
{
    if (w->cfg.tell)
        w->cfg.tell(w->cfg.arg, signo);
    else if (signo == SIGTSTP)
        raise(SIGSTOP);
}

static void heard(struct watch *w, int signo)
{
    switch (w->cfg.tell_all ? SIGHUP : signo) {
    case SIGINT:
    case SIGTERM:
    case SIGQUIT:
        end_asked(w);
        break;
    case SIGUSR1:
        if (!order(w, COMMAND_RESUME, "SIGUSR1"))
            order(w, COMMAND_PAUSE, "SIGUSR1");
        break;
    default:
        pass_on(w, signo);
    }
}

static void watched(sigset_t *set)
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
    watched(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void *watch_main(void *arg)
{
    struct watch *w = arg;
    sigset_t set;

    watched(&set);
    while (!atomic_load(&w->ending)) {
        struct timespec look = { 0, LOOK_MS * 1000000L };
        int signo = sigtimedwait(&set, NULL, &look);
        int64_t stop_ms = atomic_load(&w->stop_ms);

        if (signo > 0)
            heard(w, signo);
        if (stop_ms && clock_ms() >= stop_ms) {
            order(w, COMMAND_STOP, "grace");
            atomic_store(&w->stop_ms, 0);
        }
    }
    return NULL;
}

struct watch *watch_start(const struct watch_config *cfg, struct error *err)
{
    struct watch *w = calloc(1, sizeof *w);

    if (!w) {
        error_set(err, ERROR_MEMORY, 0, "no memory to watch for signals");
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
