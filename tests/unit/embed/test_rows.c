/* Answers of embedding services, read into rows. */
#include "config.h"
#include "embed/rows.h"
#include "tests/support/tap.h"

#include <math.h>

enum { DIM = 2, MOST = 4 };

static const struct rows_form openai = {
    .list = "data", .vector = "embedding",
    .tokens = { "usage.total_tokens", "usage.prompt_tokens" }
};
static const struct rows_form cohere = {
    .list = "embeddings", .tokens = { "meta.billed_units.input_tokens" }
};
static const struct rows_form gemini = {
    .list = "embeddings", .vector = "values"
};
static const struct rows_form ollama = {
    .list = "embeddings", .tokens = { "prompt_eval_count" }
};
static const struct rows_form bare = { .list = NULL };

struct read {
    struct rows rows;
    float v[MOST * DIM];
    struct error err;
    bool fine;
};

/* Read an answer to `count` texts. */
static struct read *answer(const struct rows_form *form, size_t count,
                           const char *body)
{
    static struct read r;

    r = (struct read){ .rows = { .count = count, .dim = DIM } };
    for (size_t i = 0; i < MOST * DIM; i++)
        r.v[i] = -9;
    r.rows.vectors = r.v;
    r.fine = rows_read(&r.rows, form, text_of(body), "", &r.err);
    rows_release(&r.rows);
    return &r;
}

static void assert_row(const struct read *r, size_t row, float a, float b)
{
    assert_true(r->v[row * DIM] == a && r->v[row * DIM + 1] == b);
}

static void assert_fails(const struct rows_form *form, size_t count,
                         const char *body, enum error_kind kind,
                         const char *words)
{
    struct read *r = answer(form, count, body);

    assert_false(r->fine);
    assert_int_equal(r->err.kind, kind);
    if (!strstr(r->err.text, words))
        fail_msg("\"%s\" says nothing of \"%s\"", r->err.text, words);
}

static void assert_refused(const struct rows_form *form, size_t count,
                           const char *body, const char *words)
{
    assert_fails(form, count, body, ERROR_PROTOCOL, words);
}

static void an_index_places_a_row_whatever_the_order(void **state)
{
    struct read *r = answer(&openai, 2,
                            "{\"usage\":{\"prompt_tokens\":5,\"total_tokens\":"
                            "7},\"data\":[{\"embedding\":[3,4],\"index\":1},"
                            "{\"index\":0,\"embedding\":\"AACAPwAAAEA=\"}]}");

    (void)state;
    assert_true(r->fine);
    assert_row(r, 0, 1, 2);
    assert_row(r, 1, 3, 4);
    assert_int_equal(r->rows.tokens, 7);
}

static void without_an_index_rows_are_in_the_order_of_the_texts(void **state)
{
    struct read *r = answer(&openai, 2,
                            "{\"data\":[{\"embedding\":[1,2],\"index\":null},"
                            "{\"embedding\":[3,4]}],"
                            "\"usage\":{\"prompt_tokens\":5}}");

    (void)state;
    assert_true(r->fine);
    assert_row(r, 0, 1, 2);
    assert_row(r, 1, 3, 4);
    assert_int_equal(r->rows.tokens, 5);
}

static void lists_by_type_give_floats_or_base64(void **state)
{
    struct read *r;

    (void)state;
    r = answer(&cohere, 2,
               "{\"id\":\"x\",\"embeddings\":{\"int8\":[[1,2],[3,4]],"
               "\"float\":[[1,2],[3,4]]},\"texts\":[\"a\",\"b\"],\"meta\":{"
               "\"api_version\":{\"version\":\"2\"},\"billed_units\":{"
               "\"input_tokens\":3}},\"response_type\":\"embeddings_by_type\"}");
    assert_true(r->fine);
    assert_row(r, 1, 3, 4);
    assert_int_equal(r->rows.tokens, 3);
    r = answer(&cohere, 1, "{\"embeddings\":{\"base64\":[\"AACAPwAAAEA=\"]}}");
    assert_true(r->fine);
    assert_row(r, 0, 1, 2);
    assert_int_equal(r->rows.tokens, 0);
    /* Both: one of them is enough. */
    r = answer(&cohere, 1, "{\"embeddings\":{\"base64\":[\"AACAPwAAAEA=\"],"
                           "\"float\":[[1,2]]}}");
    assert_true(r->fine);
    assert_refused(&cohere, 1, "{\"embeddings\":{\"int8\":[[1,2]]}}",
                   "without vectors");
}

static void objects_arrays_and_a_bare_list_are_read_by_position(void **state)
{
    struct read *r;

    (void)state;
    r = answer(&gemini, 2, "{\"embeddings\":[{\"values\":[1,2]},"
                           "{\"values\":[3,4]}]}");
    assert_true(r->fine);
    assert_row(r, 1, 3, 4);
    r = answer(&ollama, 2, "{\"model\":\"m\",\"embeddings\":[[1,2],[3,4]],"
                           "\"prompt_eval_count\":8}");
    assert_true(r->fine);
    assert_row(r, 1, 3, 4);
    assert_int_equal(r->rows.tokens, 8);
    r = answer(&bare, 2, " [[1,2] , [3,4]] ");
    assert_true(r->fine);
    assert_row(r, 0, 1, 2);
    assert_row(r, 1, 3, 4);
    assert_refused(&bare, 1, "{\"error\":\"no\"}", "no list of vectors");
}

static void a_dimension_is_learned_without_storing(void **state)
{
    struct rows rows = { .count = 1 };
    struct error err;

    (void)state;
    assert_true(rows_read(&rows, &cohere,
                          text_of("{\"embeddings\":{\"float\":[[1,2,3]]}}"),
                          "", &err));
    assert_int_equal(rows.dim, 3);
    rows_release(&rows);
}

static void EM_13_counts_and_indexes_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    assert_refused(&openai, 2, "{\"data\":[{\"embedding\":[1,2]}]}",
                   "1 vectors for 2 texts");
    assert_refused(&ollama, 1, "{\"embeddings\":[[1,2],[3,4]]}",
                   "more vectors than the 1 texts");
    assert_refused(&openai, 2,
                   "{\"data\":[{\"index\":0,\"embedding\":[1,2]},"
                   "{\"index\":0,\"embedding\":[1,2]}]}",
                   "is there twice");
    assert_refused(&openai, 1,
                   "{\"data\":[{\"index\":1,\"embedding\":[1,2]}]}",
                   "index out of range");
    assert_refused(&openai, 1,
                   "{\"data\":[{\"index\":\"0\",\"embedding\":[1,2]}]}",
                   "index out of range");
    assert_refused(&gemini, 1, "{\"embeddings\":[{\"value\":[1,2]}]}",
                   "has no vector");
    assert_refused(&gemini, 1, "{\"embeddings\":{}}", "without vectors");
    assert_refused(&cohere, 1, "{\"embeddings\":null}", "without vectors");
}

static void EM_14_another_dimension_is_refused(void **state)
{
    (void)state;
    /* The model is another one: nothing that a repetition mends. */
    assert_fails(&ollama, 1, "{\"embeddings\":[[1,2,3]]}", ERROR_CONFIG,
                 "3 dimensions, expected 2");
    assert_fails(&openai, 1,
                 "{\"data\":[{\"embedding\":\"AACAPwAAAEAAAEBA\"}]}",
                 ERROR_CONFIG, "3 dimensions, expected 2");
    assert_refused(&openai, 1, "{\"data\":[{\"embedding\":\"AACAPwA=\"}]}",
                   "no whole number of floats");
}

static void EM_15_null_and_broken_letters_spoil_only_their_row(void **state)
{
    struct read *r = answer(&openai, 3,
                            "{\"data\":[{\"embedding\":null},"
                            "{\"embedding\":\"A%CAPwAAAEA=\"},"
                            "{\"embedding\":[3,4]}]}");

    (void)state;
    assert_true(r->fine);
    assert_true(isnan(r->v[0]) && isnan(r->v[1]));
    assert_true(isnan(r->v[2]) && isnan(r->v[3]));
    assert_row(r, 2, 3, 4);
}

static void EM_16_floats_in_the_other_byte_order_are_refused(void **state)
{
    (void)state;
    /* 0.03125047 and -0.0219, big-endian */
    assert_refused(&openai, 1,
                   "{\"data\":[{\"embedding\":\"PQAAfryzZ6E=\"}]}",
                   "byte order");
}

static void EM_12_what_is_no_list_of_vectors_is_quoted(void **state)
{
    (void)state;
    assert_refused(&openai, 1, "", "empty");
    assert_refused(&openai, 1, "<html>\033[2J</html>", "<html><1B>");
    assert_refused(&openai, 1, "{\"data\":[{\"embedding\":[1,2]}", "(no cont");
    assert_refused(&gemini, 1, "{\"embeddings\":[{\"values\":[1,NaN]}]}",
                   "no list of vectors");
    assert_refused(&gemini, 1, "{\"embeddings\":[[1,2]]}",
                   "no list of vectors");
    assert_refused(&ollama, 1, "{\"embeddings\":[[1,\"2\"]]}",
                   "not a number");
    assert_refused(&bare, 1, "[[1,2]] x", "no list of vectors");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_index_places_a_row_whatever_the_order),
        cmocka_unit_test(without_an_index_rows_are_in_the_order_of_the_texts),
        cmocka_unit_test(lists_by_type_give_floats_or_base64),
        cmocka_unit_test(objects_arrays_and_a_bare_list_are_read_by_position),
        cmocka_unit_test(a_dimension_is_learned_without_storing),
        cmocka_unit_test(EM_13_counts_and_indexes_that_do_not_fit_are_refused),
        cmocka_unit_test(EM_14_another_dimension_is_refused),
        cmocka_unit_test(EM_15_null_and_broken_letters_spoil_only_their_row),
        cmocka_unit_test(EM_16_floats_in_the_other_byte_order_are_refused),
        cmocka_unit_test(EM_12_what_is_no_list_of_vectors_is_quoted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
