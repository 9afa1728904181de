/*
 * What the tests of whole runs share: a corpus in a folder of its own, a
 * service, a run in this process, and a look at it that checks the sums each
 * time.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_RUN_TOOLS_H
#define BATCHTOP_TESTS_SUPPORT_RUN_TOOLS_H

#include "api/run.h"
#include "options/options.h"
#include "sys/clock.h"
#include "tests/support/home.h"

enum { PATIENCE_MS = 120000 };

struct fakeapi;
struct fakeapi_options;

extern struct snapshot seen; /* the newest look */
extern struct options opt;
extern struct fakeapi *api; /* NULL: none was started */
extern char url[64];

/* An embedder like OpenAI's, at `url`, with a key to it. */
void start_api(const struct fakeapi_options *o);

/* The words for it. */
#define API "--embed", "openai:m", "--embed-url", url, "--dim", "8"

/* As cmocka's teardown: no options, no service, no folder. */
int leave_run(void **state);

#define RUN_TEST(name)                                                         \
    cmocka_unit_test_setup_teardown(name, make_home, leave_run)

/* Documents d0 to dN-1; each `bad`th line (0: none) has no text. */
void write_corpus(size_t n, size_t bad);

/* A job of the folder's corpus, with these words behind; ends with NULL. */
void read_options(struct options *o, const char *const *more);
struct run *open_run(const struct options *o, enum run_opened expected);
struct run *begin(const struct options *o, enum run_opened expected);

/* I1: what was read is under way or final, at every moment. */
const struct snapshot *look(struct run *r);

/* Has the run told this, as far as the last look saw its first events? */
bool was_told(const char *words);

/* A little later; fails when it is later than that, or the run has failed. */
void look_later(int64_t until_ms, const char *condition);

/* Look until it is so. */
#define wait_until(r, condition)                                              \
    do {                                                                      \
        int64_t until_ms_ = clock_ms() + PATIENCE_MS;                         \
        while (look(r), !(condition)) {                                       \
            look_later(until_ms_, #condition);                                \
        }                                                                     \
    } while (0)

bool command(struct run *r, const struct command *c, struct error *err);
void order(struct run *r, struct command c);
void set(struct run *r, enum knob knob, int64_t value);

/* It is refused, and the sentence has these words. */
void is_refused(struct run *r, struct command c, const char *words);
struct summary finish(struct run *r, enum exit_status expected);

#endif
