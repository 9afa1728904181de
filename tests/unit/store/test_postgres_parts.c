/* What the PostgreSQL store is made of, without a server. */
#include "config.h"
#include "store/postgres/pg_rows.h"
#include "tests/support/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/store.h"

static const float vector[3] = { 1, 2, 3 };

static struct upsert_item item(const char *id, const char *text,
                               const char *metadata)
{
    return (struct upsert_item){ .id = text_of(id),
                                 .text = text_of(text),
                                 .text_escaped = strchr(text, '\\') != NULL,
                                 .metadata = text_of(metadata),
                                 .vector = vector };
}

static void take(struct pg_rows *r, struct upsert_item *items, size_t n)
{
    struct error err;
    size_t taken;

    assert_true(pg_rows_take(r, items, n, 3, PG_VECTOR, 0, &taken, &err));
    assert_int_equal(taken, n);
}

/* The bytes of a stream with one row, as the manual of COPY and pgvector's
 * vector_recv() have them. */
static void a_stream_has_the_documented_bytes(void **state)
{
    static const unsigned char want[] = {
        'P',  'G',  'C',  'O',  'P', 'Y', '\n', 0xff, '\r', '\n', 0, 0, 0, 0,
        0,    0,    0,    0,    0, /* flags, extension */
        0,    4,                   /* fields */
        0,    0,    0,    1,    'a', 0, 0, 0, 2, 'h', '"', 0, 0, 0, 3, 1, '{',
        '}',  0,    0,    0,    16, 0, 3, 0, 0, 0x3f, 0x80, 0, 0, 0x40, 0, 0, 0,
        0x40, 0x40, 0,    0,    0xff, 0xff
    };
    struct upsert_item one = item("a", "h\\\"", "{}");
    struct pg_rows r = { .count = 0 };
    struct error err;

    (void)state;
    take(&r, &one, 1);
    assert_true(pg_rows_copy(&r, 3, PG_VECTOR, &err));
    assert_int_equal(r.copy.len, sizeof want);
    assert_memory_equal(r.copy.data, want, sizeof want);
    pg_rows_release(&r);
}

static bool holds(const struct buf *b, const char *bytes, size_t n)
{
    return memmem(b->data, b->len, bytes, n) != NULL;
}

static void ST_08_ST_09_rows_are_sorted_and_an_id_is_there_once(void **state)
{
    struct upsert_item items[] = { item("c", "1", ""), item("a", "old", ""),
                                   item("b", "2", ""), item("a", "new", ""),
                                   item("aa", "3", "") };
    struct pg_rows r = { .count = 0 };
    const char *at[4];
    struct error err;

    (void)state;
    take(&r, items, 5);
    assert_true(pg_rows_copy(&r, 3, PG_VECTOR, &err));
    assert_int_equal(r.count, 4);
    assert_true(holds(&r.copy, "new", 3));
    assert_false(holds(&r.copy, "old", 3));
    at[0] = memmem(r.copy.data, r.copy.len, "\0\0\0\1a", 5);
    at[1] = memmem(r.copy.data, r.copy.len, "\0\0\0\2aa", 6);
    at[2] = memmem(r.copy.data, r.copy.len, "\0\0\0\1b", 5);
    at[3] = memmem(r.copy.data, r.copy.len, "\0\0\0\1c", 5);
    assert_true(at[0] && at[0] < at[1] && at[1] < at[2] && at[2] < at[3]);
    pg_rows_stored(&r);
    for (size_t i = 0; i < 5; i++)
        assert_true(items[i].stored);
    pg_rows_release(&r);
}

static void IN_13_a_nul_is_refused_alone_and_by_name(void **state)
{
    struct upsert_item items[] = {
        item("a", "x\\u0000", ""), item("b", "x\\\\u0000", ""),
        item("c", "x", "{\"k\":\"\\u0000\"}"),
        item("d", "x", "{\"k\":\"\\\\u0000\"}"), item("e", "x", "")
    };
    static const char *const where[] = { "text", NULL, "metadata", NULL,
                                         "id" };
    struct pg_rows r = { .count = 0 };
    struct error err;

    (void)state;
    items[4].id = (struct text){ "e\0e", 3 };
    take(&r, items, 5);
    assert_true(pg_rows_copy(&r, 3, PG_VECTOR, &err));
    assert_int_equal(r.count, 2);
    pg_rows_stored(&r);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(items[i].stored, where[i] == NULL);
        if (where[i]) {
            assert_int_equal(items[i].why.kind, ERROR_REFUSED);
            assert_non_null(strstr(items[i].why.text, where[i]));
        }
    }
    pg_rows_release(&r);
}

static void a_stream_keeps_to_its_bytes(void **state)
{
    struct upsert_item items[] = { item("a", "x", "{}"), item("b", "x", "{}"),
                                   item("c", "x", "{}") };
    struct pg_rows r = { .count = 0 };
    struct error err;
    size_t taken, whole;

    (void)state;
    take(&r, items, 2);
    assert_true(pg_rows_copy(&r, 3, PG_REALS, &err));
    whole = r.copy.len;
    for (size_t less = 0; less < 2; less++) {
        assert_true(pg_rows_take(&r, items, 3, 3, PG_REALS, whole - less,
                                 &taken, &err));
        assert_int_equal(taken, 2 - less);
        assert_true(pg_rows_copy(&r, 3, PG_REALS, &err));
        assert_true(r.copy.len <= whole - less);
    }
    /* Bytes cut a request, they refuse no record. */
    assert_true(pg_rows_take(&r, items, 3, 3, PG_REALS, 30, &taken, &err));
    assert_int_equal(taken, 1);
    pg_rows_release(&r);
}

static void a_url_is_judged_before_anything_is_sent(void **state)
{
    static const char *const rows[][2] = {
        { "postgres://me:pw@h/db", "must not hold a password" },
        { "postgres://me@h/db?password=pw", "must not hold a password" },
        { "postgres://me@h/db?sslpassword=pw", "must not hold a password" },
        { "postgres:db", "the form is" },
        { "postgres://h/db?tabel=t", "tabel" },
        { "postgres://h/db?table=", "table= takes" },
        { "postgres://h/db?copy=maybe", "copy= takes" },
        { "postgres://192.0.2.1/db?sslmode=prefer", "in the clear" },
        { "postgres://192.0.2.1,localhost/db?sslmode=disable",
          "in the clear" },
    };

    (void)state;
    unsetenv("PGSSLMODE");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct store_config cfg = { .url = rows[i][0], .stop_fd = -1 };
        struct error err = { .text = "" };

        if (store_postgres.open(&store_postgres, &cfg, &err))
            fail_msg("%s was taken", rows[i][0]);
        assert_int_equal(err.kind, ERROR_CONFIG);
        assert_non_null(strstr(err.text, rows[i][1]));
        assert_null(strstr(err.text, "pw"));
    }
}

static void SE_02_a_password_file_for_all_to_read_is_refused(void **state)
{
    char path[] = "/tmp/batchtop-pgpass-XXXXXX";
    struct store_config cfg = { .url = "postgres:///db", .stop_fd = -1 };
    struct error err = { .text = "" };
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    setenv("PGPASSFILE", path, 1);
    store_postgres.close(store_postgres.open(&store_postgres, &cfg, &err));
    assert_string_equal(err.text, ""); /* mode 0600 */
    assert_int_equal(fchmod(fd, 0640), 0);
    assert_null(store_postgres.open(&store_postgres, &cfg, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_non_null(strstr(err.text, "chmod 600"));
    cfg.key = "k"; /* the file is not asked then */
    store_postgres.close(store_postgres.open(&store_postgres, &cfg, &err));
    unsetenv("PGPASSFILE");
    unlink(path);
    close(fd);
}

static void a_good_url_needs_no_network(void **state)
{
    static const char *const good[] = {
        "postgres://me@h:5433/db?table=s.t&copy=no",
        "postgres://h/db?sslmode=require&table=t",
        "postgres:///db?host=/tmp&sslmode=disable",
        "postgres://127.0.0.1/db?sslmode=disable",
        "postgres://", "postgres://[::1]/db?sslmode=disable",
    };

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct store_config cfg = { .url = good[i], .stop_fd = -1 };
        struct error err;
        struct store *s = store_postgres.open(&store_postgres, &cfg, &err);

        if (!s)
            fail_msg("%s: %s", good[i], err.text);
        s->ops->close(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_has_the_documented_bytes),
        cmocka_unit_test(ST_08_ST_09_rows_are_sorted_and_an_id_is_there_once),
        cmocka_unit_test(IN_13_a_nul_is_refused_alone_and_by_name),
        cmocka_unit_test(a_stream_keeps_to_its_bytes),
        cmocka_unit_test(a_url_is_judged_before_anything_is_sent),
        cmocka_unit_test(SE_02_a_password_file_for_all_to_read_is_refused),
        cmocka_unit_test(a_good_url_needs_no_network),
    };

    return cmocka_run_group_tests_name("postgres_parts", tests, NULL, NULL);
}
