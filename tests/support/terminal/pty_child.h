/* A child process on a terminal of its own. */
#ifndef BATCHTOP_TESTS_SUPPORT_TERMINAL_PTY_CHILD_H
#define BATCHTOP_TESTS_SUPPORT_TERMINAL_PTY_CHILD_H

#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

struct pty_child {
    pid_t pid;  /* 0: this is the child, the terminal its 0, 1 and 2 */
    int master; /* reading ends when the child does */
    struct termios before;
};

/* False when there is no terminal. */
bool pty_fork(struct pty_child *p, int rows, int cols);
void pty_resize(const struct pty_child *p, int rows, int cols);
/* The terminal's modes are what they were before. */
bool pty_same_modes(const struct pty_child *p);

#endif
