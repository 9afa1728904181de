/* A failed document, found again in the corpus: whatever that is made of. */
#include "config.h"
#include "tests/support/run_tools.h"

#include <zlib.h>

#include "tests/support/fakeapi/fakeapi.h"

enum { DOCS = 400, BAD = 371, NAMELESS = 20 };

static struct run *run;
static char packed[128], array[128];

/* As a line or as an element: the bytes that stand in the file. */
static void put_record(char *to, size_t size, const char *file, int i)
{
    if (i == NAMELESS)
        snprintf(to, size, "{\"text\": \"of %s\", \"metadata\": [1 ,2]}", file);
    else
        snprintf(to, size,
                 "{\"id\": \"%s-%d\", \"text\": \"%s %d\\nof \\u0025\", "
                 "\"metadata\": {\"n\": %d}}",
                 file, i, i == BAD ? "poison" : "text", i, i);
}

static void write_packed(void)
{
    gzFile f = gzopen(packed, "w");
    char record[256];

    assert_non_null(f);
    for (int i = 0; i < DOCS; i++) {
        put_record(record, sizeof record, "gz", i);
        assert_true(gzprintf(f, "%s\n", record) > 0);
    }
    assert_int_equal(gzclose(f), Z_OK);
}

static void write_array(void)
{
    FILE *f = fopen(array, "w");
    char record[256];

    assert_non_null(f);
    fputs("{\"made\": \"today\", \"documents\": [\n", f);
    for (int i = 0; i < DOCS; i++) {
        put_record(record, sizeof record, "json", i);
        fprintf(f, "%s%s\n", i ? "  , " : "    ", record);
    }
    fputs("]}\n", f);
    assert_int_equal(fclose(f), 0);
}

/* Two documents and two records without an id have failed. */
static int setup(void **state)
{
    const struct fakeapi_options o = { .dim = 8, .poison = "poison" };
    const char *const words[] = { packed, array, API, NULL };

    if (make_home(state))
        return -1;
    start_api(&o);
    snprintf(packed, sizeof packed, "%s", in_home("d.jsonl.gz"));
    snprintf(array, sizeof array, "%s", in_home("d.json"));
    write_corpus(1, 0);
    write_packed();
    write_array();
    read_options(&opt, words);
    run = begin(&opt, RUN_OPEN_NEW);
    wait_until(run, seen.state == RUN_DONE);
    assert_int_equal(seen.failed, 2);
    assert_int_equal(seen.rejected, 2);
    return 0;
}

static int teardown(void **state)
{
    finish(run, EXIT_SOME_FAILED);
    return leave_run(state);
}

/* The record at this place of file 1 or 2. */
static const struct document_view *show(uint16_t source, uint64_t pos,
                                        uint64_t offset)
{
    uint64_t before = look(run)->document.seq;

    order(run, (struct command){ .kind = COMMAND_SHOW,
                                 .value = (int64_t)offset,
                                 .select = { .by = SELECT_ONE, .pos = pos,
                                             .source = source } });
    wait_until(run, seen.document.seq > before);
    assert_int_equal(seen.document.source, source);
    assert_int_equal(seen.document.pos, pos);
    return &seen.document;
}

/* The failure of this file, by its stage. */
static struct failure_row row_of(uint16_t source, const char *stage)
{
    snprintf(seen.ask.filter, sizeof seen.ask.filter, "%s", stage);
    look(run); /* each by itself */
    for (uint32_t i = 0; i < seen.failure_count; i++)
        if (seen.failures[i].source == source &&
            seen.failures[i].standing == FAILURE_FINAL &&
            strcmp(seen.failures[i].stage, stage) == 0)
            return seen.failures[i];
    fail_msg("nothing of file %d failed in %s", (int)source, stage);
    return (struct failure_row){ .source = source };
}

/* All of the error: a row leaves out the code that its column has. */
static void assert_tells(const struct document_view *d,
                         const struct failure_row *row)
{
    char whole[sizeof row->message + 32];

    assert_string_not_equal(row->message, "");
    snprintf(whole, sizeof whole, row->code[0] == '-' ? "%.0s%s"
                                                      : "HTTP %s: %s",
             row->code, row->message);
    assert_string_equal(d->error, whole);
}

static const struct document_view *show_row(uint16_t source,
                                            const char *stage)
{
    struct failure_row row = row_of(source, stage);
    const struct document_view *d = show(source, row.pos, row.offset);

    assert_tells(d, &row);
    return d;
}

static void shows_both_of(uint16_t source, const char *file)
{
    const struct document_view *d = show_row(source, "EMBED");
    char bytes[256], text[300];

    assert_string_equal(d->trouble, "");
    snprintf(text, sizeof text, "poison %d\nof %%\n\nmetadata: {\"n\": %d}\n",
             BAD, BAD);
    assert_string_equal(d->text, text);
    assert_int_equal(d->pos, BAD);
    assert_false(d->cut);

    put_record(bytes, sizeof bytes, file, NAMELESS);
    d = show_row(source, "READ");
    assert_string_equal(d->trouble, "");
    snprintf(text, sizeof text, "%s\n", bytes);
    assert_string_equal(d->text, text);
    assert_int_equal(d->length, strlen(bytes));
}

static void a_document_comes_out_of_a_compressed_corpus(void **state)
{
    (void)state;
    shows_both_of(1, "gz");
}

static void a_document_comes_out_of_an_array(void **state)
{
    (void)state;
    shows_both_of(2, "json");
}

static void what_is_not_owed_is_shown_without_an_error(void **state)
{
    const struct document_view *d = show(0, 0, 0);

    (void)state;
    assert_string_equal(d->error, "");
    assert_string_equal(d->text, "text number 0\n");
}

static void another_record_in_its_place_is_not_passed_off_as_it(void **state)
{
    struct failure_row row = row_of(2, "EMBED");
    FILE *f = fopen(array, "r+");
    const struct document_view *d;

    (void)state;
    assert_non_null(f);
    assert_int_equal(fseek(f, (long)row.offset + 8, SEEK_SET), 0);
    fputs("other-99", f);
    fclose(f);
    d = show(2, row.pos, row.offset);
    assert_non_null(strstr(d->trouble, "another record stands at byte"));
    assert_string_equal(d->text, "");

    assert_int_equal(unlink(array), 0);
    d = show(2, row.pos, row.offset);
    assert_non_null(strstr(d->trouble, "d.json"));
    assert_tells(d, &row); /* the ledger has it still */
}

static void a_file_that_is_not_there_is_refused(void **state)
{
    struct command c = { .kind = COMMAND_SHOW,
                         .select = { .by = SELECT_ONE, .source = 3 } };

    (void)state;
    is_refused(run, c, "no part of the corpus");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_document_comes_out_of_a_compressed_corpus),
        cmocka_unit_test(a_document_comes_out_of_an_array),
        cmocka_unit_test(what_is_not_owed_is_shown_without_an_error),
        cmocka_unit_test(another_record_in_its_place_is_not_passed_off_as_it),
        cmocka_unit_test(a_file_that_is_not_there_is_refused),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
