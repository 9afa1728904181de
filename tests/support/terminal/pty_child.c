/*
 * The child is forked onto a pseudo-terminal, which becomes its controlling
 * terminal; the parent keeps the master side and the modes that the terminal
 * had at first.
 */
#include "config.h"
#include "tests/support/terminal/pty_child.h"

#include <pty.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static void take_as_terminal(int fd)
{
    setsid();
    ioctl(fd, TIOCSCTTY, 0);
    for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
        dup2(fd, i);
    close(fd);
}

bool pty_fork(struct pty_child *p, int rows, int cols)
{
    struct winsize size = { .ws_row = (unsigned short)rows,
                            .ws_col = (unsigned short)cols };
    int slave;

    if (openpty(&p->master, &slave, NULL, NULL, &size) < 0)
        return false;
    tcgetattr(p->master, &p->before);
    p->pid = fork();
    if (p->pid == 0) {
        close(p->master);
        take_as_terminal(slave);
        return true;
    }
    close(slave);
    return p->pid > 0;
}

void pty_resize(const struct pty_child *p, int rows, int cols)
{
    struct winsize size = { .ws_row = (unsigned short)rows,
                            .ws_col = (unsigned short)cols };

    ioctl(p->master, TIOCSWINSZ, &size);
}

bool pty_same_modes(const struct pty_child *p)
{
    const struct termios *was = &p->before;
    struct termios now = { 0 }; /* musl leaves the rest of c_cc as it was */

    return tcgetattr(p->master, &now) == 0 && now.c_iflag == was->c_iflag &&
           now.c_oflag == was->c_oflag && now.c_cflag == was->c_cflag &&
           now.c_lflag == was->c_lflag &&
           memcmp(now.c_cc, was->c_cc, sizeof now.c_cc) == 0;
}
