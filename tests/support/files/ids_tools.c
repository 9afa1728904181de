/* This file opens such stores, fills them, and looks at them as others do. */
#include "config.h"
#include "tests/support/files/ids_tools.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/support/files/store_folder.h"
#include "tests/support/tap.h"
#include "util/mix.h"

enum { RECENT = 16, SCATTERED = 8 };

struct store *ids_open_as(bool read_only, int stop_fd, struct error *err)
{
    struct store_config cfg = { .url = store_url, .dim = IDS_DIM,
                                .stop_fd = stop_fd, .read_only = read_only };
    struct store *s = store_sqlite.open(&store_sqlite, &cfg, err);

    if (!s)
        return NULL;
    ours(s)->ids.recent_max = RECENT;
    ours(s)->ids.scattered_least = SCATTERED;
    return s;
}

struct store *ids_open(bool read_only)
{
    struct error err;
    struct store *s = ids_open_as(read_only, -1, &err);

    if (!s || !s->ops->preflight(s, &err))
        fail_msg("%s", err.text);
    return s;
}

void ids_nth(char *to, uint64_t n)
{
    snprintf(to, IDS_ID, "%016llx", (unsigned long long)mix_scramble(n + 1));
}

/* A batch of the documents from..from+IDS_BATCH-1 with this text. */
bool ids_upsert(struct store *s, uint64_t from, const char *text,
                   struct error *err)
{
    static const float vector[IDS_DIM] = { 1, 2, 3, 4 };
    struct upsert_item items[IDS_BATCH];
    char id[IDS_BATCH][IDS_ID];
    size_t taken;

    for (size_t i = 0; i < IDS_BATCH; i++) {
        ids_nth(id[i], from + i);
        items[i] = (struct upsert_item){ .id = text_of(id[i]),
                                         .text = text_of(text),
                                         .vector = vector };
    }
    return s->ops->upsert(s, items, IDS_BATCH, &taken, err);
}

void ids_put(struct store *s, uint64_t from, uint64_t to, const char *text)
{
    struct error err;

    for (; from < to; from += IDS_BATCH)
        if (!ids_upsert(s, from, text, &err))
            fail_msg("%s", err.text);
}

uint64_t ids_present(struct store *s, uint64_t n)
{
    uint64_t found = 0;
    struct error err;

    for (uint64_t i = 0; i < n; i++) {
        char id[IDS_ID];
        struct text wanted;
        bool is;

        ids_nth(id, i);
        wanted = text_of(id);
        if (!s->ops->lookup(s, &wanted, 1, &is, &err))
            fail_msg("%s", err.text);
        found += is;
    }
    return found;
}

/* As a foreign program would; a number. */
long long ids_ask_at(const char *file, const char *sql)
{
    long long answer = -1;
    sqlite3 *db;
    sqlite3_stmt *q = NULL;

    if (sqlite3_open(file, &db) == SQLITE_OK &&
        sqlite3_prepare_v2(db, sql, -1, &q, NULL) == SQLITE_OK &&
        sqlite3_step(q) == SQLITE_ROW)
        answer = sqlite3_column_int64(q, 0);
    else
        print_error("%s: %s\n", sql, sqlite3_errmsg(db));
    sqlite3_finalize(q);
    sqlite3_close(db);
    return answer;
}

long long ids_ask(const char *sql)
{
    return ids_ask_at(store_path, sql);
}

void ids_change(const char *sql)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(store_path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    sqlite3_close(db);
}

const char ids_rows[] = "SELECT count(*) FROM documents";
const char ids_distinct[] = "SELECT count(DISTINCT id) FROM documents";
const char ids_new[] =
    "SELECT count(*) FROM documents WHERE text = 'new'";
const char ids_index[] =
    "SELECT count(*) FROM sqlite_master WHERE name = 'documents_id'";
const char ids_runs_there[] =
    "SELECT count(*) FROM sqlite_master WHERE name LIKE 'id/_%' ESCAPE '/'";
const char ids_sound[] =
    "SELECT count(*) FROM pragma_integrity_check "
    "WHERE integrity_check = 'ok'";

void ids_one_row_each(uint64_t n)
{
    assert_int_equal(ids_ask(ids_rows), n);
    assert_int_equal(ids_ask(ids_distinct), n);
}

void ids_finish(void)
{
    struct store *s = ids_open(true);
    struct error err;

    if (!s->ops->finish(s, &err))
        fail_msg("%s", err.text);
    s->ops->close(s);
    assert_int_equal(ids_ask(ids_index), 1);
    assert_int_equal(ids_ask(ids_runs_there), 0);
    assert_int_equal(ids_ask(ids_sound), 1);
}
