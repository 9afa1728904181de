/*
 * Orders go to the child through a pipe; after each it writes a mark to the
 * terminal, behind all that curses wrote, so the reader knows that it has seen
 * everything. No time is waited for.
 */
#include "config.h"
#include "tests/support/terminal/painter.h"

#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/terminal/pty_child.h"
#include "ui/terminal/screen.h"

static const char mark[] = "\033]999;done\007";

enum order_kind { ORDER_PAINT, ORDER_REDRAW, ORDER_RESIZE, ORDER_CLOSE };

struct order {
    enum order_kind kind;
    int rows, cols, row, col; /* of a canvas, whose cells follow; cursor */
};

struct painter {
    struct pty_child tty;
    int orders;
    struct terminal_model *model;
};

/* --- the child ------------------------------------------------------------------ */

static bool read_all(int fd, void *to, size_t len)
{
    char *at = to;

    while (len > 0) {
        ssize_t n = read(fd, at, len);

        if (n <= 0)
            return false;
        at += n;
        len -= (size_t)n;
    }
    return true;
}

static bool write_all(int fd, const void *from, size_t len)
{
    const char *at = from;

    while (len > 0) {
        ssize_t n = write(fd, at, len);

        if (n < 0)
            return false;
        at += n;
        len -= (size_t)n;
    }
    return true;
}

static void obey_paint(struct screen *s, const struct order *o, int orders)
{
    struct canvas *c = canvas_new(o->rows, o->cols, false);
    struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };

    if (!c || !read_all(orders, c->cells,
                        sizeof *c->cells * (size_t)(o->rows * o->cols)))
        _exit(1);
    while (!screen_paint(s, c, o->row, o->col))
        poll(&out, 1, -1);
    canvas_free(c);
}

/* As in the program, where another thread reads it. */
static void block_resize_signal(void)
{
    sigset_t resize;

    sigemptyset(&resize);
    sigaddset(&resize, SIGWINCH);
    sigprocmask(SIG_BLOCK, &resize, NULL);
}

static void child_main(const struct painter_way *way, int orders)
{
    struct screen *s;
    struct error err;
    struct order o;

    block_resize_signal();
    setenv("TERM", way->term, 1);
    unsetenv("NO_COLOR");
    if (way->no_color)
        setenv("NO_COLOR", way->no_color, 1);
    if (!setlocale(LC_ALL, way->locale) ||
        !(s = screen_open(&way->opt, &err)))
        _exit(1);
    while (write_all(STDOUT_FILENO, mark, sizeof mark - 1) &&
           read_all(orders, &o, sizeof o)) {
        if (o.kind == ORDER_PAINT)
            obey_paint(s, &o, orders);
        else if (o.kind == ORDER_REDRAW)
            screen_redraw(s);
        else if (o.kind == ORDER_RESIZE)
            screen_resize(s);
        else {
            screen_close(s);
            s = NULL;
        }
    }
    _exit(0);
}

/* --- this side ------------------------------------------------------------------- */

/* Everything up to the mark, which is kept from the model. */
static bool follow(struct painter *p)
{
    struct buf bytes;
    char block[4096], *end = NULL;
    ssize_t n;

    buf_init(&bytes);
    while (!end && (n = read(p->tty.master, block, sizeof block)) > 0) {
        buf_put(&bytes, block, (size_t)n);
        end = memmem(bytes.data, bytes.len, mark, sizeof mark - 1);
    }
    if (end)
        terminal_model_feed(p->model, bytes.data, (size_t)(end - bytes.data));
    buf_release(&bytes);
    return end != NULL;
}

static bool order(struct painter *p, const struct order *o)
{
    return write_all(p->orders, o, sizeof *o);
}

static struct painter *abandon(struct painter *p)
{
    painter_close(p);
    return NULL;
}

struct painter *painter_start(const struct painter_way *way, int rows,
                              int cols, struct terminal_model *m)
{
    struct painter *p = calloc(1, sizeof *p);
    int pipes[2];

    if (!p || pipe(pipes) < 0 || !pty_fork(&p->tty, rows, cols))
        return NULL;
    if (p->tty.pid == 0) {
        close(pipes[1]);
        child_main(way, pipes[0]);
    }
    signal(SIGPIPE, SIG_IGN); /* an order for a dead child just fails */
    p->model = m;
    p->orders = pipes[1];
    close(pipes[0]);
    return follow(p) ? p : abandon(p);
}

bool painter_show(struct painter *p, const struct canvas *c, int row, int col)
{
    struct order o = { ORDER_PAINT, c->rows, c->cols, row, col };

    return order(p, &o) &&
           write_all(p->orders, c->cells,
                     sizeof *c->cells * (size_t)(c->rows * c->cols)) &&
           follow(p);
}

bool painter_redraw(struct painter *p)
{
    return order(p, &(struct order){ .kind = ORDER_REDRAW }) && follow(p);
}

bool painter_resize(struct painter *p, int rows, int cols)
{
    pty_resize(&p->tty, rows, cols);
    terminal_model_resize(p->model, rows, cols);
    return order(p, &(struct order){ .kind = ORDER_RESIZE }) && follow(p);
}

bool painter_close(struct painter *p)
{
    bool whole = order(p, &(struct order){ .kind = ORDER_CLOSE }) &&
                 follow(p) && pty_same_modes(&p->tty);
    int status;

    close(p->orders);
    waitpid(p->tty.pid, &status, 0);
    close(p->tty.master);
    free(p);
    return whole && status == 0;
}
