/*
 * Tests of the way of a frame to the terminal: nothing is sent before its end,
 * and a terminal that stops reading gets everything later.
 */
#include "config.h"
#include "tests/support/terminal/pty_child.h"
#include "ui/terminal/outlet.h"
#include "tests/support/await.h"
#include "tests/support/tap.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PIECE = 1000, MOST = 4000 };

static struct pty_child tty;
static int told; /* the child says something here */

/* Run play() where the terminal is standard output. */
static void on_terminal(void (*play)(struct outlet *o, int say))
{
    int pipes[2];
    struct outlet *o;

    assert_int_equal(pipe(pipes), 0);
    assert_true(pty_fork(&tty, 24, 80));
    if (tty.pid == 0) {
        o = outlet_open();
        if (!o)
            _exit(1);
        play(o, pipes[1]);
        outlet_close(o);
        _exit(0);
    }
    close(pipes[1]);
    told = pipes[0];
}

static void await_word(void)
{
    char word;

    await_input(told);
    assert_int_equal(read(told, &word, 1), 1);
}

static void end(void)
{
    assert_int_equal(await_child(tty.pid), 0);
    close(told);
    close(tty.master);
}

static void say(int fd)
{
    if (write(fd, "!", 1) != 1)
        _exit(1);
}

static void in_pieces(struct outlet *o, int fd)
{
    outlet_gather(o);
    for (int i = 0; i < 3; i++) {
        fputs("piece ", outlet_stream(o));
        fflush(outlet_stream(o));
    }
    say(fd);
    pause(); /* until it is killed: nothing may come */
}

static void nothing_comes_before_a_frame_is_sent(void **state)
{
    struct pollfd fd;

    (void)state;
    on_terminal(in_pieces);
    await_word();
    fd = (struct pollfd){ .fd = tty.master, .events = POLLIN };
    assert_int_equal(poll(&fd, 1, 0), 0);
    kill(tty.pid, SIGKILL);
    await_child(tty.pid);
    close(told);
    close(tty.master);
}

static void number(struct outlet *o, unsigned n)
{
    outlet_gather(o);
    fprintf(outlet_stream(o), "%0*u", PIECE, n);
    fflush(outlet_stream(o));
    if (!outlet_send(o))
        _exit(1);
}

static void more_than_is_read(struct outlet *o, int fd)
{
    struct pollfd out = { .fd = outlet_fd(o), .events = POLLOUT };
    unsigned n = 0;

    while (!outlet_waits(o) && n < MOST)
        number(o, n++);
    number(o, n++); /* behind what waits */
    if (n >= MOST || outlet_ready(o))
        _exit(1);
    say(fd);
    while (!outlet_ready(o))
        poll(&out, 1, -1);
    number(o, 0); /* the end */
    while (!outlet_ready(o))
        poll(&out, 1, -1);
}

static bool read_number(unsigned *n)
{
    char piece[PIECE + 1];
    size_t len = 0;

    while (len < PIECE) {
        ssize_t got = read(tty.master, piece + len, PIECE - len);

        if (got <= 0)
            return false;
        len += (size_t)got;
    }
    piece[PIECE] = '\0';
    *n = (unsigned)strtoul(piece, NULL, 10);
    return true;
}

static void a_terminal_that_stops_reading_gets_all_later(void **state)
{
    unsigned n, next = 0;

    (void)state;
    on_terminal(more_than_is_read);
    await_word(); /* so it did not wait for us */
    while (read_number(&n) && (n != 0 || next == 0))
        assert_int_equal(n, next++);
    assert_int_equal(n, 0);
    assert_true(next > 2);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_comes_before_a_frame_is_sent),
        cmocka_unit_test(a_terminal_that_stops_reading_gets_all_later),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
