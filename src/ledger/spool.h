/*
 * The spool keeps paid vectors of documents that are not final yet in one file
 * beside the ledger, so that a kill does not lose them.
 *
 * DIR/JOB.spool: a head, then slots of one size. A slot holds the vector, its
 * document (hashes of id and text, place in the corpus), what the job had paid
 * by then, and a sum over all of it. It holds no text and no id (SE-19).
 *
 * The embedder writes a slot before it passes the document on, and the slot is
 * free again, without a mark in the file, once the ledger has committed the
 * document. So the file grows to the largest number of documents in flight and
 * is then overwritten: it is bounded, and the kernel writes back the same few
 * pages instead of every vector.
 *
 * The hashes find what a dead process left in it. A slot that was free does no
 * harm: the same text has the same vector. A wrong sum (a slot half written, a
 * flipped bit, another job, model or dimension: the sum begins with these)
 * makes a slot useless, and its document is embedded again.
 *
 * Lasting     write(2) alone: the kernel has the bytes when the process dies.
 *             We sync nothing; after a power loss, lost vectors are embedded
 *             again.
 * Threads     Any, but for open and close. The lock is a leaf, without I/O.
 * Files       0600, no link, ours. Native byte order: it is of this machine.
 * Rows        LD-26 to LD-29.
 */
#ifndef BATCHTOP_LEDGER_SPOOL_H
#define BATCHTOP_LEDGER_SPOOL_H

#include "util/error.h"

#include <stddef.h>

struct spool;

enum { SPOOL_PUT_MAX = 128 /* records in one write */ };

enum spool_flags {
    SPOOL_ESCAPED = 1, /* the text was hashed as JSON has it, escapes and all */
    SPOOL_RETRY = 2    /* it failed before: the ledger calls it final */
};

/* Whose vector it is. The struct has no padding. */
struct spool_key {
    uint64_t id_hash, text_hash; /* these, length and ESCAPED must agree */
    uint64_t pos;
    uint32_t text_len;
    uint16_t source;
    uint16_t flags;
};

struct spool_record {
    struct spool_key key;
    uint64_t paid;       /* tokens of the job until then, with its own */
    const float *vector; /* dim floats, borrowed for the call */
    uint32_t slot;       /* from 1 on; 0: in none */
};

struct spool_config {
    const char *path;
    uint64_t identity; /* hash of all that the vectors in it depend on */
    size_t dim;
    size_t most; /* documents that can be in flight */
    /* Could somebody still want the vector of this document? NULL: always. */
    bool (*wanted)(void *ctx, const struct spool_key *key);
    void *ctx;
};

/*
 * Open the file, or make it; start a file of another identity or form anew.
 *
 * fails    CONFIG (a link, not ours), LOCAL, MEMORY.
 */
struct spool *spool_open(const struct spool_config *cfg, struct error *err);
/* With `finished`, or if nothing in it is wanted any more, remove the file.
 * NULL is fine. */
void spool_close(struct spool *s, bool finished);

/* Bytes of the file for so many documents in flight: twice that many slots,
 * since what a kill left may have to stay while as many are in flight again. */
uint64_t spool_bytes_most(size_t most, size_t dim);

/* From now on more documents can be in flight. Fewer: no change. */
void spool_expect(struct spool *s, size_t most);

/*
 * Write n records, at most SPOOL_PUT_MAX, and set their slots: one pwritev(2)
 * if free slots lie together, as they nearly always do.
 *
 * fails    LOCAL (the disk is full, or nearly: the ledger needs the rest),
 *          MEMORY. The slots are 0 then.
 */
bool spool_put(struct spool *s, struct spool_record *rec, size_t n,
               struct error *err);

/* Free the slot: the ledger has the document. Slot 0 is none. */
void spool_free(struct spool *s, uint32_t slot);

/* Copy what an earlier process left for this document, dim floats, to `vector`;
 * the document owns the slot again. False: there is none, or it is damaged. */
bool spool_take(struct spool *s, const struct spool_key *key, float *vector,
                uint32_t *slot);
/* Tokens that the job had paid when the file was opened, by its latest slot;
 * the ledger may lack the last of them. 0: no slot tells. */
uint64_t spool_paid(const struct spool *s);
/* How many vectors of an earlier process nobody has taken yet; cheap. */
size_t spool_left(const struct spool *s);
/* How many slots belong to documents in flight. */
size_t spool_used(struct spool *s);
/* Bytes that the file has now. */
uint64_t spool_bytes(struct spool *s);

#endif
