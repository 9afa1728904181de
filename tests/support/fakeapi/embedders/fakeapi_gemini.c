/*
 * POST /v1beta/models/M:batchEmbedContents, as Google has it: every text is a
 * request in the request, vectors come by their order, tokens are not counted,
 * and a wrong key is a bad request.
 */
#include "config.h"
#include "tests/support/fakeapi/fakeapi_parts.h"

#include <stdio.h>

enum { MOST = 100 };

static void gemini_refuse(struct answer *a, int status, const char *message)
{
    bool key = status == 401;

    a->status = key ? 400 : status;
    buf_clear(&a->body);
    buf_printf(&a->body,
               "{\"error\":{\"code\":%d,\"message\":\"%s\",\"status\":\"%s\","
               "\"details\":[{\"@type\":\"type.googleapis.com/google.rpc."
               "ErrorInfo\",\"reason\":\"%s\"}]}}",
               a->status, key ? "API key not valid." : message,
               status == 429 ? "RESOURCE_EXHAUSTED" : "INVALID_ARGUMENT",
               key ? "API_KEY_INVALID" : "NONE");
}

static bool gemini_mine(const struct request *q)
{
    return request_ends(q, ":batchEmbedContents");
}

/* The only text at content.parts[].text. */
static bool read_content(const struct json_value *content,
                         struct json_value *text)
{
    struct json_cursor c;
    struct json_value key;
    bool found = false;

    json_begin(&c, content->raw.ptr, content->raw.len);
    if (!json_enter_object(&c) || !json_member(&c, &key) ||
        !json_is(&key, "parts") || !json_enter_array(&c))
        return false;
    while (json_element(&c) && json_enter_object(&c))
        while (json_member(&c, &key) && json_value(&c, text))
            if (found || !json_is(&key, "text"))
                return false;
            else
                found = true;
    return found && !c.why;
}

/* "models/M", and M is the path's. */
static bool same_model(const struct request *q, struct text named)
{
    const char *p = strstr(q->path, "/models/");
    size_t n = p ? strcspn(p + 1, ":") : 0;

    return p && named.len == n && memcmp(named.ptr, p + 1, n) == 0;
}

static bool read_item(const struct request *q, struct json_cursor *c,
                      struct asked *x, struct json_value *text)
{
    struct json_value key, v;
    bool has_model = false, has_text = false;
    int64_t dim;

    if (!json_enter_object(c))
        return false;
    while (json_member(c, &key) && json_value(c, &v)) {
        if (json_is(&key, "model"))
            has_model = same_model(q, v.raw);
        else if (json_is(&key, "content"))
            has_text = read_content(&v, text);
        else if (json_is(&key, "outputDimensionality") &&
                 json_integer(&v, &dim))
            x->dim = (size_t)dim;
        else if (!json_is(&key, "taskType"))
            return false;
    }
    return !c->why && has_model && has_text;
}

static const char *read_items(const struct request *q, struct asked *x,
                              struct texts *t)
{
    struct json_cursor c;
    struct json_value text;

    if (!request_enter(q, "requests", &c))
        return "there are no requests";
    while (json_element(&c)) {
        if (!read_item(q, &c, x, &text))
            return "a request is not understood";
        texts_add(t, &text);
    }
    return t->count <= MOST ? NULL : "at most 100 requests can be in one batch";
}

static void gemini_answer(struct service *s, const struct request *q,
                          struct answer *a)
{
    struct asked x = { .dim = s->o->dim };
    struct texts t = { 0 };
    const char *why;

    if (put_page(s, a))
        return;
    why = request_says(q, "\r\nx-goog-api-key: ") || !s->o->key
              ? read_items(q, &x, &t)
              : "the key is not in its header";
    if (!why)
        why = texts_refusal(s, &t, &a->room);
    if (why) {
        gemini_refuse(a, 400, why);
    } else {
        buf_puts(&a->body, "{\"embeddings\":[");
        put_in_order(s, &x, &t, "{\"values\":", "}", a);
        buf_puts(&a->body, "]}");
        s->texts += t.count;
    }
    texts_release(&t);
}

const struct dialect dialect_gemini = {
    .name = "gemini",
    .mine = gemini_mine,
    .embeds = true,
    .answer = gemini_answer,
    .refuse = gemini_refuse,
};
