/*
 * Tests of the embedder that reads a file of word vectors: its means, its cache
 * beside the file, and what it refuses.
 */
#include "config.h"
#include "embed/embedder.h"
#include "tests/support/await.h"
#include "tests/support/tap.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/contract/contract_embedder.h"
#include "util/floats.h"

static char folder[64], path[96], cache[128];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/batchtop-static-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/w.vec", folder);
    snprintf(cache, sizeof cache, "%s.btcache", path);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    unlink(cache);
    return rmdir(folder); /* fails when a temporary file was left behind */
}

static void write_file(const char *name, const char *text)
{
    FILE *f = fopen(name, "w");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static struct embedder *open_file(struct error *err)
{
    struct embedder_config cfg = { .model = path, .stop_fd = -1 };

    return embedder_static.open(&cfg, err);
}

static void embed(struct embedder *e, const char *text, float *v)
{
    struct embed_input in = { text_of(text), strchr(text, '\\') != NULL };
    struct embed_usage use;
    struct error err;

    assert_true(e->ops->embed(e, &in, 1, v, &use, &err));
}

static void expect_refusal(const char *text, const char *words)
{
    struct error err = { .text = "" };

    write_file(path, text);
    assert_null(open_file(&err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    if (!strstr(err.text, words))
        fail_msg("\"%s\" does not say \"%s\"", err.text, words);
    assert_int_equal(access(cache, F_OK), -1);
}

static const char animals[] = "4 3\n"
                              "cat 1 0 0\n"
                              "Dog 0 2.5e0 0 \n"
                              "dog 9 9 9\n"
                              "c-3po 1 1 1\n";

static void a_text_is_the_weighted_mean_of_its_words(void **state)
{
    struct embedder *e;
    struct error err;
    float v[3];

    (void)state;
    write_file(path, animals);
    e = open_file(&err);
    assert_non_null(e);
    assert_int_equal(e->dim, 3);
    embed(e, "The CAT!", v);
    assert_true(v[0] > 0.9999F && v[1] == 0 && v[2] == 0);
    embed(e, "cat, d\\u006fg", v);
    assert_true(v[0] > 0.1F && v[1] > v[0] && v[2] == 0);
    assert_true(float_dot(v, v, 3) > 0.9999F);
    e->ops->close(e);
}

static void a_text_of_unknown_words_gets_zeros_the_others_do_not(void **state)
{
    struct embed_input in[2] = { { text_of("qwerty po"), false },
                                 { text_of("dog"), false } };
    struct embed_usage use;
    struct embedder *e;
    struct error err;
    float v[6];

    (void)state;
    write_file(path, animals);
    e = open_file(&err);
    assert_non_null(e);
    assert_true(e->ops->embed(e, in, 2, v, &use, &err));
    assert_false(float_usable(v, 3));
    assert_true(float_usable(v + 3, 3));
    e->ops->close(e);
}

static void a_file_without_a_header_is_fine(void **state)
{
    struct embedder *e;
    struct error err;
    float v[2];

    (void)state;
    write_file(path, "the -0.5 0.25\r\nof 1e-3 2\r\n. . . 1 2\r\nend 3 4");
    e = open_file(&err);
    assert_non_null(e);
    assert_int_equal(e->dim, 2);
    embed(e, "end", v);
    assert_true(v[0] > 0.5999F && v[0] < 0.6001F);
    e->ops->close(e);
}

static void the_cache_serves_until_the_file_changes(void **state)
{
    struct embedder *e;
    struct stat first, second;
    struct error err;
    float v[3];

    (void)state;
    write_file(path, animals);
    e = open_file(&err);
    e->ops->close(e);
    assert_int_equal(stat(cache, &first), 0);
    e = open_file(&err);
    e->ops->close(e);
    assert_int_equal(stat(cache, &second), 0);
    assert_int_equal(first.st_ino, second.st_ino);

    write_file(path, "1 3\nbird 0 0 1\n");
    e = open_file(&err);
    embed(e, "bird", v);
    assert_true(v[2] > 0.99F);
    e->ops->close(e);
}

static void a_damaged_cache_is_made_anew(void **state)
{
    struct embedder *e;
    struct error err;
    float v[3];

    (void)state;
    write_file(path, animals);
    e = open_file(&err);
    e->ops->close(e);
    assert_int_equal(truncate(cache, 100), 0);
    e = open_file(&err);
    assert_non_null(e);
    embed(e, "cat", v);
    assert_true(v[0] > 0.99F);
    e->ops->close(e);
    write_file(cache, "something else entirely");
    e = open_file(&err);
    assert_non_null(e);
    e->ops->close(e);
}

static void many_words_keep_their_rows(void **state)
{
    FILE *f = fopen(path, "w");
    struct embedder *e;
    struct error err;
    char word[16];
    float v[2];

    (void)state;
    for (int i = 0; i < 20000; i++)
        fprintf(f, "w%d 1 %d\n", i, i);
    fclose(f);
    e = open_file(&err);
    assert_non_null(e);
    for (int i = 0; i < 20000; i += 7) {
        snprintf(word, sizeof word, "w%d", i);
        embed(e, word, v);
        assert_true(v[1] / v[0] > (float)i - 0.5F - (float)i * 1e-5F &&
                    v[1] / v[0] < (float)i + 0.5F + (float)i * 1e-5F);
    }
    e->ops->close(e);
}

static void bad_files_are_refused_with_the_line(void **state)
{
    struct error err;

    (void)state;
    assert_null(open_file(&err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    expect_refusal("", "no words");
    expect_refusal("2 3\ncat 1 2 3\ndog 1 2\n", "line 3");
    expect_refusal("2 3\ncat 1 2 x\ndog 1 2 3\n", "line 2");
    expect_refusal("cat 1 2\ndog nan 2\n", "line 2");
    expect_refusal("cat 1 2\ndog 1e99 2\n", "line 2");
    expect_refusal("3 2\ncat 1 2\ndog 3 4\n", "announces 3");
    expect_refusal("justaword\n", "line 1");
    expect_refusal("cat 1 2\n\ndog 1 2\n", "line 2");
}

static void a_binary_file_is_refused_without_reading_it_all(void **state)
{
    static char junk[3 << 20];
    FILE *f = fopen(path, "w");
    struct error err;

    (void)state;
    memset(junk, 'x', sizeof junk);
    fwrite(junk, 1, sizeof junk, f);
    fclose(f);
    assert_null(open_file(&err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_non_null(strstr(err.text, "line 1"));
}

static void a_file_and_a_dimension_that_fits_are_asked_for(void **state)
{
    struct embedder_config cfg = { .model = "" };
    struct error err;

    (void)state;
    assert_null(embedder_static.open(&cfg, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    write_file(path, animals);
    cfg = (struct embedder_config){ .model = path, .dim = 5 };
    assert_null(embedder_static.open(&cfg, &err));
    assert_non_null(strstr(err.text, "5"));
    assert_non_null(strstr(err.text, "3"));
    cfg = (struct embedder_config){ .model = folder };
    assert_null(embedder_static.open(&cfg, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
}

static void *open_and_close(void *result)
{
    struct error err;
    struct embedder *e = open_file(&err);

    *(bool *)result = e != NULL;
    embedder_static.close(e);
    return NULL;
}

static void workers_that_open_at_once_share_one_cache(void **state)
{
    pthread_t thread[4];
    bool fine[4];

    (void)state;
    write_file(path, animals);
    for (int i = 0; i < 4; i++)
        pthread_create(&thread[i], NULL, open_and_close, &fine[i]);
    for (int i = 0; i < 4; i++) {
        await_thread(thread[i]);
        assert_true(fine[i]);
    }
}

static void static_keeps_the_contract(void **state)
{
    const struct contract_embedder k = { .ops = &embedder_static,
                                         .model = path };

    (void)state;
    write_file(path, "cat 1 0 0\nsay 0 1 0\ngr\xc3\xbc\xc3\x9f"
                     "e 0 0 1\nsmile 1 1 0\nnul 0 1 1\ntab 1 0 1\n"
                     "text 1 1 1\n");
    contract_embedder(&k);
}

static void EM_42_the_first_dimensions_of_a_file_are_vectors_for_themselves(
    void **state)
{
    struct embedder_config cfg = { .model = path, .dim = 2, .stop_fd = -1 };
    struct embedder *e;
    struct error err;
    float v[2];

    (void)state;
    write_file(path, "2 3\nslope 3 4 12\nflat 0 0 1\n");
    e = embedder_static.open(&cfg, &err);
    assert_non_null(e);
    assert_int_equal(e->dim, 2);
    assert_int_equal(e->own_dim, 3);
    embed(e, "slope", v);
    assert_true(v[0] > 0.59F && v[0] < 0.61F && v[1] > 0.79F && v[1] < 0.81F);
    embed(e, "flat", v); /* nothing of it is left: its document fails */
    assert_false(float_usable(v, 2));
    e->ops->close(e);
    cfg.dim = 4;
    assert_null(embedder_static.open(&cfg, &err));
    assert_non_null(strstr(err.text, "has 3 dimensions"));
}

#define each(test)                                                            \
    cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        each(a_text_is_the_weighted_mean_of_its_words),
        each(a_text_of_unknown_words_gets_zeros_the_others_do_not),
        each(a_file_without_a_header_is_fine),
        each(the_cache_serves_until_the_file_changes),
        each(a_damaged_cache_is_made_anew),
        each(many_words_keep_their_rows),
        each(bad_files_are_refused_with_the_line),
        each(a_binary_file_is_refused_without_reading_it_all),
        each(a_file_and_a_dimension_that_fits_are_asked_for),
        each(workers_that_open_at_once_share_one_cache),
        each(static_keeps_the_contract),
        each(EM_42_the_first_dimensions_of_a_file_are_vectors_for_themselves),
    };

    return cmocka_run_group_tests_name("static", tests, NULL, NULL);
}
