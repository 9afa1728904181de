/* This file decides between gRPC and REST for stores that have both, and takes
 * the roots of URLs apart for that. */
#include "config.h"
#include "store/store_wire.h"

#include <stdio.h>
#include <stdlib.h>

#include "util/str.h"

enum { PATIENCE_MS = 3000, ASK_MS = 10000 };

/* ---- roots ---- */

/* Behind the host of scheme://HOST[:PORT][/PATH]. */
static const char *wire_host_end(const char *root)
{
    const char *host = strstr(root, "://");

    host = host ? host + 3 : root;
    if (*host == '[' && strchr(host, ']'))
        return strchr(host, ']') + 1;
    return host + strcspn(host, ":/");
}

unsigned store_wire_port(const char *root)
{
    const char *end = wire_host_end(root);

    if (*end == ':')
        return (unsigned)strtoul(end + 1, NULL, 10);
    return strncmp(root, "https:", 6) == 0 ? 443 : 80;
}

void store_wire_root(const char *root, const char *port, struct buf *to)
{
    buf_put(to, root, (size_t)(wire_host_end(root) - root));
    buf_printf(to, ":%s", port);
    buf_cstr(to);
}

bool store_wire_secure(const struct store_http *s)
{
    return strncmp(s->root.data, "https:", 6) == 0;
}

/* ---- what the URL demands ---- */

static bool wire_check(const struct store_http *s, const char *format,
                       struct error *err)
{
    if (format && strcmp(format, "json") != 0)
        return error_set(err, ERROR_CONFIG, 0,
                         "--store: format=%s is not known; it is json, or "
                         "left out", format);
    if (format && store_grpc_alone(s))
        return error_set(err, ERROR_CONFIG, 0,
                         "--store: format=json goes with %s+http://, not with "
                         "gRPC", s->base.ops->name);
    return true;
}

static bool wire_open_port(struct store_http *s, const char *port,
                           struct error *err)
{
    struct buf root = { 0 };
    bool fine;

    store_wire_root(s->root.data, port, &root);
    fine = root.failed ? error_memory(err, "for a store")
                       : store_grpc_open(s, root.data, err);
    buf_release(&root);
    return fine;
}

static bool wire_keep_likely(struct store_http *s, const char *root,
                             struct error *err)
{
    buf_puts(&s->grpc_likely, root);
    if (!*buf_cstr(&s->grpc_likely))
        return error_memory(err, "for a store");
    snprintf(s->grpc_plan, sizeof s->grpc_plan,
             "over gRPC if port %u answers, else as JSON",
             store_wire_port(root));
    s->base.wire = s->grpc_plan;
    return true;
}

bool store_wire_set_up(struct store_http *s, const struct store_config *cfg,
                       const char *likely, struct error *err)
{
    const char *format = store_http_option(s, "format");
    const char *port = store_http_option(s, "grpc");

    if (!wire_check(s, format, err))
        return false;
    if (format)
        return true;
    s->base.binary = store_grpc_alone(s) || port;
    s->base.wire = s->base.binary ? "over gRPC" : NULL;
    if (store_grpc_alone(s))
        return store_grpc_open(s, s->root.data, err);
    if (port)
        return wire_open_port(s, port, err);
    return !likely || cfg->read_only || wire_keep_likely(s, likely, err);
}

/* ---- what the preflight finds ---- */

static void wire_close(struct store_http *s)
{
    grpc_free(s->grpc);
    s->grpc = NULL;
}

/* Ask with less patience than a request has later. */
static bool wire_probe(struct store_http *s,
                       bool (*probe)(struct store *s, struct error *err),
                       struct error *err)
{
    const struct http_config usual = s->http_config;
    bool fine;

    s->http_config.connect_timeout_ms = PATIENCE_MS;
    s->http_config.total_timeout_ms = ASK_MS;
    fine = store_grpc_open(s, s->grpc_likely.data, err) &&
           probe(&s->base, err);
    wire_close(s);
    s->http_config = usual;
    return fine && store_grpc_open(s, s->grpc_likely.data, err);
}

static void wire_note(struct store_http *s, bool fine, const char *why)
{
    unsigned port = store_wire_port(s->grpc_likely.data);
    char shown[120];

    str_sentence(shown, sizeof shown, text_of(why));
    if (fine)
        snprintf(s->base.note, sizeof s->base.note,
                 "vectors go over gRPC, port %u (?format=json: as JSON)", port);
    else
        snprintf(s->base.note, sizeof s->base.note,
                 "vectors go as JSON, for gRPC does not answer at port %u: %s",
                 port, shown);
}

bool store_wire_choose(struct store_http *s,
                       bool (*probe)(struct store *s, struct error *err),
                       struct error *err)
{
    struct error why = { .text = "" };
    bool fine;

    if (s->grpc_likely.len == 0)
        return true;
    fine = wire_probe(s, probe, &why);
    if (!fine && (why.kind == ERROR_STOPPED || why.kind == ERROR_MEMORY)) {
        *err = why;
        return false;
    }
    wire_note(s, fine, why.text);
    return true;
}

void store_wire_follow(struct store *s, const struct store *from)
{
    struct store_http *to = (struct store_http *)s;
    const struct store_http *chose = (const struct store_http *)from;
    struct error none; /* without memory it goes over REST */

    if (chose->grpc && !to->grpc)
        store_grpc_open(to, chose->grpc_root.data, &none);
}

void store_wire_leave(struct store_http *s, const char *why)
{
    char line[200];

    snprintf(line, sizeof line, "%s: vectors go as JSON", why);
    if (s->say)
        s->say(s->say_ctx, line);
    wire_close(s);
}
