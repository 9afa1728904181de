/*
 * For the tests of lines, events and summaries: a run of a thousand documents
 * that stands at half of them, and what is said of it.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_PLAIN_TOOLS_H
#define BATCHTOP_TESTS_SUPPORT_PLAIN_TOOLS_H

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/plain.h"
#include "options/options.h"
#include "tests/support/tap.h"

static struct plain *plain;
static struct snapshot now;
static struct options opt;
static char *said;
static size_t said_size;
static FILE *to;

static inline int setup(void **state)
{
    struct error err;

    (void)state;
    to = tmpfile();
    if (!to || !options_init(&opt, &err))
        return -1;
    memset(&now, 0, sizeof now);
    now.state = RUN_RUNNING;
    now.now_ms = 1000000;
    now.eta_ms = -1;
    now.total = 1000;
    now.processed = 500;
    now.done_pct = 50;
    strcpy(now.job, "corpus");
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    plain_free(plain);
    options_release(&opt);
    free(said);
    said = NULL;
    fclose(to);
    return 0;
}

static inline void begin(int progress)
{
    opt.progress = progress;
    plain = plain_new(to, &opt);
    assert_non_null(plain);
    plain_look(plain, &now);
}

/* What is said at the next look, so much later. */
static inline const char *later(int64_t ms)
{
    long from = ftell(to), size;

    now.now_ms += ms;
    plain_look(plain, &now);
    size = ftell(to) - from;
    free(said);
    said_size = (size_t)size;
    said = calloc(1, said_size + 1);
    assert_non_null(said);
    fseek(to, from, SEEK_SET);
    assert_int_equal(fread(said, 1, said_size, to), said_size);
    return said;
}

static inline void assert_has(const char *text, const char *words)
{
    if (!text || !strstr(text, words))
        fail_msg("\"%s\" is not in: %s", words, text ? text : "");
}

static inline void owes(uint64_t failed, uint64_t rejected)
{
    now.failed = failed;
    now.rejected = rejected;
    now.failures_open = failed + rejected;
    now.kind_count = 2;
    now.kinds[0] = (struct failure_kind){ .label = "429 rate limited",
                                          .open = failed,
                                          .cause.kind = ERROR_LIMITED };
    now.kinds[1] = (struct failure_kind){ .label = "record cannot be used",
                                          .open = rejected,
                                          .cause.kind = ERROR_INPUT,
                                          .cause.rejected = true };
}

static inline void flows(uint32_t width, uint32_t batch)
{
    now.embed.seek = (struct seek_view){ .sought = true, .width = width,
                                         .bound = 64, .knee = 8 };
    now.embed.batch = batch;
    now.upsert.seek.width = 3;
    now.upsert.batch = 1000;
}

#endif
