/* The power fails, at any moment, and the disk lies about nothing but time. */
#include "config.h"
#include "tests/support/run_tools.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

#include "ledger/ledger.h"
#include "tests/support/power.h"

enum { BATCH = 100, COMMITS = 14, DOCS = 200, ID = 120 };

/* What a failure must have left. */
struct promise {
    uint64_t said, lasting; /* documents: told to the ledger, committed */
    char broken[300];       /* how the promise was; "" */
};

static void broke(struct promise *p, const char *what, const char *how)
{
    if (!p->broken[0])
        snprintf(p->broken, sizeof p->broken, "failure %zu: %s: %s",
                 power_failures(), what, how);
}

static bool count_id(void *arg, struct text id)
{
    (void)id;
    ++*(uint64_t *)arg;
    return true;
}

static struct ledger_view *look_at(struct promise *p, const char *image,
                                   const char *name)
{
    struct ledger_view *v;
    struct error err;
    char path[200];

    snprintf(path, sizeof path, "%s/%s", image, name);
    if (access(path, F_OK) != 0)
        return NULL; /* not there yet */
    v = ledger_view_open(path, &err);
    if (!v)
        broke(p, "the ledger", err.text);
    return v;
}

/* --- LD-02 ---------------------------------------------------------------- */

static void the_last_commit_is_there(void *ctx, const char *image)
{
    struct promise *p = ctx;
    struct ledger_view *v = look_at(p, image, "job.ledger");
    struct ledger_source source = { .path = NULL };
    uint64_t done = 0;
    struct error err;
    char text[120];

    if (!v)
        return;
    if (!ledger_view_ids(v, 0, count_id, &done, &err) ||
        !ledger_view_source(v, 0, &source, &err))
        broke(p, "reading", err.text);
    snprintf(text, sizeof text, "%llu, frontier %llu, of %llu and %llu",
             (unsigned long long)done,
             (unsigned long long)source.frontier_pos,
             (unsigned long long)p->lasting, (unsigned long long)p->said);
    if ((done != p->lasting && done != p->said) ||
        source.frontier_pos != done)
        broke(p, "documents done", text);
    free(source.path);
    ledger_view_close(v);
}

/* Ids that do not compress: soon the WAL is full and is written back. */
static bool tell(struct ledger *l, uint64_t first, struct error *err)
{
    static char ids[BATCH][ID + 1];
    struct ledger_ack acks[BATCH];

    for (size_t i = 0; i < BATCH; i++) {
        for (size_t c = 0; c < ID; c++)
            ids[i][c] = (char)('!' + (int)(random_unit() * 90));
        acks[i] = (struct ledger_ack){ first + i, { ids[i], ID } };
    }
    return ledger_done(l, 0, acks, BATCH, err);
}

static void LD_02_what_was_committed_outlives_the_power(void **state)
{
    struct promise p = { .said = 0 };
    struct ledger_source source = { .path = (char *)"c.jsonl",
                                    .print = { .seekable = true } };
    enum ledger_state found;
    struct error err = { 0 };
    char dir[128], image[128];
    struct ledger *l;

    (void)state;
    snprintf(dir, sizeof dir, "%s", in_home("checkpoints"));
    snprintf(image, sizeof image, "%s", in_home("image"));
    l = ledger_open(dir, "job", &found, &err);
    assert_non_null(l);
    assert_true(ledger_source_set(l, 0, &source, &err));
    assert_true(ledger_commit(l, &err));
    ledger_close(l);
    assert_true(power_watch(dir, image, the_last_commit_is_there, &p));
    l = ledger_open(dir, "job", &found, &err);
    assert_non_null(l);
    for (int i = 0; i < COMMITS; i++) {
        for (int batch = 0; batch < 8; batch++, p.said += BATCH)
            if (!tell(l, p.said, &err))
                fail_msg("%s", err.text);
        if (!ledger_frontier(l, 0, p.said, p.said, 1, &err) ||
            !ledger_commit(l, &err))
            fail_msg("%s", err.text);
        p.lasting = p.said;
    }
    ledger_close(l);
    power_unwatch();
    assert_string_equal(p.broken, "");
    assert_in_range(power_failures(), 2 * COMMITS, 20 * COMMITS);
}

/* --- LD-12 ---------------------------------------------------------------- */

static bool store_has(sqlite3_stmt *find, struct text id)
{
    bool has;

    sqlite3_reset(find);
    sqlite3_bind_text(find, 1, id.ptr, (int)id.len, SQLITE_STATIC);
    has = sqlite3_step(find) == SQLITE_ROW;
    sqlite3_reset(find);
    return has;
}

struct comparing {
    struct promise *promise;
    sqlite3_stmt *find; /* NULL: the store has no table yet */
};

static bool is_stored(void *arg, struct text id)
{
    struct comparing *c = arg;
    char text[40];

    c->promise->lasting++;
    snprintf(text, sizeof text, "%.*s", (int)id.len, id.ptr);
    if (!c->find || !store_has(c->find, id))
        broke(c->promise, "done, and not stored", text);
    return true;
}

static void what_is_done_is_stored(void *ctx, const char *image)
{
    struct promise *p = ctx;
    struct ledger_view *v = look_at(p, image, "c.ledger");
    struct comparing c = { .promise = p };
    struct error err;
    sqlite3 *db;
    char path[200];

    if (!v)
        return;
    snprintf(path, sizeof path, "%s/store.sqlite", image);
    sqlite3_open(path, &db);
    sqlite3_prepare_v2(db, "SELECT 1 FROM documents WHERE id = ?1", -1,
                       &c.find, NULL);
    if (!ledger_view_ids(v, 0, is_stored, &c, &err))
        broke(p, "reading", err.text);
    sqlite3_finalize(c.find);
    sqlite3_close(db);
    ledger_view_close(v);
}

static void LD_12_nothing_is_done_before_the_store_has_it(void **state)
{
    const char *const words[] = { "--store", NULL, "--embed-batch", "20",
                                  "--checkpoint-every", "1", NULL };
    const char *argv[sizeof words / sizeof words[0]];
    struct promise p = { .said = 0 };
    char store[140];
    struct run *r;

    (void)state;
    snprintf(store, sizeof store, "sqlite:%s", in_home("store.sqlite"));
    memcpy(argv, words, sizeof words);
    argv[1] = store;
    write_corpus(DOCS, 0);
    assert_true(power_watch(home, in_home("image"), what_is_done_is_stored,
                            &p));
    read_options(&opt, argv);
    r = begin(&opt, RUN_OPEN_NEW);
    wait_until(r, seen.state == RUN_DONE);
    assert_int_equal(seen.stored, DOCS);
    finish(r, EXIT_STORED);
    options_release(&opt);
    power_unwatch();
    assert_string_equal(p.broken, "");
    assert_true(p.lasting > DOCS); /* it was seen half done, and done */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            LD_02_what_was_committed_outlives_the_power, make_home,
            remove_home),
        cmocka_unit_test_setup_teardown(
            LD_12_nothing_is_done_before_the_store_has_it, make_home,
            remove_home),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
