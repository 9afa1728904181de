/*
 * Tests of the embedder that finds by meaning: its vectors are those of the
 * reference, to the last bit on every machine; like meanings are near; a
 * damaged table is refused.
 */
#include "config.h"
#include "embed/embedder.h"
#include "tests/support/tap.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "embed/static/meaning.h"
#include "embed/static/word_rows.h"
#include "tests/contract/contract_embedder.h"
#include "util/floats.h"

enum { DIM = 384 };

extern const unsigned char meaning_table[], meaning_table_end[];

static struct embedder *open_dim(size_t dim)
{
    struct embedder_config cfg = { .model = "", .dim = dim, .stop_fd = -1 };
    struct error err;
    struct embedder *e = embedder_local.open(&cfg, &err);

    if (!e)
        fail_msg("%s", err.text);
    return e;
}

static void embed(struct embedder *e, struct text text, float *v)
{
    struct embed_input in = { text, false };
    struct embed_usage use;
    struct error err;

    assert_true(e->ops->embed(e, &in, 1, v, &use, &err));
    assert_true(float_usable(v, e->dim));
    assert_true(fabsf(float_dot(v, v, e->dim) - 1) < 1e-4F);
}

static float likeness(struct embedder *e, const char *a, const char *b)
{
    float v[2][DIM];

    embed(e, text_of(a), v[0]);
    embed(e, text_of(b), v[1]);
    return float_dot(v[0], v[1], e->dim);
}

/* ---- the reference ---- */

static FILE *open_reference(void)
{
    const char *top = getenv("srcdir");
    char path[4096];
    FILE *f;

    snprintf(path, sizeof path, "%s/data/meaning/vectors.tsv", top ? top : ".");
    f = fopen(path, "r");
    if (!f)
        fail_msg("%s is missing", path);
    return f;
}

/* Eight numbers behind tabs. */
static void compare_with(const char *line, const float *v)
{
    for (int i = 0; i < 8; i++) {
        char *end;
        float right = strtof(line, &end);

        assert_ptr_not_equal(line, end);
        if (fabsf(v[i] - right) > 1e-4F)
            fail_msg("component %d is %f, not %f", i, (double)v[i],
                     (double)right);
        line = end;
    }
}

/* A hash of the bits, for any order of bytes. */
static uint64_t bits_of(uint64_t hash, const float *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;

        memcpy(&bits, &v[i], sizeof bits);
        hash = word_mix(hash + bits);
    }
    return hash;
}

static void vectors_are_those_of_the_reference(void **state)
{
    struct embedder *e = open_dim(0);
    FILE *f = open_reference();
    char line[1000];
    uint64_t bits = 0;
    int lines = 0;

    (void)state;
    for (; fgets(line, sizeof line, f); lines++) {
        char *tab = strchr(line, '\t');
        float v[DIM];

        assert_non_null(tab);
        embed(e, (struct text){ line, (size_t)(tab - line) }, v);
        compare_with(tab, v);
        bits = bits_of(bits, v, DIM);
    }
    assert_int_equal(lines, 20);
    assert_int_equal(bits, 0x73453336a0248babU);
    fclose(f);
    e->ops->close(e);
}

/* The components from 192 on, which are wording alone: vectors.tsv has the first
 * eight, which are meaning. */
static void wording_is_that_of_the_reference(void **state)
{
    static const struct {
        const char *text;
        float right[8];
    } rows[] = {
        { "zzyzx",
          { 0.000000F, 0.135518F, 0.000000F, 0.000000F,
            0.135518F, 0.000000F, 0.000000F, 0.000000F } },
        { "aircraft",
          { 0.000000F, 0.000000F, 0.000000F, 0.000000F,
            -0.045541F, 0.045541F, 0.000000F, -0.045541F } },
        { "helicoptering over the taiga",
          { 0.039803F, -0.172321F, -0.039803F, 0.000000F,
            0.106062F, 0.039803F, -0.000266F, -0.039536F } },
        { "ERR_AVXY_514",
          { 0.000000F, 0.000000F, 0.000000F, 0.000000F,
            0.000000F, 0.121254F, 0.099004F, -0.099004F } },
    };
    struct embedder *e = open_dim(0);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        float v[DIM];

        embed(e, text_of(rows[i].text), v);
        for (int k = 0; k < 8; k++)
            assert_true(fabsf(v[192 + k] - rows[i].right[k]) < 1e-5F);
    }
    e->ops->close(e);
}

/* ---- what it is for ---- */

static void like_meanings_are_near(void **state)
{
    struct embedder *e = open_dim(0);

    (void)state;
    assert_true(likeness(e, "a vehicle that flies", "aircraft") >
                likeness(e, "a vehicle that flies", "armoured car") + 0.1F);
    assert_true(likeness(e, "someone who repairs teeth", "dentist") >
                likeness(e, "someone who repairs teeth", "plumber"));
    assert_true(likeness(e, "how do I reset my password",
                         "To change your login credentials") >
                likeness(e, "how do I reset my password",
                         "How do I clean my oven"));
    e->ops->close(e);
}

static void like_wordings_are_near(void **state)
{
    struct embedder *e = open_dim(0);

    (void)state;
    assert_true(likeness(e, "WORDS, IN CAPITALS!", "words in capitals") >
                0.999F);
    assert_true(likeness(e, "ERR_AVXY_514", "what does ERR_AVXY_514 mean") >
                likeness(e, "ERR_QKRT_882", "what does ERR_AVXY_514 mean") +
                    0.2F);
    assert_true(likeness(e, "Grevilea robusta", "Grevillea robusta") > 0.4F);
    e->ops->close(e);
}

/* More words than are kept, then the same text again. */
static void a_vector_does_not_depend_on_what_came_before(void **state)
{
    struct embedder *e = open_dim(0);
    const struct text text = text_of("one fox, two foxes and a quick brown fox");
    float before[DIM], after[DIM], other[DIM];
    char word[40];

    (void)state;
    embed(e, text, before);
    for (int i = 0; i < 3 * WORD_ROWS; i++) {
        snprintf(word, sizeof word, "word%d fox%d the", i, i * 7);
        embed(e, text_of(word), other);
    }
    embed(e, text, after);
    assert_memory_equal(before, after, sizeof before);
    e->ops->close(e);
}

static void a_text_without_words_gets_a_vector_too(void **state)
{
    static const struct text odd[] = { { "!!!", 3 }, { " ", 1 }, { "\0", 1 },
                                       { "\xe2\x80\x94", 3 }, { "\x80", 1 },
                                       { "\xf0", 1 } };
    float v[DIM], first[DIM];
    struct embedder *e = open_dim(0);

    (void)state;
    embed(e, text_of("???"), first);
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        embed(e, odd[i], v);
        assert_memory_not_equal(v, first, sizeof v);
    }
    e->ops->close(e);
}

static void long_texts_stay_usable(void **state)
{
    static char text[1 << 20];
    struct embedder *e = open_dim(0);
    float v[DIM];

    (void)state;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = "aircraft xq"[i % 9];
    embed(e, (struct text){ text, sizeof text }, v);
    memset(text, 'a', sizeof text);
    embed(e, (struct text){ text, sizeof text }, v);
    e->ops->close(e);
}

/* ---- dimensions ---- */

static void fewer_dimensions_are_the_first_ones(void **state)
{
    struct embedder *whole = open_dim(0);
    float v[DIM], cut[DIM];

    (void)state;
    assert_int_equal(whole->dim, DIM);
    assert_int_equal(whole->own_dim, 0);
    embed(whole, text_of("some words for it"), v);
    for (size_t dim = 1; dim < DIM; dim = dim * 2 + 1) {
        struct embedder *e = open_dim(dim);

        assert_int_equal(e->dim, dim);
        assert_int_equal(e->own_dim, DIM);
        embed(e, text_of("zzyzx"), cut);
        embed(e, text_of("some words for it"), cut);
        for (size_t i = 1; i < dim; i++)
            assert_true(fabsf(cut[i] * v[0] - cut[0] * v[i]) < 1e-5F);
        e->ops->close(e);
    }
    whole->ops->close(whole);
}

static void more_dimensions_or_a_model_are_refused(void **state)
{
    struct embedder_config cfg = { .model = "", .dim = DIM + 1 };
    struct error err;

    (void)state;
    assert_null(embedder_local.open(&cfg, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_non_null(strstr(err.text, "--embed hash"));
    cfg = (struct embedder_config){ .model = "bert" };
    assert_null(embedder_local.open(&cfg, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    embedder_local.close(NULL);
}

/* ---- the table ---- */

static void a_damaged_table_is_refused(void **state)
{
    size_t size = (size_t)(meaning_table_end - meaning_table);
    const size_t at[] = { 0, 8, 12, 16, 33, 64, 128, 300000, size / 2,
                          size - 1 };
    unsigned char *table = malloc(size);
    struct meaning *m = malloc(sizeof *m);
    struct error err;

    (void)state;
    memcpy(table, meaning_table, size);
    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
        table[at[i]] ^= 0x20;
        assert_false(meaning_read(m, table, size, &err));
        assert_int_equal(err.kind, ERROR_CONFIG);
        assert_non_null(strstr(err.text, "table of meanings is damaged"));
        table[at[i]] ^= 0x20;
    }
    for (size_t n = 0; n < size; n = n * 3 + 1)
        assert_false(meaning_read(m, table, n, &err));
    assert_true(meaning_read(m, table, size, &err));
    free(m);
    free(table);
}

static struct meaning_sense sense_of(const char *word)
{
    struct error err;
    const struct meaning *m = meaning_take(&err);
    struct text rest = text_of(word);
    struct word w;

    assert_non_null(m);
    assert_true(word_next(&rest, &w));
    return meaning_of(m, &w);
}

static void a_form_of_a_known_word_is_half_known(void **state)
{
    (void)state;
    assert_int_equal(sense_of("happy").halves, 2);
    assert_int_equal(sense_of("Happy").row, sense_of("happy").row);
    assert_int_equal(sense_of("unhappier").halves, 1);
    assert_int_equal(sense_of("unhappier").row, sense_of("unhappy").row);
    assert_int_equal(sense_of("zzyzx").halves, 0);
    assert_int_equal(sense_of("\xc3\xbc" "bers").halves, 0);
    assert_true(sense_of("the").level < sense_of("aircraft").level);
}

static void local_keeps_the_contract(void **state)
{
    const struct contract_embedder k = { .ops = &embedder_local, .model = "" };

    (void)state;
    contract_embedder(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_are_those_of_the_reference),
        cmocka_unit_test(wording_is_that_of_the_reference),
        cmocka_unit_test(like_meanings_are_near),
        cmocka_unit_test(like_wordings_are_near),
        cmocka_unit_test(a_vector_does_not_depend_on_what_came_before),
        cmocka_unit_test(a_text_without_words_gets_a_vector_too),
        cmocka_unit_test(long_texts_stay_usable),
        cmocka_unit_test(fewer_dimensions_are_the_first_ones),
        cmocka_unit_test(more_dimensions_or_a_model_are_refused),
        cmocka_unit_test(a_damaged_table_is_refused),
        cmocka_unit_test(a_form_of_a_known_word_is_half_known),
        cmocka_unit_test(local_keeps_the_contract),
    };

    return cmocka_run_group_tests_name("local", tests, NULL, NULL);
}
