/* This file is the preflight of both Elastic-like stores: which server answers
 * and in which version, does the index exist or must it be made, and do its
 * mapping and its settings admit our documents? */
#include "config.h"
#include "store/elastic/elastic_parts.h"

#include <stdio.h>

#include "store/elastic/elastic_error.h"

/* ---- the server ---- */

static bool elastic_is_since(const struct elastic_server *server,
                             unsigned major, unsigned minor)
{
    return server->major > major ||
           (server->major == major && server->minor >= minor);
}

/* OpenSearch 1 and 2 can be set to answer 7.10.2, for clients that would refuse
 * it otherwise: that is no version of theirs. */
static void elastic_doubt_version(struct elastic_server *server)
{
    if (server->opensearch && server->major == 7 && server->minor == 10)
        server->major = server->minor = 0;
}

static bool judge_server(struct elastic *e, struct error *err)
{
    const struct elastic_face *face = e->face;
    struct elastic_server *server = &e->server;

    if (server->opensearch != face->opensearch)
        return error_set(err, ERROR_CONFIG, 0,
                         "that server is %s: write %s in front of the URL",
                         server->opensearch ? "OpenSearch" : "Elasticsearch",
                         server->opensearch ? "opensearch+" :
                                              "elasticsearch+");
    elastic_doubt_version(server);
    if (server->major && server->major < face->needs)
        return error_set(err, ERROR_CONFIG, 0,
                         "that server is %s %u.%u, vectors need %u.0 or later",
                         face->product, server->major, server->minor,
                         face->needs);
    e->base64 =
        elastic_is_since(server, face->base64_major, face->base64_minor);
    return true;
}

static void elastic_assume_server(struct elastic *e)
{
    e->server =
        (struct elastic_server){ .opensearch = e->face->opensearch };
    snprintf(e->http.base.note, sizeof e->http.base.note,
             "the key may not ask for the server's version: vectors go as "
             "numbers, not as base64");
}

bool elastic_learn_version(struct elastic *e, struct error *err)
{
    store_http_to(&e->http, "/");
    if (!store_http_send(&e->http, "GET", err))
        return false;
    if (e->http.reply.status == 403)
        elastic_assume_server(e);
    else if (e->http.reply.status >= 300)
        return store_http_refused(&e->http, err);
    else if (!elastic_read_server(store_http_answer(&e->http), &e->server,
                                  err))
        return false;
    e->met = judge_server(e, err);
    return e->met;
}

/* ---- the index ---- */

bool elastic_get_mapping(struct store *s, bool *there, struct error *err)
{
    struct elastic *e = (struct elastic *)s;

    elastic_to_index(e, "/_mapping");
    return store_http_look(&e->http, there, err);
}

static bool exists_already(const struct store_http *s)
{
    struct elastic_error said;

    return elastic_error_find(store_http_answer(s),
                              (unsigned)s->reply.status, &said) &&
           strcmp(said.type, "resource_already_exists_exception") == 0;
}

bool elastic_create_index(struct store *base, struct error *err)
{
    struct elastic *e = (struct elastic *)base;
    const struct elastic_face *face = e->face;
    struct store_http *s = &e->http;

    if (e->server.major &&
        !elastic_is_since(&e->server, face->create_major, face->create_minor))
        return error_set(err, ERROR_CONFIG, 0,
                         "that server is %s %u.%u, --create needs %u.%u or "
                         "later: make index %s there by hand, with a %s "
                         "called %s",
                         face->product, e->server.major, e->server.minor,
                         face->create_major, face->create_minor, s->name.data,
                         face->type, e->vector);
    elastic_to_index(e, "");
    buf_puts(s->body, face->opensearch ? "{\"settings\":{\"index.knn\":true},"
                                        : "{");
    buf_printf(s->body, "\"mappings\":{\"properties\":{\"%s\":%s%zu%s",
               e->vector, face->mapping, s->base.dim, face->rest);
    if (e->text)
        buf_printf(s->body, ",\"%s\":{\"type\":\"text\"}", e->text);
    buf_puts(s->body, "}}}");
    return store_http_send(s, "PUT", err) &&
           (s->reply.status < 300 || exists_already(s) ||
            store_http_refused(s, err));
}

/* The field has the type of --create, so it takes only that. */
static void elastic_learn_metadata(struct elastic *e)
{
    struct elastic_field field;
    struct error err;

    e->objects =
        elastic_read_field(store_http_answer(&e->http), "metadata", &field,
                           &err) &&
        (strcmp(field.type, "flattened") == 0 ||
         strcmp(field.type, "flat_object") == 0);
}

static bool elastic_check_mapping(struct elastic *e, struct error *err)
{
    const char *index = e->http.name.data;
    struct elastic_field field;

    if (!elastic_read_field(store_http_answer(&e->http), e->vector, &field,
                            err))
        return false;
    if (strcmp(field.type, e->face->type) != 0)
        return error_set(err, ERROR_CONFIG, 0,
                         "index %s has no %s called %s; ?vector=FIELD in the "
                         "URL names another, --create makes a new index",
                         index, e->face->type, e->vector);
    if (!*field.metric && e->face->opensearch)
        memcpy(field.metric, "l2", 3); /* the default of the server */
    elastic_learn_metadata(e);
    return store_http_suits(&e->http.base, field.dim, field.metric, err);
}

/* A closed or blocked index shows its mapping like any other, and refuses every
 * document that was paid for. A key that may not ask finds out with the
 * first. */
static bool elastic_check_is_open(struct elastic *e, struct error *err)
{
    const char *index = e->http.name.data;
    struct elastic_state state;

    elastic_to_index(e, "/_settings?flat_settings=true");
    if (!store_http_send(&e->http, "GET", err))
        return false;
    if (e->http.reply.status >= 300 ||
        !elastic_read_state(store_http_answer(&e->http), &state))
        return true;
    if (state.closed)
        return error_set(err, ERROR_CONFIG, 0,
                         "index %s is closed: open it (POST /%s/_open)", index,
                         index);
    if (*state.block && !e->read_only)
        return error_set(err, ERROR_CONFIG, 0,
                         "index %s takes no documents, its setting %s is "
                         "true%s",
                         index, state.block,
                         strstr(state.block, "allow_delete")
                             ? ": its disk is full"
                             : "");
    return true;
}

bool elastic_check_index(struct store *s, struct error *err)
{
    struct elastic *e = (struct elastic *)s;

    return elastic_check_mapping(e, err) && elastic_check_is_open(e, err);
}

bool elastic_preflight(struct store *s, struct error *err)
{
    return elastic_learn_version((struct elastic *)s, err) &&
           store_http_preflight(s, err);
}
