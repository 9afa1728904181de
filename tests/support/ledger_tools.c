/* What a run does to its ledger, in one word each, for its tests. */
#include "config.h"
#include "tests/support/ledger_tools.h"
#include "tests/support/await.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

const char *in_dir(const char *name)
{
    static char path[2][200];
    static int turn;

    turn = !turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s", checkpoints, name);
    return path[turn];
}

struct ledger *open_job(const char *job, enum ledger_state expected)
{
    enum ledger_state state;
    struct error err = { 0 };
    struct ledger *l = ledger_open(checkpoints, job, &state, &err);

    if (!l)
        fail_msg("%s", err.text);
    assert_int_equal(state, expected);
    return l;
}

void refused(const char *job, enum error_kind kind)
{
    enum ledger_state state;
    struct error err;

    assert_null(ledger_open(checkpoints, job, &state, &err));
    assert_int_equal(err.kind, kind);
}

void add_source(struct ledger *l, size_t i)
{
    struct ledger_source s = { .path = (char *)"corpus.jsonl",
                               .print = { .size = 5000, .seekable = true } };
    struct error err;

    assert_true(ledger_source_set(l, i, &s, &err));
}

struct ledger *new_job(const char *job)
{
    struct ledger *l = open_job(job, LEDGER_NEW);

    add_source(l, 0);
    return l;
}

void name_id(char *to, uint64_t i)
{
    sprintf(to, "doc-%06llu", (unsigned long long)i);
}

bool done_range(struct ledger *l, uint16_t source, uint64_t first, size_t n,
                struct error *err)
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

void done(struct ledger *l, uint64_t first, size_t n)
{
    struct error err;

    if (!done_range(l, 0, first, n, &err))
        fail_msg("%s", err.text);
}

void frontier(struct ledger *l, uint64_t pos)
{
    struct error err;

    assert_true(ledger_frontier(l, 0, pos, pos * 10, pos + 1, &err));
}

void commit(struct ledger *l)
{
    struct error err;

    if (!ledger_commit(l, &err))
        fail_msg("%s", err.text);
}

void failure(struct ledger *l, uint64_t pos, const char *id,
             bool rejected, enum error_kind kind, int code)
{
    struct failure f = {
        .pos = pos,
        .offset = pos * 10,
        .length = 9,
        .line = pos + 1,
        .cause = { .kind = kind, .code = code, .rejected = rejected },
        .tries = 3,
        .wall_s = 1000,
        .id = text_of(id),
        .message = "it \x1b[2J did not work",
    };
    struct error err;

    strcpy(f.cause.stage, rejected ? "read" : "embed");
    assert_true(ledger_fail(l, &f, &err));
}

bool skips(struct ledger *l, uint64_t pos, const char *id)
{
    return ledger_skips(l, 0, pos, text_of(id));
}

struct ledger_view *open_view(const char *name)
{
    struct error err;
    struct ledger_view *v = ledger_view_open(in_dir(name), &err);

    if (!v)
        fail_msg("%s", err.text);
    return v;
}

bool count_id(void *arg, struct text id)
{
    (void)id;
    ++*(size_t *)arg;
    return true;
}

size_t count_ids(const char *name, uint64_t sample)
{
    struct ledger_view *v = open_view(name);
    struct error err;
    size_t n = 0;

    assert_true(ledger_view_ids(v, sample, count_id, &n, &err));
    ledger_view_close(v);
    return n;
}

void in_a_killed_child(void (*body)(void))
{
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (child == 0) {
        body();
        kill(getpid(), SIGKILL);
    }
    status = await_child(child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
}

unsigned mode_of(const char *path)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 0777;
}
