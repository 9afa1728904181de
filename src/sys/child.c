/*
 * This file talks to one child through three pipes, from one thread. A question
 * is a loop around poll(): it sends the rest of the line and reads the answer
 * and standard error in any order, so that neither side waits for the other
 * with a full pipe.
 *
 * Only after a whole answer are both in step. In any other case this file ends
 * the child, and the next question starts another.
 */
#include "config.h"
#include "sys/child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/child_parts.h"
#include "sys/clock.h"
#include "util/str.h"

enum {
    BLOCK = 64 * 1024, /* one read; a pipe holds as much */
    LINE_BYTES = 400,  /* of a line of standard error that are shown */
    LINE_MOST = LINE_BYTES - 1,
    LINE_DROPPED = 100, /* from its beginning, where it is longer */
    SAY_MS = 1000,     /* between two of its lines */
    TIMEOUT_MS = 120000,
    FIRST_TIMES = 5,   /* the time-out of a first answer */
    CLOSE_MS = 2000,   /* from the end of its input to SIGTERM */
    TERM_MS = 50,      /* from there to SIGKILL */
    LAST_WORDS_MS = 40, /* from the end of its output to SIGTERM */
    LAST_READS = 32    /* reads after its death: a full pipe */
};

struct child {
    struct child_config cfg;
    char **argv;
    pid_t pid;               /* 0: not running */
    struct child_ends ends;  /* each -1 when closed */
    bool answered;           /* this child, at least once */
    char line[LINE_BYTES];   /* of standard error, not yet ended */
    size_t line_len;
    bool line_cut;           /* its beginning is gone */
    char last[LINE_BYTES];   /* the newest whole one, printable */
    int64_t said_ms;         /* when `say` was called last */
};

/* ---- what it says ---- */

static void end_line(struct child *c)
{
    int64_t now = clock_ms();

    if (c->line_cut)
        memcpy(c->line, "...", 3);
    if (c->line_len > 0)
        str_sentence(c->last, sizeof c->last,
                     (struct text){ c->line, c->line_len });
    if (c->line_len > 0 && c->cfg.say && now - c->said_ms >= SAY_MS) {
        c->said_ms = now;
        c->cfg.say(c->cfg.say_ctx, c->last);
    }
    c->line_len = 0;
    c->line_cut = false;
}

/* The end of a long line says more than its beginning: "No such file". */
static void hear_more(struct child *c, char byte)
{
    if (c->line_len == LINE_MOST) {
        c->line_len -= LINE_DROPPED;
        c->line_cut = true;
        memmove(c->line, c->line + LINE_DROPPED, c->line_len);
    }
    c->line[c->line_len++] = byte;
}

/* A progress bar draws over its line with '\r': only the newest counts. */
static void hear_byte(struct child *c, char byte)
{
    if (byte == '\n') {
        end_line(c);
    } else if (byte == '\r') {
        c->line_len = 0;
        c->line_cut = false;
    } else {
        hear_more(c, byte);
    }
}

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Read standard error once; closes it at its end. */
static void child_read_log(struct child *c)
{
    char block[4096];
    ssize_t n = read(c->ends.log, block, sizeof block);

    for (ssize_t i = 0; i < n; i++)
        hear_byte(c, block[i]);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        end_line(c);
        close_end(&c->ends.log);
    }
}

/* ---- its end ---- */

static bool stop_asked(const struct child *c)
{
    struct pollfd stop = { .fd = c->cfg.stop_fd, .events = POLLIN };

    return c->cfg.stop_fd >= 0 && poll(&stop, 1, 0) > 0;
}

/* Has the child ended? Its process id stays ours until waitpid(). */
static bool has_ended(const struct child *c)
{
    siginfo_t info = { .si_pid = 0 };

    return waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) !=
               0 ||
           info.si_pid != 0;
}

/* Read its standard error until it ends, for at most so long. */
static bool wait_end(struct child *c, int64_t ms, bool heed_stop)
{
    int64_t until = clock_ms() + ms;

    while (!has_ended(c)) {
        struct pollfd log = { .fd = c->ends.log, .events = POLLIN };

        if (clock_ms() >= until || (heed_stop && stop_asked(c)))
            return false;
        if (poll(&log, 1, 2) > 0)
            child_read_log(c);
    }
    return true;
}

/* End it and its own children for good; returns the status of wait(). */
static int child_end(struct child *c, int64_t patience_ms)
{
    int status = 0;

    close_end(&c->ends.in);
    if (!wait_end(c, patience_ms, true)) {
        kill(-c->pid, SIGTERM);
        wait_end(c, TERM_MS, false);
    }
    kill(-c->pid, SIGKILL);
    while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
        ;
    for (int i = 0; i < LAST_READS && c->ends.log >= 0; i++)
        child_read_log(c);
    close_end(&c->ends.out);
    close_end(&c->ends.log);
    c->pid = 0;
    return status;
}

static bool with_last_words(const struct child *c, struct error *err)
{
    char text[sizeof err->text + sizeof c->last + 20];

    if (!c->last[0])
        return false;
    snprintf(text, sizeof text, "%s; it last said: %s", err->text, c->last);
    str_sentence(err->text, sizeof err->text, text_of(text));
    return false;
}

/* Its output has ended: it is dying, or we end it. Say why. */
static bool child_explain_death(struct child *c, struct error *err)
{
    bool by_itself = wait_end(c, LAST_WORDS_MS, true);
    int status = child_end(c, 0);

    if (!by_itself)
        error_set(err, ERROR_SERVER, 0,
                  "the command closed its standard output");
    else if (WIFSIGNALED(status))
        error_set(err, ERROR_SERVER, 0, "the command was ended by signal %d",
                  WTERMSIG(status));
    else
        error_set(err, ERROR_SERVER, 0, "the command ended with status %d",
                  WEXITSTATUS(status));
    return with_last_words(c, err);
}

/* We end the child, for the reason in `err`. */
static bool child_dismiss(struct child *c, struct error *err)
{
    child_end(c, 0);
    return with_last_words(c, err);
}

/* ---- a question ---- */

/* Writing to a pipe without a reader gives an error value, not a signal. */
static ssize_t write_quietly(int fd, const char *data, size_t n)
{
    const struct timespec now = { 0, 0 };
    sigset_t pipe_set, before, pending;
    bool was_pending;
    ssize_t put;
    int code;

    sigemptyset(&pipe_set);
    sigaddset(&pipe_set, SIGPIPE);
    sigpending(&pending);
    was_pending = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_set, &before);
    put = write(fd, data, n);
    code = errno;
    if (put < 0 && code == EPIPE && !was_pending)
        sigtimedwait(&pipe_set, NULL, &now);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = code;
    return put;
}

static void child_send_some(struct child *c, struct text *rest)
{
    ssize_t put = write_quietly(c->ends.in, rest->ptr, rest->len);

    if (put > 0) {
        rest->ptr += put;
        rest->len -= (size_t)put;
    } else if (put < 0 && errno != EAGAIN && errno != EINTR) {
        close_end(&c->ends.in); /* the end of its output will tell why */
    }
}

enum received { MORE, WHOLE, ENDED, FAILED };

static enum received child_receive(struct child *c, struct buf *answer,
                                   struct error *err)
{
    char *at = buf_reserve(answer, BLOCK), *line_end;
    ssize_t n;

    if (!at) {
        error_memory(err, "for an answer");
        return FAILED;
    }
    n = read(c->ends.out, at, BLOCK);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return MORE;
    if (n <= 0)
        return ENDED;
    answer->len += (size_t)n;
    line_end = memchr(at, '\n', (size_t)n);
    if ((line_end ? (size_t)(line_end - answer->data) : answer->len) >
        c->cfg.limit_bytes) {
        error_set(err, ERROR_PROTOCOL, 0,
                  "the command's answer is longer than %zu bytes",
                  c->cfg.limit_bytes);
        return FAILED;
    }
    if (!line_end)
        return MORE;
    if (line_end + 1 != at + n) {
        error_set(err, ERROR_PROTOCOL, 0,
                  "the command wrote more than one line to a question; only "
                  "answers may go to its standard output");
        return FAILED;
    }
    answer->len = (size_t)(line_end - answer->data);
    return WHOLE;
}

/* Start the child unless it runs and waits for a question. */
static bool child_make_ready(struct child *c, struct error *err)
{
    struct pollfd out = { .fd = c->ends.out, .events = POLLIN };
    char byte;

    if (c->pid && poll(&out, 1, 0) > 0) {
        ssize_t n = read(c->ends.out, &byte, 1);

        if (n > 0) {
            error_set(err, ERROR_PROTOCOL, 0,
                      "the command wrote without being asked; only answers "
                      "may go to its standard output");
            return child_dismiss(c, err);
        }
        if (n == 0)
            child_end(c, LAST_WORDS_MS); /* between two questions: no error */
    }
    if (c->pid)
        return true;
    c->answered = false;
    c->line_len = 0;
    c->line_cut = false;
    c->last[0] = '\0';
    return child_start(c->argv, c->cfg.keep_env, c->cfg.hide_env, &c->pid,
                       &c->ends, err);
}

/* Wait for one of the pipes and serve it. */
static enum received child_converse(struct child *c, struct text *rest,
                                    struct buf *answer, int64_t until_ms,
                                    struct error *err)
{
    struct pollfd p[4] = {
        { .fd = c->cfg.stop_fd, .events = POLLIN },
        { .fd = rest->len ? c->ends.in : -1, .events = POLLOUT },
        { .fd = c->ends.out, .events = POLLIN },
        { .fd = c->ends.log, .events = POLLIN },
    };
    int64_t left = until_ms - clock_ms();

    if (left > 0 && poll(p, 4, (int)(left < 60000 ? left : 60000)) < 0 &&
        errno != EINTR) {
        error_errno(err, errno, "waiting for the command");
        return FAILED;
    }
    if (p[0].revents) {
        error_set(err, ERROR_STOPPED, 0, "stopped");
        return FAILED;
    }
    if (left <= 0) {
        error_set(err, ERROR_TIMEOUT, 0, "the command gave no answer in time");
        return FAILED;
    }
    if (p[1].revents)
        child_send_some(c, rest);
    if (p[3].revents)
        child_read_log(c);
    return p[2].revents ? child_receive(c, answer, err) : MORE;
}

bool child_ask(struct child *c, struct text line, struct buf *answer,
               struct error *err)
{
    enum received got = MORE;
    int64_t until;

    buf_clear(answer);
    if (!child_make_ready(c, err))
        return false;
    until = clock_ms() + c->cfg.timeout_ms * (c->answered ? 1 : FIRST_TIMES);
    while (got == MORE)
        got = child_converse(c, &line, answer, until, err);
    if (got == ENDED)
        return child_explain_death(c, err);
    if (got == WHOLE && line.len > 0) {
        error_set(err, ERROR_PROTOCOL, 0,
                  "the command answered before it had read the question");
        got = FAILED;
    }
    if (got == FAILED)
        return child_dismiss(c, err);
    c->answered = true;
    return true;
}

/* ---- new and free ---- */

static bool key_has_a_name(const struct child_config *cfg, struct error *err)
{
    return !cfg->key || cfg->keep_env ||
           error_set(err, ERROR_CONFIG, 0,
                     "exec takes no --%s-key-file: --%s-key-env names a "
                     "variable that the command may see",
                     cfg->stage, cfg->stage);
}

struct child *child_new(const struct child_config *cfg, struct error *err)
{
    struct child *c = calloc(1, sizeof *c);

    if (!c) {
        error_memory(err, "for a child");
        return NULL;
    }
    c->cfg = *cfg;
    c->cfg.key = NULL; /* the child's environment has it already */
    if (c->cfg.timeout_ms == 0)
        c->cfg.timeout_ms = TIMEOUT_MS;
    c->ends = (struct child_ends){ -1, -1, -1 };
    c->said_ms = clock_ms() - SAY_MS;
    if (key_has_a_name(cfg, err))
        c->argv = child_words(cfg->command, err);
    if (!c->argv || !child_program_check(c->argv[0], err)) {
        child_free(c);
        return NULL;
    }
    return c;
}

void child_free(struct child *c)
{
    if (!c)
        return;
    if (c->pid)
        child_end(c, CLOSE_MS);
    free(c->argv);
    free(c);
}
