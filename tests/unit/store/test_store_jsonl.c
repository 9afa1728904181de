/*
 * Tests of the store that writes lines of JSON: its contract, the form of a
 * line, torn ends, full disks and pipes.
 */
#include "config.h"
#include "store/store.h"
#include "tests/support/files/store_folder.h"
#include "tests/support/tap.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/contract/contract_store.h"
#include "util/json.h"

enum { DIM = 3 };

static const float vector[DIM] = { 0.1F, -2, 1e-7F };

static void write_file(const char *text)
{
    FILE *f = fopen(store_path, "w");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static const char *read_file(void)
{
    static char text[1 << 16];
    FILE *f = fopen(store_path, "r");

    assert_non_null(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    return text;
}

static struct store *open_at(const char *where, int stop_fd, struct error *err)
{
    struct store_config cfg = { .url = where, .dim = DIM,
                                .stop_fd = stop_fd };

    return store_jsonl.open(&store_jsonl, &cfg, err);
}

static bool put(struct store *s, const char *id, struct error *err)
{
    struct upsert_item one = { .id = text_of(id), .text = text_of("t"),
                               .vector = vector };
    size_t taken;

    return s->ops->upsert(s, &one, 1, &taken, err);
}

static const char record[] = "{\"id\":\"a\",\"text\":\"t\",\"metadata\":null,"
                             "\"embedding\":[0.1,-2,1e-7]}\n";

/* The last line with this id, as a reader of such a file must take it. */
static bool fetch_line(const char *line, size_t len, struct text id,
                       struct buf *text, struct buf *metadata)
{
    struct json_value key, value;
    struct json_cursor c;
    struct buf got = { 0 };
    bool mine = false;

    json_begin(&c, line, len);
    assert_true(json_enter_object(&c));
    while (json_member(&c, &key)) {
        assert_true(json_value(&c, &value));
        if (json_is(&key, "id")) {
            if (value.type == JSON_STRING)
                json_decode(&value, &got);
            else
                buf_put(&got, value.raw.ptr, value.raw.len);
            mine = got.len == id.len && memcmp(got.data, id.ptr, id.len) == 0;
        } else if (mine && json_is(&key, "text")) {
            buf_clear(text);
            json_decode(&value, text);
        } else if (mine && json_is(&key, "metadata")) {
            buf_clear(metadata);
            buf_put(metadata, value.raw.ptr, value.raw.len);
        }
    }
    assert_null(c.why);
    buf_release(&got);
    return mine;
}

static bool fetch(void *ctx, struct text id, struct buf *text,
                  struct buf *metadata)
{
    const char *p = read_file(), *stop;
    bool found = false;

    (void)ctx;
    for (; (stop = strchr(p, '\n')); p = stop + 1)
        found |= fetch_line(p, (size_t)(stop - p), id, text, metadata);
    return found;
}

static void it_keeps_the_contract_of_stores(void **state)
{
    struct contract_store k = { .ops = &store_jsonl, .url = store_url,
                                .made = true,
                                .appends = true, .fetch = fetch };

    (void)state;
    contract_store(&k);
}

static void a_record_is_one_line_of_json(void **state)
{
    struct upsert_item items[2] = {
        { .id = text_of("q\"1"), .text = text_of("a\\n\\u00fc"),
          .text_escaped = true,
          .metadata = text_of("{\n\t\"n\": 1.10,\r\n "
                              "\"b\": 12345678901234567890}"),
          .vector = vector },
        { .id = text_of("9007199254740993"), .id_number = true,
          .text = text_of("two"), .vector = vector }
    };
    struct error err;
    struct store *s = open_at(store_url, -1, &err);
    size_t taken;

    (void)state;
    assert_non_null(s);
    assert_true(s->ops->upsert(s, items, 2, &taken, &err));
    s->ops->close(s);
    assert_string_equal(
        read_file(),
        "{\"id\":\"q\\\"1\",\"text\":\"a\\n\\u00fc\",\"metadata\":{ \t\"n\": "
        "1.10,   \"b\": 12345678901234567890},\"embedding\":[0.1,-2,1e-7]}\n"
        "{\"id\":9007199254740993,\"text\":\"two\",\"metadata\":null,"
        "\"embedding\":[0.1,-2,1e-7]}\n");
}

static void a_torn_last_line_is_cut_off(void **state)
{
    size_t whole = strlen(record);
    char text[256];
    struct error err;
    uint64_t n;

    (void)state;
    for (size_t cut = 1; cut < whole - 1; cut++) {
        struct store *s;

        snprintf(text, sizeof text, "%s%.*s", record, (int)cut, record);
        write_file(text);
        s = open_at(store_url, -1, &err);
        assert_non_null(s);
        assert_true(s->ops->count(s, &n, &err));
        assert_int_equal(n, 1);
        assert_true(put(s, "b", &err));
        assert_true(s->ops->count(s, &n, &err));
        assert_int_equal(n, 2);
        s->ops->close(s);
    }
}

static void a_torn_first_line_is_cut_off(void **state)
{
    struct error err;
    struct store *s;

    (void)state;
    write_file("{\"id\":\"a\",\"text\":\"no e");
    s = open_at(store_url, -1, &err);
    assert_non_null(s);
    assert_true(put(s, "a", &err));
    s->ops->close(s);
    assert_string_equal(read_file(), record);
}

static void a_whole_last_line_without_its_end_is_kept(void **state)
{
    struct error err;
    struct store *s;
    char text[256];

    (void)state;
    snprintf(text, sizeof text, "%.*s", (int)strlen(record) - 1, record);
    write_file(text);
    s = open_at(store_url, -1, &err);
    assert_non_null(s);
    s->ops->close(s);
    assert_string_equal(read_file(), record);
}

static void a_file_that_is_not_ours_stays_untouched(void **state)
{
    static const char *const others[] = {
        "{\"id\":\"a\",\"text\":\"a corpus\"}\n{\"id\":\"b\",\"text\":\"half",
        "{\"id\":\"a\",\"text\":\"a corpus of one line\"}",
        "id,text\n1,a table", "\n\n", "[1,2,3]\n"
    };
    struct error err;

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        write_file(others[i]);
        assert_null(open_at(store_url, -1, &err));
        assert_int_equal(err.kind, ERROR_CONFIG);
        assert_string_equal(read_file(), others[i]);
    }
}

static void LD_03_a_full_disk_leaves_no_half_line(void **state)
{
    static char long_text[8192];
    struct upsert_item big = { .id = text_of("big"), .vector = vector,
                               .text = { long_text, sizeof long_text } };
    struct rlimit usual, small;
    struct error err;
    struct store *s = open_at(store_url, -1, &err);
    size_t taken;

    (void)state;
    memset(long_text, 'x', sizeof long_text);
    assert_non_null(s);
    assert_true(put(s, "a", &err));
    getrlimit(RLIMIT_FSIZE, &usual);
    small = usual;
    small.rlim_cur = 1024;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    assert_false(s->ops->upsert(s, &big, 1, &taken, &err));
    setrlimit(RLIMIT_FSIZE, &usual);
    assert_int_equal(err.kind, ERROR_LOCAL);
    assert_false(big.stored);
    assert_string_equal(read_file(), record);
    s->ops->close(s);
}

static void a_pipe_that_nobody_reads_can_be_stopped(void **state)
{
    static char long_text[1 << 18];
    struct upsert_item big = { .id = text_of("big"), .vector = vector,
                               .text = { long_text, sizeof long_text } };
    struct error err;
    struct store *s;
    int reader, stop[2];
    size_t taken;

    (void)state;
    memset(long_text, 'x', sizeof long_text);
    assert_int_equal(mkfifo(store_path, 0600), 0);
    reader = open(store_path, O_RDONLY | O_NONBLOCK);
    assert_int_equal(pipe(stop), 0);
    assert_int_equal(write(stop[1], "x", 1), 1);
    s = open_at(store_url, stop[0], &err);
    assert_non_null(s);
    assert_false(s->ops->upsert(s, &big, 1, &taken, &err));
    assert_int_equal(err.kind, ERROR_STOPPED);
    close(reader);
    signal(SIGPIPE, SIG_IGN);
    assert_false(put(s, "a", &err));
    assert_int_equal(err.kind, ERROR_UNREAD);
    s->ops->close(s);
    close(stop[0]);
    close(stop[1]);
}

static void a_url_without_a_file_is_refused(void **state)
{
    struct error err;

    (void)state;
    assert_null(open_at("jsonl:", -1, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_null(open_at("jsonl:/no/such/folder/f", -1, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
}

static void standard_output_cannot_be_read_back(void **state)
{
    struct text id = { "a", 1 };
    struct error err;
    struct store *s = open_at("jsonl:-", -1, &err);
    bool present;
    uint64_t n;

    (void)state;
    assert_non_null(s);
    assert_false(s->ops->count(s, &n, &err));
    assert_false(s->ops->lookup(s, &id, 1, &present, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    s->ops->close(s);
    assert_true(fcntl(STDOUT_FILENO, F_GETFD) >= 0);
}

#define each(test)                                                            \
    cmocka_unit_test_setup_teardown(test, make_jsonl_folder, \
                                    remove_store_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        each(it_keeps_the_contract_of_stores),
        each(a_record_is_one_line_of_json),
        each(a_torn_last_line_is_cut_off),
        each(a_torn_first_line_is_cut_off),
        each(a_whole_last_line_without_its_end_is_kept),
        each(a_file_that_is_not_ours_stays_untouched),
        each(LD_03_a_full_disk_leaves_no_half_line),
        each(a_pipe_that_nobody_reads_can_be_stopped),
        each(a_url_without_a_file_is_refused),
        each(standard_output_cannot_be_read_back),
    };

    return cmocka_run_group_tests_name("store_jsonl", tests, NULL, NULL);
}
