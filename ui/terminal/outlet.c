/*
 * This file gathers frames. Curses writes to a descriptor of its own,
 * `stream_fd`. During a frame that is a file in memory instead of the terminal;
 * its content goes out through `tty_fd`, which has its own open file, so that
 * O_NONBLOCK affects nobody else.
 */
#include "config.h"
#include "ui/terminal/outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util/buf.h"

enum { BREATH_MS = 20 }; /* for a terminal that reads, only slower */

struct outlet {
    FILE *stream;
    int stream_fd;
    int tty_fd;  /* non-blocking, if we can open the terminal again */
    int page_fd; /* in memory; -1: none, frames go out as they come */
    struct buf waiting;
    size_t sent; /* of it */
};

struct outlet *outlet_open(void)
{
    struct outlet *o = calloc(1, sizeof *o);

    if (!o)
        return NULL;
    buf_init(&o->waiting);
    o->page_fd = memfd_create("frame", MFD_CLOEXEC);
    o->tty_fd = open("/proc/self/fd/1",
                     O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (o->tty_fd < 0) /* it may be another user's: after su */
        o->tty_fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    o->stream_fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    if (o->stream_fd >= 0)
        o->stream = fdopen(o->stream_fd, "w");
    if (o->stream && o->tty_fd >= 0)
        return o;
    outlet_close(o);
    return NULL;
}

static void close_fd(int fd)
{
    if (fd >= 0)
        close(fd);
}

void outlet_close(struct outlet *o)
{
    if (!o)
        return;
    if (o->stream)
        fclose(o->stream);
    else
        close_fd(o->stream_fd);
    close_fd(o->tty_fd);
    close_fd(o->page_fd);
    buf_release(&o->waiting);
    free(o);
}

FILE *outlet_stream(struct outlet *o)
{
    return o->stream;
}

/* --- out ------------------------------------------------------------------ */

bool outlet_waits(const struct outlet *o)
{
    return o->sent < o->waiting.len;
}

int outlet_fd(const struct outlet *o)
{
    return o->tty_fd;
}

void outlet_drop(struct outlet *o)
{
    buf_clear(&o->waiting);
    o->sent = 0;
}

static bool outlet_is_writable(const struct outlet *o, int timeout_ms)
{
    struct pollfd fd = { .fd = o->tty_fd, .events = POLLOUT };

    return poll(&fd, 1, timeout_ms) == 1 && (fd.revents & POLLOUT);
}

static void outlet_write_waiting(struct outlet *o)
{
    while (outlet_waits(o)) {
        ssize_t n = write(o->tty_fd, o->waiting.data + o->sent,
                          o->waiting.len - o->sent);

        if (n >= 0)
            o->sent += (size_t)n;
        else if (errno == EAGAIN && !outlet_is_writable(o, BREATH_MS))
            return;
        else if (errno != EAGAIN && errno != EINTR)
            break; /* others notice a terminal that is gone */
    }
    outlet_drop(o);
}

bool outlet_ready(struct outlet *o)
{
    if (!outlet_is_writable(o, 0))
        return false;
    outlet_write_waiting(o);
    return !outlet_waits(o);
}

void outlet_put(struct outlet *o, const char *data, size_t len)
{
    buf_put(&o->waiting, data, len);
    if (outlet_is_writable(o, 0))
        outlet_write_waiting(o);
}

/* --- a frame -------------------------------------------------------------- */

void outlet_gather(struct outlet *o)
{
    if (o->page_fd >= 0)
        dup3(o->page_fd, o->stream_fd, O_CLOEXEC);
}

bool outlet_send(struct outlet *o)
{
    off_t len;
    char *to;

    if (o->page_fd < 0)
        return true;
    dup3(STDOUT_FILENO, o->stream_fd, O_CLOEXEC);
    len = lseek(o->page_fd, 0, SEEK_CUR);
    lseek(o->page_fd, 0, SEEK_SET);
    if (len <= 0)
        return true;
    to = buf_reserve(&o->waiting, (size_t)len);
    if (!to || pread(o->page_fd, to, (size_t)len, 0) != len)
        return false;
    o->waiting.len += (size_t)len;
    outlet_write_waiting(o);
    return true;
}
