/* Read what vector stores answer: small JSON envelopes, with a cursor and
 * without a tree. Every function takes the JSON text of one value. */
#ifndef BATCHTOP_STORE_STORE_REPLY_H
#define BATCHTOP_STORE_STORE_REPLY_H

#include "store/store.h"
#include "util/json.h"

/* The last member of that name; false: there is none, or this is not a complete
 * object. */
bool reply_member(struct text object, const char *name,
                  struct json_value *out);

/* The value at a path of member names that ends with NULL. */
bool reply_find(struct text json, const char *const *path,
                struct json_value *out);

/* Step into the array at the path, or the value itself: { NULL }. PROTOCOL:
 * "the answer has no WHAT". */
bool reply_enter(struct text json, const char *const *path, const char *what,
                 struct json_cursor *c, struct error *err);

/* Call `found` with the id of each element of that array, decoded: its member
 * `id`, or the element itself, NULL. fails PROTOCOL, MEMORY. */
bool reply_ids(struct text json, const char *const *path, const char *id,
               void (*found)(void *ctx, struct text id), void *ctx,
               struct error *err);

/* The form of the hits of a search; paths end with NULL. */
struct reply_form {
    const char *list[3];            /* of the array; { NULL }: it is it */
    const char *id[3], *id_else[3]; /* the first that is not null */
    const char *text[3];            /* { NULL }: none */
    const char *score[3];
    double scale, shift;            /* cosine = scale * score + shift */
};

/* Read at most k; empties their buffers first. fails PROTOCOL, MEMORY. */
bool reply_hits(struct text json, const struct reply_form *form,
                struct store_hit *hits, size_t k, size_t *got,
                struct error *err);

/* The same as a whole number that is not negative. */
bool reply_number(struct text json, const char *const *path, uint64_t *out);

/* PROTOCOL, about SERVICE: "the answer has no WHAT", with its beginning.
 * Returns false. */
bool reply_nonsense(struct text json, const char *what, struct error *err);

/* A string made printable; "" for anything else. */
void reply_word(const struct json_value *v, char *to, size_t size);

/* Append a string decoded, any other value as it is written. */
void reply_put(struct buf *to, const struct json_value *v);

/* The member under which stores that have metadata of their own keep how their
 * vectors were made, for keep() and kept(). */
#define STORE_KEPT "batchtop"

/* Append what is at the path: an object as it is written, a string decoded,
 * since services differ in what they may hold; nothing when it is not there. */
void reply_kept(struct text json, const char *const *path, struct buf *to);

/* A number as a score; false for anything else. */
bool reply_score(const struct json_value *v, double *out);

#endif
