/*
 * This file asks Weaviate which ids it has: for many in one question of GraphQL,
 * by the filter of 1.21 and later.
 *
 *     Get{CLASS(where: id is any of ..){_additional{id}}}  -> what is there
 *     GET /v1/objects/CLASS/ID  for what the answer lacks  -> is it really not?
 *
 * "Missing" is said only after the second question. A filter is answered by one
 * replica, which may lag behind, an object alone by a quorum; and the filter's
 * index may lack what is there: after Weaviate 1.35.2 was killed in the middle
 * of a run it lacked 6 of 9,000 objects, and GET found all of them.
 *
 * A thousand ids at 50 ms a request take 0.25 s, alone each they took 51 s. Side
 * by side on one connection, 32 at a time, they would take 1.6 s.
 */
#include "config.h"
#include "store/weaviate/weaviate_parts.h"

#include "store/wanted.h"
#include "util/uuid.h"

bool weaviate_ask_for_id(struct weaviate *w, struct text id, bool *present,
                         struct error *err)
{
    char uuid[UUID_SIZE];

    uuid_of(id.ptr, id.len, uuid);
    store_http_to(&w->http, "/v1/objects/%s/%s%s%s", w->http.name.data, uuid,
                  w->tenant ? "?tenant=" : "", w->tenant ? w->tenant : "");
    if (!store_http_send(&w->http, "GET", err))
        return false;
    *present = w->http.reply.status < 300;
    return *present || w->http.reply.status == 404 ||
           store_http_refused(&w->http, err);
}

/* The class is a word, the tenant of safe letters: we escape only quotes. */
static void weaviate_put_question(struct weaviate *w, const struct wanted *ids)
{
    struct buf *b = w->http.body;

    store_http_to(&w->http, "/v1/graphql");
    buf_printf(b, "{\"query\":\"{Get{%s(limit:%zu", w->http.name.data,
               ids->count);
    if (w->tenant)
        buf_printf(b, ",tenant:\\\"%s\\\"", w->tenant);
    buf_puts(b, ",where:{path:[\\\"id\\\"],operator:ContainsAny,valueText:[");
    for (size_t i = 0; i < ids->count; i++) {
        buf_puts(b, i ? ",\\\"" : "\\\"");
        buf_put(b, ids->of[i].id.ptr, ids->of[i].id.len);
        buf_puts(b, "\\\"");
    }
    buf_puts(b, "]}){_additional{id}}}}\"}");
}

static bool weaviate_ask_for_ids(struct weaviate *w, const struct text *ids,
                                 size_t n, bool *present, struct error *err)
{
    struct wanted wanted;
    bool fine = wanted_init(&wanted, ids, n, true, present, err);

    if (!fine)
        return false;
    weaviate_put_question(w, &wanted);
    fine = store_http_ask(&w->http, "POST", err) &&
           weaviate_read_ids(store_http_answer(&w->http), w->http.name.data,
                             wanted_mark, &wanted, err);
    wanted_release(&wanted);
    return fine;
}

/* Weaviate may be older than the filter, have GraphQL switched off, or return
 * fewer objects at a time. */
static bool weaviate_minds_many(const struct error *err)
{
    return err->kind == ERROR_REFUSED || err->kind == ERROR_CONFIG ||
           err->kind == ERROR_SIZE;
}

bool weaviate_lookup(struct store *s, const struct text *ids, size_t n,
                     bool *present, struct error *err)
{
    struct weaviate *w = (struct weaviate *)s;

    memset(present, 0, n * sizeof *present);
    if (n > 1 && !w->one_by_one &&
        !weaviate_ask_for_ids(w, ids, n, present, err)) {
        if (!weaviate_minds_many(err))
            return false;
        w->one_by_one = true;
    }
    for (size_t i = 0; i < n; i++)
        if (!present[i] && !weaviate_ask_for_id(w, ids[i], &present[i], err))
            return false;
    return true;
}
