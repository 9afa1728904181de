/* This file checks the class, its vector and its tenant before we pay for
 * anything. */
#include "config.h"
#include "store/weaviate/weaviate_parts.h"

bool weaviate_get_class(struct store *s, bool *there, struct error *err)
{
    struct store_http *http = (struct store_http *)s;

    store_http_to(http, "/v1/schema/%s", http->name.data);
    if (store_http_look(http, there, err))
        return true;
    return http->grpc_alone && err->kind == ERROR_NETWORK &&
           error_wrap(err, "looking at the class, which only REST shows "
                           "(?rest=N in the URL says where it listens)");
}

/* An unnamed vector, or one under ?vector=NAME. */
static void put_vector_config(struct weaviate *w)
{
    static const char distance[] =
        "\"vectorIndexConfig\":{\"distance\":\"cosine\"}";
    const char *name = store_http_option(&w->http, "vector");
    struct buf *b = w->http.body;

    if (name)
        buf_printf(b, "\"vectorConfig\":{\"%s\":{\"vectorizer\":{\"none\":{}},"
                      "\"vectorIndexType\":\"hnsw\",%s}},", name, distance);
    else
        buf_printf(b, "\"vectorizer\":\"none\",%s,", distance);
}

bool weaviate_create_class(struct store *s, struct error *err)
{
    struct weaviate *w = (struct weaviate *)s;
    struct buf *b = w->http.body;

    store_http_to(&w->http, "/v1/schema");
    buf_printf(b, "{\"class\":\"%s\",", w->http.name.data);
    put_vector_config(w);
    if (w->tenant)
        buf_puts(b, "\"multiTenancyConfig\":{\"enabled\":true,"
                    "\"autoTenantCreation\":true},");
    buf_puts(b, "\"properties\":[{\"name\":\"doc_id\",\"dataType\":[\"text\"],"
                "\"tokenization\":\"field\"}");
    if (w->http.meta.text_key)
        buf_printf(b, ",{\"name\":\"%s\",\"dataType\":[\"text\"]}",
                   w->http.meta.text_key);
    buf_puts(b, "]}");
    return store_http_send(&w->http, "POST", err) &&
           (w->http.reply.status < 300 ||
            w->http.reply.status == 422 || /* somebody was faster */
            store_http_refused(&w->http, err));
}

static bool take_shape(struct weaviate *w, struct error *err)
{
    const char *wanted = store_http_option(&w->http, "vector");
    const char *name = w->http.name.data;
    struct weaviate_class *c = &w->class;

    if (!weaviate_read_class(store_http_answer(&w->http), wanted, c, err))
        return false;
    if (wanted && !c->vector[0])
        return error_set(err, ERROR_CONFIG, 0,
                         "class %s has no vector named %s", name, wanted);
    if (!wanted && c->vectors > 1)
        return error_set(err, ERROR_CONFIG, 0,
                         "class %s has %zu named vectors: ?vector=NAME in the "
                         "URL says which one", name, c->vectors);
    if (c->multi_tenant && !w->tenant)
        return error_set(err, ERROR_CONFIG, 0,
                         "class %s keeps tenants apart: ?tenant=NAME in the "
                         "URL says which one", name);
    if (w->tenant && !c->multi_tenant)
        return error_set(err, ERROR_CONFIG, 0,
                         "class %s has no tenants, the URL names one", name);
    w->known = store_http_suits(&w->http.base, 0, c->distance, err);
    return w->known;
}

static bool make_tenant(struct weaviate *w, struct error *err)
{
    store_http_to(&w->http, "/v1/schema/%s/tenants", w->http.name.data);
    buf_printf(w->http.body, "[{\"name\":\"%s\"}]", w->tenant);
    return store_http_ask(&w->http, "POST", err) ||
           error_wrap(err, "creating tenant %s", w->tenant);
}

/* Is the tenant active, or will Weaviate activate it? */
static bool is_awake(struct weaviate *w, struct error *err)
{
    char status[24];

    weaviate_read_tenant(store_http_answer(&w->http), status, sizeof status);
    return !status[0] || strcmp(status, "HOT") == 0 ||
           strcmp(status, "ACTIVE") == 0 || w->class.wakes_tenants ||
           error_set(err, ERROR_CONFIG, 0,
                     "tenant %s of class %s is %s: activate it first",
                     w->tenant, w->http.name.data, status);
}

/* Without it we would embed and send every object, and all would be refused. */
static bool have_tenant(struct weaviate *w, struct error *err)
{
    const char *name = w->http.name.data;

    if (!w->tenant)
        return true;
    store_http_to(&w->http, "/v1/schema/%s/tenants/%s", name, w->tenant);
    if (!store_http_send(&w->http, "GET", err))
        return false;
    if (w->http.reply.status < 300)
        return is_awake(w, err);
    if (w->http.reply.status == 405 || w->class.makes_tenants)
        return true; /* too old to ask; the first object makes it */
    if (w->http.reply.status != 404) {
        store_http_refused(&w->http, err);
        return error_wrap(err, "looking for tenant %s", w->tenant);
    }
    if (w->http.create)
        return make_tenant(w, err);
    return error_set(err, ERROR_CONFIG, 404,
                     "class %s has no tenant %s; --create makes it", name,
                     w->tenant);
}

/* The schema has no dimension; an existing object shows it. */
static bool weaviate_check_dim(struct weaviate *w, struct error *err)
{
    size_t dim;

    store_http_to(&w->http, "/v1/objects?class=%s&limit=1&include=vector%s%s",
                  w->http.name.data, w->tenant ? "&tenant=" : "",
                  w->tenant ? w->tenant : "");
    if (!store_http_send(&w->http, "GET", err))
        return false;
    if (w->http.reply.status >= 300) {
        if (w->tenant && (w->http.reply.status == 404 ||
                          w->http.reply.status == 422))
            return true; /* the first object makes the tenant */
        store_http_refused(&w->http, err);
        return error_wrap(err, "looking into class %s", w->http.name.data);
    }
    dim = weaviate_read_dim(store_http_answer(&w->http), w->class.vector);
    return store_http_suits(&w->http.base, dim, "", err);
}

bool weaviate_check_class(struct store *s, struct error *err)
{
    struct weaviate *w = (struct weaviate *)s;

    return take_shape(w, err) && have_tenant(w, err) &&
           weaviate_check_dim(w, err);
}

bool weaviate_know_class(struct weaviate *w, struct error *err)
{
    if (w->known)
        return true;
    store_http_to(&w->http, "/v1/schema/%s", w->http.name.data);
    return store_http_ask(&w->http, "GET", err) && take_shape(w, err);
}
