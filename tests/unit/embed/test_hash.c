/*
 * Tests of the embedder of wording alone: its contract, the words that it
 * sees in a text, and that similar texts have similar vectors.
 */
#include "config.h"
#include "embed/embedder.h"
#include "tests/support/tap.h"

#include <math.h>
#include <stdlib.h>

#include "tests/contract/contract_embedder.h"
#include "embed/static/idf.h"
#include "embed/static/words.h"
#include "util/floats.h"

static struct embedder *open_dim(size_t dim)
{
    struct embedder_config cfg = { .model = "", .dim = dim, .stop_fd = -1 };
    struct error err;
    struct embedder *e = embedder_hash.open(&cfg, &err);

    if (!e)
        fail_msg("%s", err.text);
    return e;
}

static void embed(struct embedder *e, const char *text, size_t len, float *v)
{
    struct embed_input in = { { text, len },
                              memchr(text, '\\', len) != NULL };
    struct embed_usage use;
    struct error err;

    assert_true(e->ops->embed(e, &in, 1, v, &use, &err));
    assert_int_equal(use.sent_bytes, 0);
    assert_true(float_usable(v, e->dim));
    assert_true(fabsf(float_dot(v, v, e->dim) - 1) < 1e-4F);
}

static float likeness(struct embedder *e, const char *a, const char *b)
{
    float *v = malloc(2 * e->dim * sizeof *v), score;

    embed(e, a, strlen(a), v);
    embed(e, b, strlen(b), v + e->dim);
    score = float_dot(v, v + e->dim, e->dim);
    free(v);
    return score;
}

static void vectors_have_384_dimensions_or_those_asked_for(void **state)
{
    struct embedder *e = open_dim(0);

    (void)state;
    assert_int_equal(e->dim, 384);
    e->ops->close(e);
    for (size_t dim = 1; dim < 20000; dim = dim * 3 + 1) {
        float *v;

        if (dim > 16384)
            break;
        v = malloc(dim * sizeof *v);
        e = open_dim(dim);
        assert_int_equal(e->dim, dim);
        embed(e, "a", 1, v);
        embed(e, "some words for it", 17, v);
        e->ops->close(e);
        free(v);
    }
}

static void too_many_dimensions_are_a_configuration_error(void **state)
{
    struct embedder_config cfg = { .model = "", .dim = 1000000 };
    struct error err;

    (void)state;
    assert_null(embedder_hash.open(&cfg, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    cfg = (struct embedder_config){ .model = "bert" };
    assert_null(embedder_hash.open(&cfg, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    embedder_hash.close(NULL);
}

static void the_same_text_gives_the_same_vector(void **state)
{
    struct embedder *one = open_dim(64), *two = open_dim(64);
    float a[64], b[64];

    (void)state;
    embed(one, "something else before", 21, b);
    embed(one, "The quick brown fox", 19, a);
    embed(two, "The quick brown fox", 19, b);
    assert_memory_equal(a, b, sizeof a);
    one->ops->close(one);
    two->ops->close(two);
}

static void like_wordings_are_nearer_than_unlike_ones(void **state)
{
    struct embedder *e = open_dim(0);
    const char *text = "a small domesticated carnivorous mammal";

    (void)state;
    assert_true(likeness(e, text, "small carnivorous mammals") >
                likeness(e, text, "interest rates rose in the spring") + 0.3F);
    assert_true(likeness(e, "WORDS, IN CAPITALS!", "words in capitals") >
                0.999F);
    /* parts of words count */
    assert_true(likeness(e, "electricity", "electrical") > 0.3F);
    /* rare words say more than common ones */
    assert_true(likeness(e, "the xylophone", "xylophone of") >
                likeness(e, "the xylophone", "the kettle"));
    e->ops->close(e);
}

static void escapes_are_decoded_first(void **state)
{
    struct embedder *e = open_dim(0);
    const char *raw = "gr\\u00fcn\\nand \\\"blue\\\"";
    const char *text = "gr\xc3\xbcn\nand \"blue\"";
    float a[384], b[384];

    (void)state;
    embed(e, raw, strlen(raw), a);
    embed(e, text, strlen(text), b);
    assert_memory_equal(a, b, sizeof a);
    e->ops->close(e);
}

static void a_text_without_words_gets_a_vector_too(void **state)
{
    static const struct text odd[] = { { "!!!", 3 }, { " ", 1 }, { "\0", 1 },
                                       { "\xe2\x80\x94", 3 }, { "\x80", 1 },
                                       { "\xf0", 1 } };
    float v[384], first[384];
    struct embedder *e = open_dim(0);

    (void)state;
    embed(e, "???", 3, first);
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        embed(e, odd[i].ptr, odd[i].len, v);
        assert_memory_not_equal(v, first, sizeof v);
    }
    e->ops->close(e);
}

static void a_batch_keeps_its_order(void **state)
{
    struct embed_input in[3] = { { { "one", 3 }, false },
                                 { { "t\\u0077o", 8 }, true },
                                 { { "three", 5 }, false } };
    float v[3 * 16], alone[16];
    struct embedder *e = open_dim(16);
    struct embed_usage use;
    struct error err;

    (void)state;
    assert_true(e->ops->embed(e, in, 3, v, &use, &err));
    embed(e, "two", 3, alone);
    assert_memory_equal(v + 16, alone, sizeof alone);
    embed(e, "three", 5, alone);
    assert_memory_equal(v + 32, alone, sizeof alone);
    e->ops->close(e);
}

static void words_are_runs_of_letters_and_digits(void **state)
{
    struct text rest =
        text_of("Don't \xe2\x80\x9cZ\xc3\xbcrich\xe2\x80\x9d, 42x");
    const size_t counts[] = { 3, 1, 6, 3 };
    struct word w, small;
    struct text lower = text_of("don");

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        assert_true(word_next(&rest, &w));
        assert_int_equal(w.count, counts[i]);
    }
    assert_false(word_next(&rest, &w));
    rest = text_of("DON");
    assert_true(word_next(&rest, &w) && word_next(&lower, &small));
    assert_int_equal(w.hash, small.hash);
}

static void endless_words_are_cut(void **state)
{
    static char long_word[1000];
    struct text rest = { long_word, sizeof long_word };
    struct word w;
    size_t total = 0;

    (void)state;
    memset(long_word, 'a', sizeof long_word);
    while (word_next(&rest, &w))
        total += w.count;
    assert_int_equal(total, sizeof long_word);
}

static float weight_of(const struct idf *t, const char *word)
{
    struct text rest = text_of(word);
    struct word w;

    assert_true(word_next(&rest, &w));
    return idf_weight(t, w.hash);
}

static void common_words_weigh_less(void **state)
{
    struct idf *t = idf_new();

    (void)state;
    assert_non_null(t);
    assert_true(weight_of(t, "the") > 0);
    assert_true(weight_of(t, "the") < weight_of(t, "animal"));
    assert_true(weight_of(t, "animal") < weight_of(t, "zyzzyva"));
    idf_free(t);
    idf_free(NULL);
}

static void hash_keeps_the_contract(void **state)
{
    const struct contract_embedder k = { .ops = &embedder_hash, .model = "" };

    (void)state;
    contract_embedder(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_have_384_dimensions_or_those_asked_for),
        cmocka_unit_test(too_many_dimensions_are_a_configuration_error),
        cmocka_unit_test(the_same_text_gives_the_same_vector),
        cmocka_unit_test(like_wordings_are_nearer_than_unlike_ones),
        cmocka_unit_test(escapes_are_decoded_first),
        cmocka_unit_test(a_text_without_words_gets_a_vector_too),
        cmocka_unit_test(a_batch_keeps_its_order),
        cmocka_unit_test(words_are_runs_of_letters_and_digits),
        cmocka_unit_test(endless_words_are_cut),
        cmocka_unit_test(common_words_weigh_less),
        cmocka_unit_test(hash_keeps_the_contract),
    };

    return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
