/* Whole runs in this process: their corpus, their options, their ends. */
#include "config.h"
#include "tests/support/run_tools.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/fakeapi/fakeapi.h"

enum { LOOK_MS = 5, ARGS_MAX = 40 };

struct snapshot seen;
struct options opt;
struct fakeapi *api;
char url[64];

void start_api(const struct fakeapi_options *o)
{
    api = fakeapi_start(o);
    assert_non_null(api);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/v1", fakeapi_port(api));
    setenv("OPENAI_API_KEY", "a-key", 1);
}

int leave_run(void **state)
{
    options_release(&opt);
    fakeapi_stop(api);
    api = NULL;
    return remove_home(state);
}

void write_corpus(size_t n, size_t bad)
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

void read_options(struct options *o, const char *const *more)
{
    char corpus[128];
    char *argv[ARGS_MAX] = { (char *)"batchtop", corpus,
                             (char *)"--checkpoint-dir", checkpoints };
    static const char *const commands[] = { NULL };
    const char *command;
    struct error err = { 0 };
    int n = 4;

    snprintf(corpus, sizeof corpus, "%s/c.jsonl", home);
    while (*more && n < ARGS_MAX)
        argv[n++] = (char *)*more++;
    assert_true(options_init(o, &err));
    if (!options_parse(o, n, argv, commands, &command, &err))
        fail_msg("%s", err.text);
}

struct run *open_run(const struct options *o, enum run_opened expected)
{
    char said[512];
    struct error err = { 0 };
    struct run *r = NULL;
    enum run_opened opened = run_open(o, &r, said, sizeof said, &err);

    if (opened != expected)
        fail_msg("opened as %d: %s", (int)opened, err.text);
    return r;
}

struct run *begin(const struct options *o, enum run_opened expected)
{
    struct error err = { 0 };
    struct run *r = open_run(o, expected);

    if (r && !run_begin(r, &err))
        fail_msg("%s", err.text);
    return r;
}

bool was_told(const char *words)
{
    for (uint32_t i = 0; i < seen.event_count; i++)
        if (seen.events[i].told && strstr(seen.events[i].text, words))
            return true;
    return false;
}

const struct snapshot *look(struct run *r)
{
    seen.events_seen = 0;
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

void look_later(int64_t until_ms, const char *condition)
{
    if (seen.state == RUN_FAILED || clock_ms() > until_ms)
        fail_msg("it never came to: %s; %s%s%s, %zu in flight, %zu stored, "
                 "%zu failed",
                 condition, run_state_word(seen.state),
                 seen.reason[0] ? ": " : "", seen.reason,
                 (size_t)seen.in_flight, (size_t)seen.stored,
                 (size_t)seen.failed);
    usleep(LOOK_MS * 1000);
}

bool command(struct run *r, const struct command *c, struct error *err)
{
    char said[256];

    return run_command(r, c, said, sizeof said, err);
}

void order(struct run *r, struct command c)
{
    struct error err = { 0 };

    if (!command(r, &c, &err))
        fail_msg("%s", err.text);
}

void set(struct run *r, enum knob knob, int64_t value)
{
    order(r, (struct command){ .kind = COMMAND_SET, .knob = knob,
                               .value = value });
}

void is_refused(struct run *r, struct command c, const char *words)
{
    struct error err = { 0 };

    assert_false(command(r, &c, &err));
    if (!strstr(err.text, words))
        fail_msg("\"%s\" says nothing of \"%s\"", err.text, words);
}

struct summary finish(struct run *r, enum exit_status expected)
{
    struct summary s;

    run_finish(r, &s);
    if (s.status != expected)
        fail_msg("exit %d: %s", (int)s.status, s.why.text);
    return s;
}
