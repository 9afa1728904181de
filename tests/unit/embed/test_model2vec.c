/*
 * Tests of Model2Vec folders: small models are written into a temporary folder,
 * embedded with, damaged in many ways, and opened by several workers at once.
 */
#include "config.h"
#include "embed/embedder.h"
#include "tests/support/await.h"
#include "tests/support/tap.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/contract/contract_embedder.h"
#include "util/floats.h"

static const char tokens[] =
    "{\"normalizer\":{\"type\":\"BertNormalizer\"},"
    "\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},"
    "\"model\":{\"type\":\"WordPiece\",\"vocab\":"
    "{\"[UNK]\":0,\"cat\":1,\"dog\":2,\"##s\":3}}}";

static char folder[64];

static const char *in_folder(const char *name)
{
    static char path[128];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_bytes(const char *name, const void *data, size_t n)
{
    FILE *f = fopen(in_folder(name), "wb");

    assert_non_null(f);
    fwrite(data, 1, n, f);
    fclose(f);
}

static void write_text(const char *name, const char *text)
{
    write_bytes(name, text, strlen(text));
}

/* Numbers of so many bytes each, the least byte first. */
static void put_numbers(struct buf *b, const void *data, size_t n,
                        size_t width)
{
    const char *p = data;

    for (size_t i = 0; i < n; i++)
        buf_putc(b, p[FLOATS_TURNED ? i / width * width + width - 1 - i % width
                                    : i]);
}

/* The header's length, the header, the data: n bytes of numbers. */
static void write_tensors(const char *header, const void *data, size_t n,
                          size_t width)
{
    size_t len = strlen(header);
    unsigned char prefix[8] = { (unsigned char)len,
                                (unsigned char)(len >> 8) };
    struct buf b;

    buf_init(&b);
    buf_put(&b, prefix, sizeof prefix);
    buf_puts(&b, header);
    put_numbers(&b, data, n, width);
    write_bytes("model.safetensors", b.data, b.len);
    buf_release(&b);
}

/* Four rows of two: [UNK] cat dog ##s. */
static const float rows[4][2] = { { 9, 9 }, { 1, 0 }, { 0, 2 }, { -1, 0.5F } };

static void write_rows(void)
{
    write_tensors("{\"embeddings\":{\"dtype\":\"F32\",\"shape\":[4,2],"
                  "\"data_offsets\":[0,32]}}", rows, sizeof rows, 4);
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/batchtop-model2vec-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    write_text("tokenizer.json", tokens);
    write_text("config.json", "{\"normalize\":false}");
    write_rows();
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(in_folder("tokenizer.json"));
    unlink(in_folder("config.json"));
    unlink(in_folder("model.safetensors"));
    return rmdir(folder);
}

static struct embedder *open_dim(size_t dim, struct error *err)
{
    struct embedder_config cfg = { .model = folder, .dim = dim,
                                   .stop_fd = -1 };

    return embedder_static.open(&cfg, err);
}

static struct embedder *open_model(void)
{
    struct error err = { .text = "" };
    struct embedder *e = open_dim(0, &err);

    if (!e)
        fail_msg("%s", err.text);
    return e;
}

static void expect(const char *text, float x, float y)
{
    struct embedder *e = open_model();
    struct embed_input in = { text_of(text), strchr(text, '\\') != NULL };
    struct embed_usage use;
    struct error err;
    float v[2];

    assert_int_equal(e->dim, 2);
    assert_true(e->ops->embed(e, &in, 1, v, &use, &err));
    if (fabsf(v[0] - x) > 1e-6F || fabsf(v[1] - y) > 1e-6F)
        fail_msg("%s: %g %g", text, (double)v[0], (double)v[1]);
    e->ops->close(e);
}

static void expect_refusal(const char *words)
{
    struct error err = { .text = "" };

    assert_null(open_dim(0, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    if (!strstr(err.text, words))
        fail_msg("\"%s\" does not say \"%s\"", err.text, words);
}

static void a_text_is_the_mean_of_its_known_tokens(void **state)
{
    (void)state;
    expect("Cat dog", 0.5F, 1);
    expect("dogs", -0.5F, 1.25F);
    expect("cat \\u0063at qwerty dog", 2 / 3.0F, 2 / 3.0F);
}

static void the_config_decides_on_length_one(void **state)
{
    (void)state;
    write_text("config.json", "{\"normalize\":true,\"hidden_dim\":2}");
    expect("dog", 0, 1);
    expect("cat dog dog dog", 0.16439899F, 0.98639392F); /* 1, 6 */
}

static void halves_and_bytes_are_numbers_too(void **state)
{
    static const uint16_t half[4][2] = {
        { 0x4880, 0x4880 }, { 0x3c00, 0x0000 }, { 0x8000, 0x4000 },
        { 0xbc00, 0x0001 } /* 2 to the -24, subnormal */
    };
    static const uint16_t brain[4][2] = {
        { 0, 0 }, { 0x3f80, 0 }, { 0, 0x4000 }, { 0xbf80, 0x3f00 }
    };
    static const signed char small[4][2] = { { 9, 9 }, { 1, 0 }, { 0, 2 },
                                             { -128, 127 } };

    (void)state;
    write_tensors("{\"embeddings\":{\"dtype\":\"F16\",\"shape\":[4,2],"
                  "\"data_offsets\":[0,16]}}", half, sizeof half, 2);
    expect("cat dog", 0.5F, 1);
    expect("cats", 0, 0x1p-25F);
    write_tensors("{\"embeddings\":{\"dtype\":\"BF16\",\"shape\":[4,2],"
                  "\"data_offsets\":[0,16]} }", brain, sizeof brain, 2);
    expect("dogs", -0.5F, 1.25F);
    write_tensors("{\"embeddings\":{\"dtype\":\"I8\",\"shape\":[4,2],"
                  "\"data_offsets\":[0,8]}}", small, sizeof small, 1);
    expect("dogs", -64, 64.5F);
}

/* Two rows for four tokens: [UNK] and ##s share one, cat and dog the other. */
static const struct {
    float rows[2][2], weights[4];
    int32_t mapping[4];
} shared = { { { 1, 2 }, { 3, 4 } }, { 1, 2, 0.5F, 4 }, { 0, 1, 1, 0 } };

#define SHARED(mapping_type)                                                  \
    "{\"embeddings\":{\"dtype\":\"F32\",\"shape\":[2,2],"                     \
    "\"data_offsets\":[0,16]},\"weights\":{\"dtype\":\"F32\",\"shape\":[4],"  \
    "\"data_offsets\":[16,32]},\"mapping\":{\"dtype\":\"" mapping_type "\","  \
    "\"shape\":[4],\"data_offsets\":[32,48]}}"

static void tokens_share_rows_at_weights_of_their_own(void **state)
{
    (void)state;
    write_tensors(SHARED("I32"), &shared, sizeof shared, 4);
    expect("cat dog", 3.75F, 5);
    expect("dogs", 2.75F, 5);
}

static void a_mapping_that_leads_outside_is_refused(void **state)
{
    char bytes[sizeof shared];
    const int32_t far = 2, below = -1;

    (void)state;
    memcpy(bytes, &shared, sizeof bytes);
    memcpy(bytes + 32, &far, sizeof far);
    write_tensors(SHARED("I32"), bytes, sizeof bytes, 4);
    expect_refusal("mapping");
    memcpy(bytes + 32, &below, sizeof below);
    write_tensors(SHARED("I32"), bytes, sizeof bytes, 4);
    expect_refusal("mapping");
    write_tensors(SHARED("F32"), bytes, sizeof bytes, 4);
    expect_refusal("mapping");
}

static void a_text_of_unknown_tokens_gets_zeros(void **state)
{
    struct embed_input in[2] = { { text_of("\xe4\xb8\xad qwerty"), false },
                                 { text_of("dog"), false } };
    struct embedder *e = open_model();
    struct embed_usage use;
    struct error err;
    float v[4];

    (void)state;
    assert_true(e->ops->embed(e, in, 2, v, &use, &err));
    assert_false(float_usable(v, 2));
    assert_true(float_usable(v + 2, 2));
    e->ops->close(e);
}

static void put_word(struct buf *b, const char *start)
{
    buf_puts(b, start);
    for (int i = 0; i < 97; i++)
        buf_putc(b, 's');
    buf_putc(b, ' ');
}

static void only_the_first_512_tokens_count(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b);
    for (int i = 0; i < 5; i++)
        put_word(&b, "cat");
    put_word(&b, "dog");
    /* 5 cat, 1 dog, 5 x 97 + 21 ##s */
    expect(buf_cstr(&b), -501 / 512.0F, 255 / 512.0F);
    buf_release(&b);
}

static void only_512_times_the_median_length_is_read(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b);
    for (int i = 0; i < 384; i++) /* the lengths are 5 3 3 3 */
        buf_puts(&b, "cat ");
    buf_puts(&b, "dog");
    expect(buf_cstr(&b), 1, 0);
    buf_release(&b);
}

static void another_dimension_is_refused(void **state)
{
    struct error err = { .text = "" };
    struct embedder *e = open_dim(2, &err);

    (void)state;
    assert_non_null(e);
    e->ops->close(e);
    assert_null(open_dim(3, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_non_null(strstr(err.text, "--dim 3"));
}

static void the_identity_changes_with_any_of_the_files(void **state)
{
    struct embedder *e = open_model(), *again = open_model();
    char first[64];

    (void)state;
    snprintf(first, sizeof first, "%s", e->identity);
    assert_int_equal(strlen(first), 32);
    assert_string_equal(first, again->identity);
    e->ops->close(e);
    again->ops->close(again);
    write_text("config.json", "{\"normalize\":true}");
    e = open_model();
    assert_string_not_equal(first, e->identity);
    e->ops->close(e);
}

static void each_missing_file_is_named(void **state)
{
    static const char *const names[] = { "config.json", "tokenizer.json",
                                         "model.safetensors" };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char path[128], aside[128];

        snprintf(path, sizeof path, "%s", in_folder(names[i]));
        snprintf(aside, sizeof aside, "%s", in_folder("aside"));
        assert_int_equal(rename(path, aside), 0);
        expect_refusal(names[i]);
        assert_int_equal(rename(aside, path), 0);
    }
    write_text("config.json", "normalize");
    expect_refusal("not a JSON object");
}

static void hostile_tensors_are_refused_in_a_sentence(void **state)
{
#define ONE(dtype, shape, offsets)                                            \
    "{\"embeddings\":{\"dtype\":" dtype ",\"shape\":" shape                   \
    ",\"data_offsets\":" offsets "}}"
    static const struct {
        const char *header, *words;
    } cases[] = {
        { ONE("\"F32\"", "[4,2]", "[0,64]"), "outside" },
        { ONE("\"F32\"", "[4,2]", "[32,0]"), "outside" },
        { ONE("\"F32\"", "[4,2]", "[-4,28]"), "not of the format" },
        { ONE("\"F32\"", "[4,3]", "[0,32]"), "does not fit" },
        { ONE("\"F32\"", "[4294967295,4294967295]", "[0,32]"),
          "not of the format" },
        { ONE("\"F32\"", "[1073741824,4294967296]", "[0,32]"),
          "not of the format" },
        { ONE("\"F4\"", "[4,2]", "[0,32]"), "not of the format" },
        { ONE("\"F32\"", "[4,2.5]", "[0,32]"), "not of the format" },
        { ONE("\"F32\"", "[2,2]", "[0,16]"), "no tensor" },
        { ONE("\"F32\"", "[2,2]", "[16,32]"), "overlap or leave holes" },
        { ONE("\"U8\"", "[4,8]", "[0,32]"), "does not read" },
        { ONE("\"F32\"", "[2,2,2]", "[0,32]"), "3 dimensions" },
        { ONE("\"F32\"", "[2,4]", "[0,32]"), "fewer rows" },
        { ONE("\"I32\"", "[4,2]", "[0,32]"), "no Model2Vec" },
        { "{\"embeddings\":{\"dtype\":\"F32\"}}", "lacks" },
        { "{\"embeddings\":3}", "not described" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[4,2],\"data_offsets\":[0,32]"
          "}}", "no Model2Vec" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[8],\"data_offsets\":[0,32]},"
          "\"b\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}",
          "overlap or leave holes" },
        { "[]", "JSON" },
        { "{\"embeddings\":", "described" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_tensors(cases[i].header, rows, sizeof rows, 4);
        expect_refusal(cases[i].words);
    }
    write_bytes("model.safetensors", "\x05\0\0", 3);
    expect_refusal("too short");
    write_bytes("model.safetensors", "", 0);
    expect_refusal("too short");
    write_bytes("model.safetensors", "\xff\xff\xff\xff\xff\xff\xff\xff{}", 10);
    expect_refusal("longer than the file");
    write_bytes("model.safetensors", "\x03\0\0\0\0\0\0\0{}", 10);
    expect_refusal("longer than the file");
}

static void empty_tensors_stand_where_they_like(void **state)
{
    (void)state;
    write_tensors("{\"__metadata__\":{\"format\":\"pt\"},"
                  "\"embeddings\":{\"dtype\":\"F32\",\"shape\":[4,2],"
                  "\"data_offsets\":[0,32]},\"none\":{\"dtype\":\"F32\","
                  "\"shape\":[0,7],\"data_offsets\":[0,0]}}",
                  rows, sizeof rows, 4);
    expect("dog", 0, 2);
}

static void *open_and_close(void *result)
{
    struct error err;
    struct embedder *e = open_dim(0, &err);

    *(bool *)result = e != NULL;
    embedder_static.close(e);
    return NULL;
}

static void workers_that_open_at_once_share_one_model(void **state)
{
    pthread_t thread[4];
    bool fine[4];

    (void)state;
    for (int i = 0; i < 4; i++)
        pthread_create(&thread[i], NULL, open_and_close, &fine[i]);
    for (int i = 0; i < 4; i++) {
        await_thread(thread[i]);
        assert_true(fine[i]);
    }
}

static void a_folder_keeps_the_contract(void **state)
{
    const struct contract_embedder k = { .ops = &embedder_static,
                                         .model = folder };
    static const float many[8][3] = { { 9, 9, 9 }, { 1, 0, 0 }, { 0, 1, 0 },
                                      { 0, 0, 1 }, { 1, 1, 0 }, { 0, 1, 1 },
                                      { 1, 0, 1 }, { 1, 1, 1 } };

    (void)state;
    write_text("tokenizer.json",
               "{\"normalizer\":{\"type\":\"BertNormalizer\"},"
               "\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},\"model\":"
               "{\"type\":\"WordPiece\",\"vocab\":{\"[UNK]\":0,\"cat\":1,"
               "\"say\":2,\"gru\xc3\x9f" "e\":3,\"smile\":4,\"nul\":5,"
               "\"tab\":6,\"text\":7}}}");
    write_tensors("{\"embeddings\":{\"dtype\":\"F32\",\"shape\":[8,3],"
                  "\"data_offsets\":[0,96]}}", many, sizeof many, 4);
    contract_embedder(&k);
}

#define each(test)                                                            \
    cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        each(a_text_is_the_mean_of_its_known_tokens),
        each(the_config_decides_on_length_one),
        each(halves_and_bytes_are_numbers_too),
        each(tokens_share_rows_at_weights_of_their_own),
        each(a_mapping_that_leads_outside_is_refused),
        each(a_text_of_unknown_tokens_gets_zeros),
        each(only_the_first_512_tokens_count),
        each(only_512_times_the_median_length_is_read),
        each(another_dimension_is_refused),
        each(the_identity_changes_with_any_of_the_files),
        each(each_missing_file_is_named),
        each(hostile_tensors_are_refused_in_a_sentence),
        each(empty_tensors_stand_where_they_like),
        each(workers_that_open_at_once_share_one_model),
        each(a_folder_keeps_the_contract),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("model2vec", tests, NULL, NULL);
}
