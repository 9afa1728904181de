/*
 * A child process that answers each line on its standard input with one line
 * on its standard output, for as long as it is wanted.
 *
 * Command     Words separated by blanks; no shell sees them. '...' is literal,
 *             "..." knows \" and \\, elsewhere \ takes the next character as it
 *             is. No variables, no patterns, no ~. The program is found by
 *             PATH.
 * Life        The first question starts it, and so does the next one after it
 *             has died or written without being asked. It has a process group
 *             of its own, so that Ctrl-C at the terminal reaches only us. When
 *             we die, its input ends.
 * Its output  Only answers go to standard output. `say` gets the lines of
 *             standard error, escaped, of a long one the end (one a second at
 *             most), and the newest is in the message when the child fails.
 * Secrets     Variables whose name ends in KEY, TOKEN, SECRET, PASSWORD, PASSWD
 *             or CREDENTIALS do not reach the child, nor does `hide_env`;
 *             `keep_env` always does. Of our descriptors it gets only the
 *             three.
 * Threads     One at a time.
 */
#ifndef BATCHTOP_SYS_CHILD_H
#define BATCHTOP_SYS_CHILD_H

#include "util/buf.h"
#include "util/error.h"

struct child;

/* The caller owns the texts and keeps them until child_free(). */
struct child_config {
    const char *command;
    const char *keep_env, *hide_env; /* a variable's name; NULL: none */
    /* The key, which must equal keep_env's; the stage is "embed" or "store" and
     * names the options in a CONFIG message. */
    const char *key, *stage;
    int stop_fd;                     /* readable = stop; -1: none */
    int64_t timeout_ms;  /* for one answer, 0: 120 s; a child's first may take
                          * five times that, to load a model */
    size_t limit_bytes;  /* of one answer */
    void (*say)(void *ctx, const char *line); /* NULL: nobody listens */
    void *say_ctx;
};

/* Look for the program; do not start the child yet.
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

/* Close its input; after two seconds, or a stop, send SIGTERM, then SIGKILL to
 * its whole group. NULL is fine. */
void child_free(struct child *c);

#endif
