/*
 * The console: one thread that owns curses, draws snapshots and turns keys into
 * commands. It knows the run only by its door; the run never waits for it.
 *
 * Threads     app_new() to app_free(): one thread. app_signal(): any.
 */
#ifndef BATCHTOP_UI_TERMINAL_APP_H
#define BATCHTOP_UI_TERMINAL_APP_H

#include "api/door.h"

enum app_color { APP_COLOR_AUTO, APP_COLOR_ALWAYS, APP_COLOR_NEVER };

struct app_options {
    bool read_only, ascii, high_contrast, bell;
    bool stay;  /* a finished run is looked at until the operator leaves */
    bool guest; /* others began the run: leaving does not end it */
    enum app_color color;
    int fps; /* 1..10; 0: 4 */
};

enum app_end {
    APP_ENDED,  /* the run is over without open failures, or drained */
    APP_QUIT,   /* the operator leaves: RUN_DONE with open failures, or stop */
    APP_DETACH, /* the operator detaches */
    APP_HANGUP, /* the terminal is gone; the run is not */
    APP_ABANDON, /* a third ^C: leave at once, whatever is in flight */
    APP_GONE    /* the run is out of reach */
};

struct app;

/* Take the terminal over and draw the first frame. CONFIG when it cannot. */
struct app *app_new(const struct door *door, const struct app_options *opt,
                    struct error *err);
/* Loop until the run ends (DONE without open failures, FAILED, or drained), the
 * operator quits or the terminal goes away. */
enum app_end app_main(struct app *a);
/* Give the terminal back unchanged. NULL is fine. */
void app_free(struct app *a);

/* Pass on a signal that the signal thread took: SIGWINCH, SIGTSTP, SIGCONT,
 * SIGHUP; or SIGCHLD for a run that is gone. Only sets a flag and wakes the
 * console. */
void app_signal(struct app *a, int signo);

#endif
