/*
 * For the tests of embedders behind HTTP: one embedder against one fakeapi.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_EMBED_TOOLS_H
#define BATCHTOP_TESTS_SUPPORT_EMBED_TOOLS_H

#include <stdio.h>

#include "embed/embedder.h"
#include "tests/contract/contract_embedder.h"
#include "tests/support/fakeapi/fakeapi.h"
#include "tests/support/tap.h"

enum { DIM = 8 };

/* fakeapi with one embedder at it. */
struct place {
    struct fakeapi *api;
    struct embedder *e;
};

static inline struct place place(const struct embedder_ops *ops,
                                 const char *path, const char *model,
                                 size_t dim, bool query)
{
    struct fakeapi_options o = { .dim = DIM, .keep_request = true };
    struct place p = { .api = fakeapi_start(&o) };
    char url[160];
    struct embedder_config cfg = { .model = model, .url = url, .key = "sesame",
                                   .dim = dim, .query = query, .stop_fd = -1 };
    struct error err;

    snprintf(url, sizeof url, "http://127.0.0.1:%d%s", fakeapi_port(p.api),
             path);
    p.e = ops->open(&cfg, &err);
    if (!p.e)
        fail_msg("%s", err.text);
    p.e->dim = dim ? dim : DIM;
    return p;
}

static inline void leave(struct place *p)
{
    p->e->ops->close(p->e);
    fakeapi_stop(p->api);
}

/* Embed one text; the request, head and body, is the caller's to release. */
static inline struct buf asked(struct place *p, float *v)
{
    struct embed_input in = { text_of("a \"b\""), false };
    struct embed_usage use;
    struct buf request = { 0 };
    struct error err;

    if (!p->e->ops->embed(p->e, &in, 1, v, &use, &err))
        fail_msg("%s", err.text);
    fakeapi_request(p->api, &request);
    buf_cstr(&request);
    return request;
}

static inline void expect_request(const struct embedder_ops *ops,
                                  const char *path,
                                  const char *model, size_t dim, bool query,
                                  const char *head, const char *body)
{
    struct place p = place(ops, path, model, dim, query);
    float v[4096];
    struct buf request = asked(&p, v);

    if (!strstr(request.data, head))
        fail_msg("%s is not in the head:\n%s", head, request.data);
    assert_string_equal(strstr(request.data, "\r\n\r\n") + 4, body);
    buf_release(&request);
    leave(&p);
}

struct refusal {
    int status;
    const char *body;
    enum error_kind kind;
    const char *words; /* that the operator must see */
};

/* What a service says, and what its provider makes of it. */
static inline void expect_kinds(struct place *p, const struct refusal *r,
                                size_t n)
{
    struct embed_input in = { text_of("x"), false };
    struct embed_usage use;
    struct error err;
    float v[DIM];

    for (size_t i = 0; i < n; i++) {
        const struct fakeapi_answer answer = { .status = r[i].status,
                                               .body = text_of(r[i].body) };

        fakeapi_script(p->api, &answer);
        assert_false(p->e->ops->embed(p->e, &in, 1, v, &use, &err));
        if (err.kind != r[i].kind || !strstr(err.text, r[i].words))
            fail_msg("%s: %s, %s", r[i].body, error_word(err.kind), err.text);
    }
}

static inline void expect_refusal(const struct embedder_ops *ops,
                                  const struct embedder_config *cfg,
                                  const char *words)
{
    struct error err = { .text = "" };
    struct embedder *e = ops->open(cfg, &err);

    assert_null(e);
    assert_int_equal(err.kind, ERROR_CONFIG);
    if (!strstr(err.text, words))
        fail_msg("\"%s\" does not say \"%s\"", err.text, words);
}

#endif
