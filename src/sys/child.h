/*
 * A child process that answers each line on its standard input with one line
 * on its standard output, for as long as it is wanted.
 *
 * Command     Words parted by blanks; no shell sees them. '...' is literal,
 *             "..." knows \" and \\, elsewhere \ takes the next character as
 *             it is. No variables, no patterns, no ~. The first word is looked
 *             for in PATH.
 * Life        Started by the first question, started again by the next one
 *             when it has died or spoken out of turn. It has a process group
 *             of its own, so that Ctrl-C at the terminal is ours to answer;
 *             when we die, however, its input ends.
 * Its output  Only answers go to standard output. Lines on standard error are
 *             escaped, cut, handed to `say` (one a second at most), and the
 *             newest stands in the message when the child fails.
 * Secrets     Variables whose name ends in KEY, TOKEN, SECRET, PASSWORD, PASSWD
 *             or CREDENTIALS are not passed on, nor is `hide_env`, but for
 *             `keep_env`. Descriptors other than the three are not passed on.
 * Threads     One at a time.
 */
#ifndef BATCHTOP_SYS_CHILD_H
#define BATCHTOP_SYS_CHILD_H

#include "util/buf.h"
#include "util/error.h"

struct child;

/* The texts stay the caller's, until child_free(). */
struct child_config {
    const char *command;
    const char *keep_env, *hide_env; /* a variable's name; NULL: none */
    /* A key, which must be that of keep_env; CONFIG with the options' names,
     * of "embed" or "store", otherwise. */
    const char *key, *stage;
    int stop_fd;                     /* readable = stop; -1: none */
    int64_t timeout_ms;  /* for one answer, 0: 120 s; the first of a child
                          * gets five times that, it may load a model */
    size_t limit_bytes;  /* of one answer */
    void (*say)(void *ctx, const char *line); /* NULL: nobody listens */
    void *say_ctx;
};

/* The child is not started yet, but its program is looked for.
 *
 * fails    CONFIG (no words, an open quote, no such program, a key that no
 *          variable has), MEMORY. */
struct child *child_new(const struct child_config *cfg, struct error *err);

/*
 * Send a line, which must end in its only '\n', and wait for the answer: one
 * line, then in `answer` without its end.
 *
 * fails    CONFIG (does not start), SERVER (it died), TIMEOUT, PROTOCOL (too
 *          long, more than one line, not asked for), MEMORY, STOPPED. The
 *          child is then gone; the same question may be asked again.
 * blocks   up to the time-out; a stop ends it, and the child, within 100 ms.
 */
bool child_ask(struct child *c, struct text line, struct buf *answer,
               struct error *err);

/* End of input for the child; after two seconds, or a stop, SIGTERM, then
 * SIGKILL for all of its group. NULL is fine. */
void child_free(struct child *c);

#endif
