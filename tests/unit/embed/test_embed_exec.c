/*
 * The command that embeds is this program again: "serve FORM" answers as
 * fakeapi would, and obeys the texts in orders[].
 */
#include "config.h"
#include "embed/embedder.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/exec_tools.h"

#include "tests/contract/contract_embedder.h"
#include "tests/support/fakeapi/fakeapi.h"
#include "util/base64.h"
#include "util/floats.h"
#include "util/json.h"

enum { DIM = 8 };

/* --- the command --- */

static void put_vector(struct buf *to, struct text text, bool base64)
{
    char room[DIM * (FLOAT_TEXT_MAX + 1) + 2];
    float v[DIM];
    char *end;

    fakeapi_vector(text, v, DIM);
    end = base64 ? base64_encode_floats(room, v, DIM)
                 : float_put_array(room, v, DIM);
    buf_puts(to, base64 ? "\"" : "");
    buf_put(to, room, (size_t)(end - room));
    buf_puts(to, base64 ? "\"" : "");
}

/* Texts that ask for something else than their vector. */
static const struct {
    const char *text, *answer;
} orders[] = {
    { "refuse", "{\"error\":\"not \\u001b this\"}" },
    { "too few", "{\"embeddings\":[]}" },
    { "other dim", "{\"embeddings\":[[1,2]]}" },
    { "chatter", "Loading model" },
    { "null", "{\"embeddings\":[null]}" },
    { "tokens", "{\"tokens\":17,\"embeddings\":[[1,2,3,4,5,6,7,8]]}" },
    { "secret", NULL },
    { "die", NULL },
};

static bool obey(struct text text, struct buf *to)
{
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        if (text_is(text, orders[i].text) && orders[i].answer) {
            buf_clear(to);
            buf_puts(to, orders[i].answer);
            return true;
        }
    if (text_is(text, "secret")) {
        buf_clear(to);
        buf_printf(to, "{\"error\":\"%s,%s\"}",
                   getenv("BT_MINE") ? "mine" : "-",
                   getenv("OPENAI_API_KEY") ? "other" : "-");
        return true;
    }
    if (text_is(text, "die")) {
        fputs("out of memory\n", stderr);
        exit(9);
    }
    return false;
}

static void answer(const char *line, size_t len, bool base64, struct buf *to)
{
    struct buf decoded = { 0 };
    struct json_cursor c;
    struct json_value key, text;

    buf_puts(to, "{\"embeddings\":[");
    json_begin(&c, line, len);
    if (!json_enter_object(&c) || !json_member(&c, &key) ||
        !json_is(&key, "texts") || !json_enter_array(&c))
        exit(1);
    for (size_t i = 0; json_element(&c) && json_value(&c, &text); i++) {
        buf_puts(to, i ? "," : "");
        buf_clear(&decoded);
        json_decode(&text, &decoded);
        if (obey((struct text){ decoded.data, decoded.len }, to))
            goto out;
        put_vector(to, (struct text){ decoded.data, decoded.len }, base64);
    }
    buf_puts(to, "]}");
out:
    buf_release(&decoded);
}

static void answer_floats(struct text line, struct buf *to)
{
    answer(line.ptr, line.len, false, to);
}

static void answer_base64(struct text line, struct buf *to)
{
    answer(line.ptr, line.len, true, to);
}

/* --- calling it --- */

static struct embedder *open_serving(void)
{
    struct embedder_config cfg = { .model = serving("", "floats"), .stop_fd = -1 };
    struct error err;
    struct embedder *e = embedder_exec.open(&cfg, &err);

    if (!e || !e->ops->preflight(e, &err))
        fail_msg("open: %s", err.text);
    return e;
}

static bool embed(struct embedder *e, const char *text, struct embed_usage *use,
                  float *v, struct error *err)
{
    struct embed_input in = { .text = text_of(text) };

    return e->ops->embed(e, &in, 1, v, use, err);
}

static void expect_failure(const char *text, enum error_kind kind,
                           const char *words)
{
    struct embedder *e = open_serving();
    struct embed_usage use;
    struct error err;
    float v[DIM];

    assert_false(embed(e, text, &use, v, &err));
    says(&err, kind, words);
    assert_true(embed(e, "the next one", &use, v, &err));
    assert_true(float_usable(v, DIM));
    e->ops->close(e);
}

/* --- the tests --- */

static void a_command_that_answers_with_floats_keeps_the_contract(void **state)
{
    struct contract_embedder k = { .ops = &embedder_exec };

    (void)state;
    k.model = serving("", "floats");
    contract_embedder(&k);
}

static void a_command_that_answers_with_base64_keeps_the_contract(void **state)
{
    struct contract_embedder k = { .ops = &embedder_exec };

    (void)state;
    k.model = serving("", "base64");
    contract_embedder(&k);
}

static void both_forms_give_the_vectors_of_the_texts(void **state)
{
    const char *const forms[] = { "floats", "base64" };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct embedder_config cfg = { .model = serving("", forms[i]),
                                       .stop_fd = -1 };
        struct error err;
        struct embedder *e = embedder_exec.open(&cfg, &err);
        struct embed_usage use;
        float v[DIM], want[DIM];

        assert_non_null(e);
        assert_true(e->ops->preflight(e, &err));
        assert_int_equal(e->dim, DIM);
        assert_true(embed(e, "gr\xc3\xbcn \"x\"\n", &use, v, &err));
        fakeapi_vector(text_of("gr\xc3\xbcn \"x\"\n"), want, DIM);
        assert_memory_equal(v, want, sizeof want);
        assert_int_equal(use.tokens, 0);
        assert_int_equal(use.sent_bytes,
                         strlen("{\"texts\":[\"gr\xc3\xbcn \\\"x\\\"\\n\"],"
                                "\"input_type\":\"document\"}\n"));
        assert_true(use.received_bytes > DIM);
        e->ops->close(e);
    }
}

static void what_the_command_says_becomes_a_kind_of_failure(void **state)
{
    (void)state;
    expect_failure("refuse", ERROR_REFUSED, "the command refused: not <1B> this");
    expect_failure("too few", ERROR_PROTOCOL, "0 vectors for 1 texts");
    expect_failure("other dim", ERROR_CONFIG, "2 dimensions, expected 8");
    expect_failure("chatter", ERROR_PROTOCOL, "Loading model");
    expect_failure("die", ERROR_SERVER, "status 9; it last said: out of mem");
}

/* It did its work, which may have cost money. */
static void a_row_of_no_use_is_an_answer_nevertheless(void **state)
{
    struct embedder *e = open_serving();
    struct embed_usage use;
    struct error err;
    float v[DIM];

    (void)state;
    assert_false(embed(e, "other dim", &use, v, &err));
    assert_true(err.in_reply);
    assert_int_equal(err.code, 200);
    e->ops->close(e);
}

static void a_null_vector_and_a_count_of_tokens_are_taken(void **state)
{
    struct embedder *e = open_serving();
    struct embed_usage use;
    struct error err;
    float v[DIM];

    (void)state;
    assert_true(embed(e, "null", &use, v, &err));
    assert_false(float_usable(v, DIM));
    assert_true(embed(e, "tokens", &use, v, &err));
    assert_int_equal(use.tokens, 17);
    assert_true(v[7] == 8.0F);
    e->ops->close(e);
}

static void only_the_named_key_reaches_the_command(void **state)
{
    struct embedder_config cfg = { .model = serving("", "floats"), .stop_fd = -1,
                                   .key = "s", .key_env = "BT_MINE",
                                   .other_key_env = "BT_OTHER" };
    struct error err;
    struct embedder *e;
    struct embed_usage use;
    float v[DIM];

    (void)state;
    setenv("BT_MINE", "s", 1);
    setenv("OPENAI_API_KEY", "t", 1);
    e = embedder_exec.open(&cfg, &err);
    assert_non_null(e);
    e->dim = DIM;
    assert_false(embed(e, "secret", &use, v, &err));
    assert_non_null(strstr(err.text, "mine,-"));
    e->ops->close(e);
    unsetenv("BT_MINE");
    unsetenv("OPENAI_API_KEY");
}

static void refused(const struct embedder_config *cfg, const char *words)
{
    struct error err;

    assert_null(embedder_exec.open(cfg, &err));
    says(&err, ERROR_CONFIG, words);
}

static void options_that_mean_nothing_here_are_refused(void **state)
{
    struct embedder_config cfg = { .model = "cat", .stop_fd = -1 };
    struct embedder *e;
    struct error err;

    (void)state;
    cfg.url = "http://127.0.0.1/";
    refused(&cfg, "--embed-url");
    cfg.url = NULL;
    cfg.key = "from a file";
    refused(&cfg, "--embed-key-file");
    cfg.key = NULL;
    cfg.model = "";
    refused(&cfg, "names no program");
    cfg.model = serving("", "floats");
    cfg.dim = DIM + 1;
    e = embedder_exec.open(&cfg, &err);
    assert_non_null(e);
    assert_false(e->ops->preflight(e, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_non_null(strstr(err.text, "--dim 9"));
    e->ops->close(e);
}

static void EM_42_longer_vectors_than_asked_for_are_cut(void **state)
{
    struct embedder_config cfg = { .model = serving("", "floats"), .dim = 3,
                                   .stop_fd = -1 };
    struct error err;
    struct embedder *e = embedder_exec.open(&cfg, &err);
    struct embed_usage use;
    float v[3], whole[DIM];

    (void)state;
    assert_non_null(e);
    assert_true(e->ops->preflight(e, &err));
    assert_int_equal(e->dim, 3);
    assert_int_equal(e->own_dim, DIM);
    assert_true(embed(e, "text", &use, v, &err));
    fakeapi_vector(text_of("text"), whole, DIM);
    assert_true(float_normalise(whole, 3));
    for (size_t i = 0; i < 3; i++)
        assert_true(v[i] - whole[i] < 1e-6F && whole[i] - v[i] < 1e-6F);
    e->ops->close(e);
}

static void EM_41_the_command_is_told_what_a_text_is_for(void **state)
{
    struct embedder_config cfg = { .model = serving("", "floats"),
                                   .prefix = "query: ", .query = true,
                                   .extra = "{\"lora\":\"x\"}",
                                   .stop_fd = -1 };
    struct error err;
    struct embedder *e = embedder_exec.open(&cfg, &err);
    struct embed_usage use;
    float v[DIM], want[DIM];

    (void)state;
    assert_non_null(e);
    assert_true(e->ops->preflight(e, &err));
    assert_true(embed(e, "text", &use, v, &err));
    fakeapi_vector(text_of("query: text"), want, DIM);
    assert_memory_equal(v, want, sizeof want);
    assert_int_equal(use.sent_bytes,
                     strlen("{\"texts\":[\"query: text\"],\"input_type\":"
                            "\"query\",\"lora\":\"x\"}\n"));
    e->ops->close(e);
    cfg.extra = "{\"texts\":[]}";
    refused(&cfg, "\"texts\" is in the request already");
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_command_that_answers_with_floats_keeps_the_contract),
        cmocka_unit_test(
            a_command_that_answers_with_base64_keeps_the_contract),
        cmocka_unit_test(both_forms_give_the_vectors_of_the_texts),
        cmocka_unit_test(what_the_command_says_becomes_a_kind_of_failure),
        cmocka_unit_test(a_row_of_no_use_is_an_answer_nevertheless),
        cmocka_unit_test(a_null_vector_and_a_count_of_tokens_are_taken),
        cmocka_unit_test(only_the_named_key_reaches_the_command),
        cmocka_unit_test(options_that_mean_nothing_here_are_refused),
        cmocka_unit_test(EM_42_longer_vectors_than_asked_for_are_cut),
        cmocka_unit_test(EM_41_the_command_is_told_what_a_text_is_for),
    };

    if (argc == 3 && strcmp(argv[1], "serve") == 0)
        return serve(strcmp(argv[2], "base64") == 0 ? answer_base64
                                                    : answer_floats);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
