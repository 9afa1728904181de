/*
 * What stores that take gRPC have in common, on top of store_http.h: a second
 * handle and root for it, and the calls. Requests are built in s->body[0]; the
 * reply is s->reply, in which a refusal is in the form of HTTP (net/grpc.h), so
 * that a kind's verdicts, store_http_refused() and http_says() serve for both.
 *
 *     store_grpc_to(s, "/qdrant.Points/Count");
 *     proto_put_text(s->body, 1, name);
 *     store_grpc_ask(s, err) && read(store_grpc_answer(s))
 *
 * Threads     Like struct store: one worker owns one.
 */
#ifndef BATCHTOP_STORE_STORE_GRPC_H
#define BATCHTOP_STORE_STORE_GRPC_H

#include "net/grpc.h"
#include "store/store_http.h"

/*
 * Speak gRPC with this root, http[s]://HOST[:PORT]; copied. Touches no network.
 * Called again it takes another root.
 *
 * fails    CONFIG, MEMORY.
 */
bool store_grpc_open(struct store_http *s, const char *root, struct error *err);
/* For store_http_kind.set_up: the same with the URL's root where the URL says
 * grpc[s]://. */
bool store_grpc_set_up(struct store *s, const struct store_config *cfg,
                       struct error *err);

/* Metadata that carries the key instead of the header that REST has; takes the
 * value, which malloc() made. */
void store_grpc_key(struct store_http *s, const char *name, char *value);

/* Did the URL say grpc:// or grpcs://? Then there is no other way. */
bool store_grpc_alone(const struct store_http *s);

/* Begin the next call, of "/PACKAGE.SERVICE/METHOD": an empty message. */
void store_grpc_to(struct store_http *s, const char *method);
/* The same for store_shape.begin, once the URL is set: the message alone. */
void store_grpc_body(struct store *s, struct buf *body);

/* One call, whatever its status. */
bool store_grpc_send(struct store_http *s, struct error *err);
/* The call must succeed. */
bool store_grpc_ask(struct store_http *s, struct error *err);
/* For store_place.look: NOT_FOUND means that there is none. */
bool store_grpc_look(struct store_http *s, bool *there, struct error *err);
/* The message of an answer. */
struct text store_grpc_answer(const struct store_http *s);

/* PROTOCOL, about SERVICE: "the answer has no WHAT". Returns false. */
bool store_grpc_nonsense(const char *what, struct error *err);

#endif
