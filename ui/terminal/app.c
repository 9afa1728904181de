/*
 * This file is the loop: take a snapshot, draw it, send the difference to the
 * terminal, then wait for a key, a signal or the next frame. Four frames a
 * second while something moves, one when nothing does, and one at once after a
 * key.
 */
#include "config.h"
#include "ui/terminal/app.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "sys/clock.h"
#include "ui/console/console.h"
#include "ui/terminal/bell.h"
#include "ui/terminal/input.h"
#include "ui/terminal/screen.h"

enum { SLOW_MS = 1000, RESIZE_MS = 50, GONE_READS = 20 };

struct app {
    struct app_options opt;
    struct screen *screen;
    struct canvas *canvas;
    struct console console;
    struct bell bell;
    uint64_t moved_seen;
    int64_t moved_ms;    /* the last change or key */
    int64_t resized_ms;
    bool mouse;          /* as the terminal has it */
    bool suspended;      /* by us: the SIGCONT after it is still to come */
    bool gone;           /* the run is out of reach */
    bool abandon;        /* whatever is in flight */
    atomic_uint signals; /* bit per signal of enum app_flag */
    int wake_fd;
};

enum app_flag { FLAG_RESIZE = 1, FLAG_STOP = 2, FLAG_CONTINUE = 4,
                FLAG_HANGUP = 8 };

void app_signal(struct app *a, int signo)
{
    uint64_t one = 1;
    unsigned bit = signo == SIGWINCH  ? FLAG_RESIZE
                   : signo == SIGTSTP ? FLAG_STOP
                   : signo == SIGCONT ? FLAG_CONTINUE
                   : signo == SIGHUP  ? FLAG_HANGUP
                                      : 0;

    /* Of stop and continue, the later one counts, as for pending signals. */
    if (bit == FLAG_STOP)
        atomic_fetch_and(&a->signals, ~(unsigned)FLAG_CONTINUE);
    else if (bit == FLAG_CONTINUE)
        atomic_fetch_and(&a->signals, ~(unsigned)FLAG_STOP);
    atomic_fetch_or(&a->signals, bit);
    if (write(a->wake_fd, &one, sizeof one) < 0)
        return; /* it is full: the console wakes anyway */
}

/* --- frames --------------------------------------------------------------- */

static void app_frame(struct app *a)
{
    struct console *c = &a->console;
    int rows, cols, row, col;

    a->gone = !c->door.snapshot(c->door.to, &c->snap);
    c->wall_s = clock_wall_s();
    console_see(c);
    if (a->opt.bell &&
        (bell_rings(&a->bell, &c->snap, c->guest) || a->gone))
        screen_ring(a->screen);
    screen_size(a->screen, &rows, &cols);
    if ((a->canvas->rows != rows || a->canvas->cols != cols) &&
        !canvas_resize(a->canvas, rows, cols))
        return;
    console_draw(c, a->canvas, &row, &col);
    screen_paint(a->screen, a->canvas, row, col);
}

/* Slow down when nothing has changed and no key came for a second: a paused
 * run, or a page that somebody reads, needs no full frame rate. The clock in
 * the snapshot is useless here: it stops with the run. */
static int frame_ms(struct app *a)
{
    const struct snapshot *s = &a->console.snap;
    uint64_t moved = s->processed + s->in_flight * 31 +
                     s->failures_seq * 1009 + s->state * 65537 +
                     s->event_newest * 131071 + s->document.seq * 524287;

    if (moved != a->moved_seen)
        a->moved_ms = clock_ms();
    a->moved_seen = moved;
    return clock_ms() - a->moved_ms < SLOW_MS ? 1000 / a->opt.fps : SLOW_MS;
}

/* --- keys and signals ----------------------------------------------------- */

static void app_suspend(struct app *a)
{
    if (a->mouse)
        input_mouse(false);
    a->suspended = true;
    screen_suspend(a->screen, "batchtop: the run goes on without its screen, "
                              "fg comes back to it\n");
    if (a->mouse)
        input_mouse(true);
}

/* If another process stopped us, we had no time to give the terminal back. Take
 * it again nevertheless, since somebody else may have used it. */
static void app_resume(struct app *a)
{
    if (!a->suspended)
        screen_retake(a->screen);
    a->suspended = false;
}

/* Without a shell (ssh -t HOST batchtop ...) nobody could continue us. */
static void suspend_by_key(struct app *a)
{
    if (getsid(0) == getpid())
        console_say(&a->console, TOAST_ERROR,
                    "there is no shell to go back to; d detaches");
    else
        app_suspend(a);
}

static void app_carry_out(struct app *a, enum console_request request)
{
    switch (request) {
    case CONSOLE_REDRAW:
        screen_redraw(a->screen);
        break;
    case CONSOLE_SUSPEND:
        suspend_by_key(a);
        break;
    case CONSOLE_COPY:
        screen_copy(a->screen, a->console.copied);
        break;
    case CONSOLE_ABANDON:
        a->abandon = true;
        break;
    case CONSOLE_NOTHING:
        break;
    }
    if (a->mouse != a->console.mouse) {
        a->mouse = a->console.mouse;
        input_mouse(a->mouse);
    }
}

/* A key refers to the present screen, and only drawing tells where panes and
 * rows are. */
static void app_follow_size(struct app *a)
{
    int rows, cols;

    screen_resize(a->screen);
    screen_size(a->screen, &rows, &cols);
    if (a->canvas->rows != rows || a->canvas->cols != cols)
        app_frame(a);
}

/* Returns the number of keys: a dead terminal is readable and has none. */
static int handle_keys(struct app *a)
{
    struct mouse mouse;
    int key, n = 0;

    for (; (key = input_key(&mouse)) != KEYCODE_NONE; n++) {
        if (key == KEYCODE_RESIZE)
            app_follow_size(a);
        else if (key == KEYCODE_MOUSE)
            console_mouse(&a->console, &mouse);
        else
            app_carry_out(a, console_key(&a->console, key));
    }
    if (n > 0)
        a->moved_ms = clock_ms();
    return n;
}

/* A dragged window reports many sizes: follow the first at once, then make one
 * layout each 50 ms; the last one counts. */
static void app_resize(struct app *a)
{
    int64_t wait = a->resized_ms + RESIZE_MS - clock_ms();
    struct timespec pause = { 0, (long)wait * 1000000L };

    if (wait > 0)
        nanosleep(&pause, NULL);
    atomic_fetch_and(&a->signals, ~(unsigned)FLAG_RESIZE);
    screen_resize(a->screen);
    a->resized_ms = clock_ms();
}

static bool handle_signals(struct app *a)
{
    unsigned flags = atomic_exchange(&a->signals, 0);
    uint64_t count;

    if (read(a->wake_fd, &count, sizeof count) < 0)
        count = 0;
    if (flags & FLAG_RESIZE)
        app_resize(a);
    if (flags & FLAG_STOP)
        app_suspend(a);
    if (flags & FLAG_CONTINUE)
        app_resume(a);
    return !(flags & FLAG_HANGUP);
}

/* --- life ----------------------------------------------------------------- */

struct app *app_new(const struct door *door, const struct app_options *opt,
                    struct error *err)
{
    struct app *a = calloc(1, sizeof *a);

    if (!a) {
        error_memory(err, "for the console");
        return NULL;
    }
    a->opt = *opt;
    a->opt.fps = opt->fps ? opt->fps : 4;
    a->moved_ms = clock_ms(); /* it is about to begin */
    console_init(&a->console, door, opt->read_only);
    a->console.guest = opt->guest;
    a->console.stay = opt->stay;
    a->console.dialog.guest = opt->guest;
    a->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    a->screen = screen_open(opt, err);
    if (a->screen)
        a->canvas = canvas_new(1, 1, screen_ascii(a->screen));
    if (!a->canvas) {
        app_free(a);
        return NULL;
    }
    app_frame(a);
    return a;
}

void app_free(struct app *a)
{
    if (!a)
        return;
    if (a->mouse)
        input_mouse(false);
    screen_close(a->screen);
    canvas_free(a->canvas);
    if (a->wake_fd >= 0)
        close(a->wake_fd);
    free(a);
}

enum app_end app_main(struct app *a)
{
    int empty = 0;

    for (;;) {
        app_frame(a);
        if (a->abandon)
            return APP_ABANDON;
        if (a->console.detached)
            return APP_DETACH;
        if (a->console.left)
            return APP_QUIT;
        if (console_ended(&a->console))
            return APP_ENDED;
        if (a->gone)
            return APP_GONE;
        switch (screen_wait(a->screen, a->wake_fd, frame_ms(a))) {
        case SCREEN_KEY:
            if (atomic_load(&a->signals) & FLAG_RESIZE) {
                if (!handle_signals(a))
                    return APP_HANGUP;
                app_follow_size(a);
            }
            empty = handle_keys(a) ? 0 : empty + 1;
            break;
        case SCREEN_WOKEN:
            if (!handle_signals(a))
                return APP_HANGUP;
            break;
        case SCREEN_GONE:
            return APP_HANGUP;
        case SCREEN_NOTHING:
            empty = 0;
            break;
        }
        if (empty > GONE_READS)
            return APP_HANGUP;
    }
}
