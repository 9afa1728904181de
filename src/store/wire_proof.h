/*
 * Is the server behind a port that we guessed the store that the URL names?
 * The instances of one run share one answer, for each needs the same one.
 *
 *     OPEN     nobody knows yet: REST
 *     TRYING   one instance tries to prove it with its request; the others
 *              go over REST meanwhile
 *     PROVEN   gRPC, for good
 *     LEFT     REST, for good
 *
 * Threads     Any number share a proof: an instance looks at one atomic word
 *             until it knows the answer, and then gives its share back.
 */
#ifndef BATCHTOP_STORE_WIRE_PROOF_H
#define BATCHTOP_STORE_WIRE_PROOF_H

#include <stdbool.h>

enum wire_state { WIRE_OPEN, WIRE_TRYING, WIRE_PROVEN, WIRE_LEFT };

/* What one try found. */
enum wire_found {
    WIRE_SHOWN,   /* gRPC shows what REST stored, and did not before */
    WIRE_MISSED,  /* it does not, or does not answer */
    WIRE_NOTHING, /* it showed the same before */
    WIRE_UNTRIED  /* REST took no request: does not count */
};

struct wire_proof;

/* Open; `root` is copied. NULL: no memory. */
struct wire_proof *wire_proof_new(const char *root);
struct wire_proof *wire_proof_share(struct wire_proof *p); /* returns p */
void wire_proof_release(struct wire_proof *p); /* NULL is fine */

const char *wire_proof_root(const struct wire_proof *p);
enum wire_state wire_proof_state(const struct wire_proof *p);

/* True: the caller tries, and must end it. False: another one does, or the
 * answer is known. */
bool wire_proof_begin(struct wire_proof *p);
/* A replica may show a record late, and a job that goes on sends some again: a
 * few tries that prove nothing leave it open. Returns the state: LEFT once. */
enum wire_state wire_proof_end(struct wire_proof *p, enum wire_found found);

#endif
