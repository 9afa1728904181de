/*
 * The contract in three parts: what any embedder has to do, what one on the
 * network has to do with good and spoilt answers, and how it guards keys and
 * stops. fakeapi plays the service and knows the right vector of each text.
 */
#include "config.h"
#include "tests/contract/contract_embedder.h"
#include "tests/support/await.h"
#include "tests/support/tap.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/support/fakeapi/fakeapi.h"
#include "util/floats.h"

enum { DIM = 8, LONG_MS = 60000, SHORT_MS = 300, SOME = 300 };

#define TEXT(literal) { literal, sizeof(literal) - 1 }

/* Every text in both its forms; what stands there decoded. */
static const struct pair {
    struct text raw, decoded;
} pairs[] = {
    { TEXT("the cat sat on the mat"), TEXT("the cat sat on the mat") },
    { TEXT("say \\\"hi\\\"\\\\ twice"), TEXT("say \"hi\"\\ twice") },
    { TEXT("gr\\u00fc\\u00dfe"), TEXT("gr\xc3\xbc\xc3\x9f" "e") },
    { TEXT("smile \\ud83d\\ude00 now"), TEXT("smile \xf0\x9f\x98\x80 now") },
    { TEXT("nul \\u0000 inside"), TEXT("nul \0 inside") },
    { TEXT("tab\\tline\\nend\\u007f"), TEXT("tab\tline\nend\x7f") },
};

enum { PAIRS = sizeof pairs / sizeof *pairs };

static const char key[] = "sesame-0815";

/* ---- calling ---- */

struct place {
    const struct contract_embedder *k;
    struct fakeapi *api; /* NULL: no network */
    char url[96];
    struct embedder *e;
    int stop[2]; /* a pipe: [0] is its stop_fd */
};

static struct embedder *open_one(const struct place *p, const char *url,
                                 const char *with_key, int64_t timeout_ms)
{
    struct embedder_config cfg = { .model = p->k->model,
                                   .url = url,
                                   .key = with_key,
                                   .stop_fd = p->stop[0],
                                   .timeout_ms = timeout_ms };
    struct error err;
    struct embedder *e = p->k->ops->open(&cfg, &err);

    if (!e)
        fail_msg("open: %s", err.text);
    return e;
}

static bool embed(struct embedder *e, const struct embed_input *in, size_t n,
                  float *v, struct embed_usage *use, struct error *err)
{
    *err = (struct error){ .text = "" };
    memset(use, 0xff, sizeof *use); /* the embedder fills all of it */
    return e->ops->embed(e, in, n, v, use, err);
}

static void embed_all(struct embedder *e, const struct embed_input *in,
                      size_t n, float *v)
{
    struct embed_usage use;
    struct error err;

    if (!embed(e, in, n, v, &use, &err))
        fail_msg("embed: %s", err.text);
}

static void inputs(struct embed_input in[PAIRS], bool escaped)
{
    for (size_t i = 0; i < PAIRS; i++)
        in[i] = (struct embed_input){
            escaped ? pairs[i].raw : pairs[i].decoded,
            escaped && memchr(pairs[i].raw.ptr, '\\', pairs[i].raw.len)
        };
}

static float *vectors_for(const struct embedder *e, size_t n)
{
    float *v = calloc(n * e->dim, sizeof *v);

    assert_non_null(v);
    return v;
}

static void expect_row(const struct place *p, const float *v, size_t row,
                       struct text decoded)
{
    float want[DIM];

    fakeapi_vector(decoded, want, DIM);
    if (memcmp(v + row * p->e->dim, want, sizeof want) != 0)
        fail_msg("row %zu is not the vector of its text", row);
}

/* The call fails, with one of two kinds, and the next one works. */
static void expect_failure(const struct place *p, enum error_kind kind,
                           enum error_kind or_kind, const char *what)
{
    struct embed_input in[PAIRS];
    float *v = vectors_for(p->e, PAIRS);
    struct embed_usage use;
    struct error err;

    inputs(in, true);
    if (embed(p->e, in, PAIRS, v, &use, &err))
        fail_msg("%s: no failure", what);
    if (err.kind != kind && err.kind != or_kind)
        fail_msg("%s: \"%s\" is of the kind %s, not %s", what, err.text,
                 error_word(err.kind), error_word(kind));
    assert_true(err.text[0] != '\0');
    assert_null(strstr(err.text, key));
    fakeapi_twist(p->api, TWIST_NONE);
    embed_all(p->e, in, PAIRS, v);
    expect_row(p, v, PAIRS - 1, pairs[PAIRS - 1].decoded);
    free(v);
}

/* ---- any embedder ---- */

static void rows_follow_the_texts(const struct place *p)
{
    struct embed_input in[PAIRS];
    size_t dim = p->e->dim;
    float *all = vectors_for(p->e, PAIRS), *one = vectors_for(p->e, 1);

    inputs(in, true);
    embed_all(p->e, in, PAIRS, all);
    for (size_t i = 0; i < PAIRS; i++) {
        embed_all(p->e, &in[i], 1, one);
        assert_memory_equal(all + i * dim, one, dim * sizeof *one);
        assert_true(float_usable(one, dim));
        assert_true(i == 0 || memcmp(all, one, dim * sizeof *one) != 0);
    }
    free(all);
    free(one);
}

static void escapes_change_nothing(const struct place *p)
{
    struct embed_input in[PAIRS];
    float *raw = vectors_for(p->e, PAIRS), *plain = vectors_for(p->e, PAIRS);

    inputs(in, true);
    embed_all(p->e, in, PAIRS, raw);
    inputs(in, false);
    embed_all(p->e, in, PAIRS, plain);
    assert_memory_equal(raw, plain, PAIRS * p->e->dim * sizeof *raw);
    for (size_t i = 0; p->api && i < PAIRS; i++)
        expect_row(p, raw, i, pairs[i].decoded);
    free(raw);
    free(plain);
}

/* As many as go into one request; a good many where no limit is known. */
static void the_largest_request_works(const struct place *p)
{
    size_t n = p->e->max_texts ? p->e->max_texts : SOME;
    struct embed_input *in = calloc(n, sizeof *in);
    float *v = vectors_for(p->e, n);
    char (*text)[24] = calloc(n, sizeof *text);

    assert_true(in && text);
    for (size_t i = 0; i < n; i++) {
        snprintf(text[i], sizeof *text, "the %zu th text", i);
        in[i].text = text_of(text[i]);
    }
    embed_all(p->e, in, n, v);
    for (size_t i = 0; p->api && i < n; i++)
        expect_row(p, v, i, in[i].text);
    free(in);
    free(v);
    free(text);
}

/* ---- one on the network ---- */

static void usage_is_told(const struct place *p)
{
    struct fakeapi_stats before = fakeapi_stats(p->api), after;
    struct embed_input in[PAIRS];
    float *v = vectors_for(p->e, PAIRS);
    struct embed_usage use;
    struct error err;
    uint64_t tokens = 0;

    inputs(in, true);
    assert_true(embed(p->e, in, PAIRS, v, &use, &err));
    after = fakeapi_stats(p->api);
    for (size_t i = 0; i < PAIRS; i++)
        tokens += pairs[i].decoded.len / 4 + 1;
    assert_int_equal(use.tokens, p->k->no_usage ? 0 : tokens);
    assert_true(use.sent_bytes > after.bytes_in - before.bytes_in);
    assert_true(use.received_bytes > PAIRS * DIM * sizeof(float));
    assert_true(use.received_bytes < 1 << 20);
    assert_int_equal(after.embed_requests, before.embed_requests + 1);
    free(v);
}

static void the_key_is_in_a_header(const struct place *p)
{
    struct buf request = { 0 };
    const char *line;

    if (!p->k->ops->key_env)
        return;
    fakeapi_request(p->api, &request);
    line = strstr(buf_cstr(&request), "\r\n");
    assert_non_null(line);
    assert_non_null(strstr(line, key));
    assert_null(memmem(request.data, (size_t)(line - request.data), key,
                       sizeof key - 1));
    buf_release(&request);
}

static void good_answers_of_all_forms_are_read(const struct place *p)
{
    const enum fakeapi_twist twists[] = { TWIST_NONE, TWIST_FLOATS,
                                          TWIST_SHUFFLED, TWIST_NO_INDEX };
    struct embed_input in[PAIRS];
    float *v = vectors_for(p->e, PAIRS);

    inputs(in, true);
    for (size_t t = 0; t < (p->k->no_index ? 2 : 4); t++) {
        fakeapi_twist(p->api, twists[t]);
        memset(v, 0, PAIRS * DIM * sizeof *v);
        embed_all(p->e, in, PAIRS, v);
        for (size_t i = 0; i < PAIRS; i++)
            expect_row(p, v, i, pairs[i].decoded);
    }
    fakeapi_twist(p->api, TWIST_NONE);
    free(v);
}

static void a_spoilt_answer_is_an_error(const struct place *p)
{
    const struct {
        enum fakeapi_twist twist;
        enum error_kind kind, or_kind;
        const char *what;
    } rows[] = {
        { TWIST_MISSING, ERROR_PROTOCOL, ERROR_PROTOCOL, "a row is missing" },
        { TWIST_EXTRA, ERROR_PROTOCOL, ERROR_PROTOCOL, "a row too many" },
        { TWIST_WRONG_DIM, ERROR_CONFIG, ERROR_CONFIG, "another dimension" },
        { TWIST_NAN, ERROR_PROTOCOL, ERROR_PROTOCOL, "NaN is no JSON" },
        { TWIST_HTML, ERROR_PROTOCOL, ERROR_SERVER, "a page" },
        { TWIST_DUPLICATE, ERROR_PROTOCOL, ERROR_PROTOCOL, "an index twice" },
    };
    size_t n = sizeof rows / sizeof *rows - p->k->no_index;

    for (size_t i = 0; i < n; i++) {
        fakeapi_twist(p->api, rows[i].twist);
        expect_failure(p, rows[i].kind, rows[i].or_kind, rows[i].what);
    }
}

/* Only the last document suffers. */
static void a_spoilt_vector_is_unusable(const struct place *p)
{
    const enum fakeapi_twist twists[] = { TWIST_NULL, TWIST_NULL_FLOAT,
                                          TWIST_HUGE, TWIST_ZERO,
                                          TWIST_ALPHABET };
    struct embed_input in[PAIRS];
    float *v = vectors_for(p->e, PAIRS), *last = v + (PAIRS - 1) * DIM;

    inputs(in, true);
    for (size_t t = 0; t < sizeof twists / sizeof *twists; t++) {
        fakeapi_twist(p->api, twists[t]);
        embed_all(p->e, in, PAIRS, v);
        for (size_t i = 0; i + 1 < PAIRS; i++)
            expect_row(p, v, i, pairs[i].decoded);
        if (twists[t] == TWIST_ALPHABET && float_usable(last, DIM))
            expect_row(p, v, PAIRS - 1, pairs[PAIRS - 1].decoded); /* no b64 */
        else
            assert_false(float_usable(last, DIM));
    }
    fakeapi_twist(p->api, TWIST_NONE);
    free(v);
}

static void each_status_has_its_kind(const struct place *p)
{
    const struct {
        int status;
        enum error_kind kind;
    } rows[] = { { 400, ERROR_REFUSED }, { 401, ERROR_AUTH },
                 { 402, ERROR_QUOTA },   { 403, ERROR_AUTH },
                 { 404, ERROR_CONFIG },  { 408, ERROR_SERVER },
                 { 413, ERROR_SIZE },    { 429, ERROR_LIMITED },
                 { 500, ERROR_SERVER },  { 502, ERROR_SERVER },
                 { 503, ERROR_SERVER },  { 529, ERROR_SERVER } };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct fakeapi_answer answer = { .status = rows[i].status,
                                               .body = TEXT("{}") };
        char what[16];

        snprintf(what, sizeof what, "HTTP %d", rows[i].status);
        fakeapi_script(p->api, &answer);
        expect_failure(p, rows[i].kind, rows[i].kind, what);
    }
}

static void a_429_says_when(const struct place *p)
{
    const struct fakeapi_answer answer = { .status = 429,
                                           .headers = "Retry-After: 7\r\n" };
    struct embed_input in = { text_of("x"), false };
    struct embed_usage use;
    struct error err;
    float v[DIM];

    fakeapi_script(p->api, &answer);
    assert_false(embed(p->e, &in, 1, v, &use, &err));
    assert_int_equal(err.kind, ERROR_LIMITED);
    assert_int_equal(err.code, 429);
    assert_int_equal(err.retry_after_ms, 7000);
}

static void a_cut_answer_is_never_used(const struct place *p)
{
    for (int part = 1; part < 16; part++) {
        const struct fakeapi_answer answer = { .genuine = true,
                                               .cut_16ths = part };
        char what[24];

        snprintf(what, sizeof what, "cut at %d/16", part);
        fakeapi_script(p->api, &answer);
        expect_failure(p, ERROR_NETWORK, ERROR_PROTOCOL, what);
    }
}

static void a_reset_is_a_network_error(const struct place *p)
{
    const struct fakeapi_answer answer = { .reset = true };

    /* The first may be taken for a connection gone stale: tried again. */
    fakeapi_script(p->api, &answer);
    fakeapi_script(p->api, &answer);
    expect_failure(p, ERROR_NETWORK, ERROR_NETWORK, "a reset");
}

static void silence_times_out(const struct place *p)
{
    const struct fakeapi_answer answer = { .cut = true, .hang = true };
    struct embedder *e = open_one(p, p->url, key, SHORT_MS);
    struct embed_input in = { text_of("x"), false };
    struct embed_usage use;
    struct error err;
    float v[DIM];

    e->dim = p->e->dim;
    fakeapi_script(p->api, &answer);
    assert_false(embed(e, &in, 1, v, &use, &err));
    assert_int_equal(err.kind, ERROR_TIMEOUT);
    p->k->ops->close(e);
}

static void a_redirect_is_not_followed(const struct place *p)
{
    struct fakeapi *other = fakeapi_start(&(struct fakeapi_options){ .dim = 8 });
    char header[96];
    const struct fakeapi_answer answer = { .status = 307, .headers = header };

    snprintf(header, sizeof header, "Location: http://127.0.0.1:%d%s\r\n",
             fakeapi_port(other), p->k->path);
    fakeapi_script(p->api, &answer);
    expect_failure(p, ERROR_CONFIG, ERROR_CONFIG, "a redirect");
    assert_int_equal(fakeapi_stats(other).connections, 0);
    fakeapi_stop(other);
}

static void keys_are_guarded(const struct place *p)
{
    struct embed_input in = { text_of("x"), false };
    struct embedder *e;
    struct embed_usage use;
    struct error err;
    float v[DIM];
    char far[96];

    if (!p->k->ops->key_env)
        return;
    e = open_one(p, p->url, "a-wrong-one", LONG_MS);
    e->dim = DIM;
    assert_false(embed(e, &in, 1, v, &use, &err));
    assert_int_equal(err.kind, ERROR_AUTH);
    p->k->ops->close(e);
    snprintf(far, sizeof far, "http://192.0.2.1:9%s", p->k->path);
    e = open_one(p, far, key, LONG_MS);
    e->dim = DIM;
    assert_false(embed(e, &in, 1, v, &use, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_non_null(strstr(err.text, "clear"));
    p->k->ops->close(e);
}

struct stopper {
    const struct place *p;
    uint64_t requests;
};

/* Say stop once the request has arrived. */
static void *stop_later(void *arg)
{
    struct stopper *s = arg;

    if (!comes_true(fakeapi_stats(s->p->api).requests > s->requests) ||
        write(s->p->stop[1], "x", 1) != 1)
        abort();
    return NULL;
}

/* The last of all: the pipe stays readable. */
static void a_stop_ends_it(const struct place *p)
{
    const struct fakeapi_answer answer = { .genuine = true, .cut_16ths = 8,
                                           .hang = true };
    struct stopper s = { p, fakeapi_stats(p->api).requests };
    struct embed_input in = { text_of("x"), false };
    struct embed_usage use;
    struct error err;
    pthread_t thread;
    float v[DIM];

    fakeapi_script(p->api, &answer);
    assert_int_equal(pthread_create(&thread, NULL, stop_later, &s), 0);
    assert_false(embed(p->e, &in, 1, v, &use, &err));
    assert_int_equal(err.kind, ERROR_STOPPED);
    await_thread(thread);
    assert_false(embed(p->e, &in, 1, v, &use, &err));
    assert_int_equal(err.kind, ERROR_STOPPED);
}

static void the_network_may_be_bad(const struct place *p)
{
    usage_is_told(p);
    the_key_is_in_a_header(p);
    good_answers_of_all_forms_are_read(p);
    a_spoilt_answer_is_an_error(p);
    a_spoilt_vector_is_unusable(p);
    each_status_has_its_kind(p);
    a_429_says_when(p);
    a_cut_answer_is_never_used(p);
    a_reset_is_a_network_error(p);
    silence_times_out(p);
    a_redirect_is_not_followed(p);
    keys_are_guarded(p);
    a_stop_ends_it(p);
}

void contract_embedder(const struct contract_embedder *k)
{
    struct fakeapi_options options = { .dim = DIM, .keep_request = true,
                                       .key = k->ops->key_env ? key : NULL };
    struct place p = { .k = k };
    struct error err;

    assert_int_equal(pipe(p.stop), 0);
    if (k->path) {
        p.api = fakeapi_start(&options);
        snprintf(p.url, sizeof p.url, "http://127.0.0.1:%d%s",
                 fakeapi_port(p.api), k->path);
    }
    p.e = open_one(&p, k->path ? p.url : NULL, k->path ? key : NULL, LONG_MS);
    if (k->ops->preflight && !k->ops->preflight(p.e, &err))
        fail_msg("preflight: %s", err.text);
    assert_true(p.e->dim > 0);
    assert_true(!k->path || p.e->dim == DIM);
    rows_follow_the_texts(&p);
    escapes_change_nothing(&p);
    the_largest_request_works(&p);
    if (k->path)
        the_network_may_be_bad(&p);
    k->ops->close(p.e);
    k->ops->close(NULL);
    fakeapi_stop(p.api);
    close(p.stop[0]);
    close(p.stop[1]);
}
