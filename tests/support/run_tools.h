/*
 * What the tests of whole runs share: a corpus in a folder of its own, a run
 * in this process, and a look at it that checks the sums each time.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_RUN_TOOLS_H
#define BATCHTOP_TESTS_SUPPORT_RUN_TOOLS_H

#include "tests/support/tap.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/run.h"
#include "options/options.h"
#include "sys/clock.h"

enum { PATIENCE_MS = 120000, LOOK_MS = 5, ARGS_MAX = 40 };

static char home[64];
static struct snapshot seen; /* the newest look */

static inline int make_home(void **state)
{
    (void)state;
    strcpy(home, "/tmp/batchtop-run-XXXXXX");
    return mkdtemp(home) ? 0 : -1;
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

/* A name in the folder; lives until the fourth call from here. */
static inline const char *in_home(const char *name)
{
    static char path[4][128];
    static unsigned turn;

    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", home, name);
    return path[turn];
}

/* Documents d0 to dN-1; each `bad`th line (0: none) has no text. */
static inline void write_corpus(size_t n, size_t bad)
{
    FILE *f = fopen(in_home("c.jsonl"), "w");

    assert_non_null(f);
    for (size_t i = 0; i < n; i++)
        if (bad && i % bad == bad - 1)
            fprintf(f, "{\"id\":\"d%zu\"}\n", i);
        else
            fprintf(f, "{\"id\":\"d%zu\",\"text\":\"text number %zu\"}\n", i,
                    i);
    assert_int_equal(fclose(f), 0);
}

/* A job of the folder's corpus, with these words behind; ends with NULL. */
static inline void read_options(struct options *opt, const char *const *more)
{
    char corpus[128], checkpoints[128];
    char *argv[ARGS_MAX] = { (char *)"batchtop", corpus,
                             (char *)"--checkpoint-dir", checkpoints };
    static const char *const commands[] = { NULL };
    const char *command;
    struct error err = { 0 };
    int n = 4;

    snprintf(corpus, sizeof corpus, "%s/c.jsonl", home);
    snprintf(checkpoints, sizeof checkpoints, "%s/checkpoints", home);
    while (*more && n < ARGS_MAX)
        argv[n++] = (char *)*more++;
    assert_true(options_init(opt, &err));
    if (!options_parse(opt, n, argv, commands, &command, &err))
        fail_msg("%s", err.text);
}

static inline struct run *open_run(const struct options *opt,
                                   enum run_opened expected)
{
    char said[512];
    struct error err = { 0 };
    struct run *r = NULL;
    enum run_opened opened = run_open(opt, &r, said, sizeof said, &err);

    if (opened != expected)
        fail_msg("opened as %d: %s", (int)opened, err.text);
    return r;
}

static inline struct run *begin(const struct options *opt,
                                enum run_opened expected)
{
    struct error err = { 0 };
    struct run *r = open_run(opt, expected);

    if (r && !run_begin(r, &err))
        fail_msg("%s", err.text);
    return r;
}

/* I1: what was read is under way or final, at every moment. */
static inline const struct snapshot *look(struct run *r)
{
    run_snapshot(r, &seen);
    assert_int_equal(seen.processed, seen.stored + seen.failed +
                                         seen.rejected + seen.skipped +
                                         seen.superseded);
    assert_int_equal(seen.resumed_at + seen.produced,
                     seen.processed + seen.in_flight);
    assert_true(seen.done_pct >= 0 && seen.done_pct <= 100);
    assert_true(seen.embed_queue.count <= seen.embed_queue.capacity);
    assert_true(seen.upsert_queue.count <= seen.upsert_queue.capacity);
    return &seen;
}

/* Look until it is so. */
#define wait_until(r, condition)                                              \
    do {                                                                      \
        int64_t until_ms_ = clock_ms() + PATIENCE_MS;                         \
        while (look(r), !(condition)) {                                       \
            if (clock_ms() > until_ms_)                                       \
                fail_msg("it never came to: %s", #condition);                 \
            usleep(LOOK_MS * 1000);                                           \
        }                                                                     \
    } while (0)

static inline bool command(struct run *r, const struct command *c,
                           struct error *err)
{
    char said[256];

    return run_command(r, c, said, sizeof said, err);
}

static inline void order(struct run *r, struct command c)
{
    struct error err = { 0 };

    if (!command(r, &c, &err))
        fail_msg("%s", err.text);
}

static inline void set(struct run *r, enum knob knob, int64_t value)
{
    order(r, (struct command){ .kind = COMMAND_SET, .knob = knob,
                               .value = value });
}

/* It is refused, and the sentence has these words. */
static inline void is_refused(struct run *r, struct command c,
                              const char *words)
{
    struct error err = { 0 };

    assert_false(command(r, &c, &err));
    if (!strstr(err.text, words))
        fail_msg("\"%s\" says nothing of \"%s\"", err.text, words);
}

static inline struct summary finish(struct run *r, enum exit_status expected)
{
    struct summary s;

    run_finish(r, &s);
    if (s.status != expected)
        fail_msg("exit %d: %s", (int)s.status, s.why.text);
    return s;
}

#endif
