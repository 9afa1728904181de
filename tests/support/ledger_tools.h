/*
 * What the tests of the ledger share: a checkpoint directory of their own, and
 * words for what a run does.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_LEDGER_TOOLS_H
#define BATCHTOP_TESTS_SUPPORT_LEDGER_TOOLS_H

#include "tests/support/tap.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ledger/ledger.h"

enum { BATCH = 100 };

static char home[64], dir[80]; /* a directory of this test, and checkpoints */

static inline int make_home(void **state)
{
    (void)state;
    strcpy(home, "/tmp/ledger-test-XXXXXX");
    if (!mkdtemp(home))
        return -1;
    snprintf(dir, sizeof dir, "%s/checkpoints", home);
    return 0;
}

static inline int remove_one(const char *path, const struct stat *st, int type,
                             struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline int remove_home(void **state)
{
    (void)state;
    return nftw(home, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline const char *in_dir(const char *name)
{
    static char path[2][200];
    static int turn;

    turn = !turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s", dir, name);
    return path[turn];
}

static inline struct ledger *open_job(const char *job,
                                      enum ledger_state expected)
{
    enum ledger_state state;
    struct error err = { 0 };
    struct ledger *l = ledger_open(dir, job, &state, &err);

    if (!l)
        fail_msg("%s", err.text);
    assert_int_equal(state, expected);
    return l;
}

static inline void refused(const char *job, enum error_kind kind)
{
    enum ledger_state state;
    struct error err;

    assert_null(ledger_open(dir, job, &state, &err));
    assert_int_equal(err.kind, kind);
}

static inline void add_source(struct ledger *l, size_t i)
{
    struct ledger_source s = { .path = (char *)"corpus.jsonl",
                               .print = { .size = 5000, .seekable = true } };
    struct error err;

    assert_true(ledger_source_set(l, i, &s, &err));
}

static inline struct ledger *new_job(const char *job)
{
    struct ledger *l = open_job(job, LEDGER_NEW);

    add_source(l, 0);
    return l;
}

static inline void name_id(char *to, uint64_t i)
{
    sprintf(to, "doc-%06llu", (unsigned long long)i);
}

/* Documents first..first + n - 1 are done, under those positions. */
static inline bool done_range(struct ledger *l, uint16_t source, uint64_t first,
                              size_t n, struct error *err)
{
    static char texts[BATCH][24];
    static struct ledger_ack acks[BATCH];

    assert_true(n <= BATCH);
    for (size_t i = 0; i < n; i++) {
        name_id(texts[i], first + i);
        acks[i] = (struct ledger_ack){ first + i, text_of(texts[i]) };
    }
    return ledger_done(l, source, acks, n, err);
}

static inline void done(struct ledger *l, uint64_t first, size_t n)
{
    struct error err;

    if (!done_range(l, 0, first, n, &err))
        fail_msg("%s", err.text);
}

static inline void frontier(struct ledger *l, uint64_t pos)
{
    struct error err;

    assert_true(ledger_frontier(l, 0, pos, pos * 10, pos + 1, &err));
}

static inline void commit(struct ledger *l)
{
    struct error err;

    if (!ledger_commit(l, &err))
        fail_msg("%s", err.text);
}

static inline void failure(struct ledger *l, uint64_t pos, const char *id,
                           enum ledger_fault fault, enum error_kind kind,
                           int code)
{
    struct ledger_failure f = {
        .pos = pos,
        .offset = pos * 10,
        .length = 9,
        .line = pos + 1,
        .fault = fault,
        .stage = fault == LEDGER_REJECTED ? "read" : "embed",
        .kind = kind,
        .code = code,
        .tries = 3,
        .wall_s = 1000,
        .id = text_of(id),
        .message = "it \x1b[2J did not work",
    };
    struct error err;

    assert_true(ledger_fail(l, &f, &err));
}

static inline bool skips(struct ledger *l, uint64_t pos, const char *id)
{
    return ledger_skips(l, 0, pos, text_of(id));
}

static inline struct ledger_view *look(const char *name)
{
    struct error err;
    struct ledger_view *v = ledger_view_open(in_dir(name), &err);

    if (!v)
        fail_msg("%s", err.text);
    return v;
}

static inline bool count_id(void *arg, struct text id)
{
    (void)id;
    ++*(size_t *)arg;
    return true;
}

static inline size_t count_ids(const char *name, uint64_t sample)
{
    struct ledger_view *v = look(name);
    struct error err;
    size_t n = 0;

    assert_true(ledger_view_ids(v, sample, count_id, &n, &err));
    ledger_view_close(v);
    return n;
}

/* Run `body` in a child that dies by SIGKILL at its end. */
static inline void in_a_killed_child(void (*body)(void))
{
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        body();
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
}

static inline unsigned mode_of(const char *path)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 0777;
}

static inline void slurp(const char *path, char *to, size_t size)
{
    FILE *f = fopen(path, "r");
    size_t n;

    assert_non_null(f);
    n = fread(to, 1, size - 1, f);
    to[n] = '\0';
    fclose(f);
}

static inline void write_file(const char *path, const char *bytes, size_t n)
{
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), (ssize_t)n);
    close(fd);
}

#define in_home(name)                                                          \
    cmocka_unit_test_setup_teardown(name, make_home, remove_home)

#endif
