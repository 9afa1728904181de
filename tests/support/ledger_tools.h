/*
 * What the tests of the ledger share: words for what a run does to one in the
 * checkpoint directory of the test.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_LEDGER_TOOLS_H
#define BATCHTOP_TESTS_SUPPORT_LEDGER_TOOLS_H

#include "ledger/ledger.h"
#include "tests/support/home.h"

enum { BATCH = 100 };

/* A file of the checkpoint directory; lives until the second call from here. */
const char *in_dir(const char *name);

struct ledger *open_job(const char *job, enum ledger_state expected);
void refused(const char *job, enum error_kind kind);
void add_source(struct ledger *l, size_t i);
struct ledger *new_job(const char *job);
void name_id(char *to, uint64_t i);

/* Documents first..first + n - 1 are done, under those positions. */
bool done_range(struct ledger *l, uint16_t source, uint64_t first, size_t n,
                struct error *err);
void done(struct ledger *l, uint64_t first, size_t n);
void frontier(struct ledger *l, uint64_t pos);
void commit(struct ledger *l);
void failure(struct ledger *l, uint64_t pos, const char *id,
             bool rejected, enum error_kind kind, int code);
bool skips(struct ledger *l, uint64_t pos, const char *id);
struct ledger_view *open_view(const char *name);
/* For ledger_view_ids(): one more, in the size_t behind `arg`. */
bool count_id(void *arg, struct text id);
size_t count_ids(const char *name, uint64_t sample);

/* Run `body` in a child that dies by SIGKILL at its end. */
void in_a_killed_child(void (*body)(void));

unsigned mode_of(const char *path);

#endif
