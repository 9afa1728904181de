/*
 * A SQLite store with small limits, so that a few hundred documents with random
 * ids have runs of three levels, and what another program sees of it.
 *
 * A failure fails the test. Threads: the test's.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_FILES_IDS_TOOLS_H
#define BATCHTOP_TESTS_SUPPORT_FILES_IDS_TOOLS_H

#include "store/files/sqlite_parts.h"
#include "tests/support/files/store_folder.h"

enum { IDS_DIM = 4, IDS_BATCH = 50, IDS_ID = 24 };

static inline struct sqlite_store *ours(struct store *s)
{
    return (struct sqlite_store *)s;
}
/* NULL: *err. */
struct store *ids_open_as(bool read_only, int stop_fd, struct error *err);
/* Ready to be used. */
struct store *ids_open(bool read_only);

/* The nth of ids in no order, each once. */
void ids_nth(char *to, uint64_t n);
/* The documents from .. from + IDS_BATCH - 1 with this text, in one call. */
bool ids_upsert(struct store *s, uint64_t from, const char *text,
                struct error *err);
void ids_put(struct store *s, uint64_t from, uint64_t to, const char *text);
/* How many of the first n the store has. */
uint64_t ids_present(struct store *s, uint64_t n);

/* As another program: a number, and statements. */
long long ids_ask_at(const char *file, const char *sql);
long long ids_ask(const char *sql);
void ids_change(const char *sql);

extern const char ids_rows[], ids_distinct[], ids_new[], ids_index[],
    ids_runs_there[], ids_sound[];
void ids_one_row_each(uint64_t n);
/* As at the end of a run: the index is there, and all is sound. */
void ids_finish(void);

#endif
