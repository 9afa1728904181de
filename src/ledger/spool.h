/*
 * The spool: vectors that were paid for and whose documents are not final yet,
 * in one file beside the ledger, so that a kill does not lose them.
 *
 * DIR/JOB.spool: a head, then slots of one size. A slot holds a document's
 * vector, whose it is (hashes of id and text, place in the corpus), what the
 * job had paid by then, and a sum over all of it. There is no text and no id in
 * it (SE-19).
 *
 * A slot is written before its document travels on, and is free again when the
 * ledger has committed it; no mark is made then. So the file grows to the most
 * that was ever under way and is written over from there on: it is bounded,
 * and the kernel writes the same few pages back instead of every vector.
 *
 * What a process that died left in it is found by the hashes. A slot that was
 * free does no harm: the same text has the same vector. A sum that is wrong (a
 * slot half written, a flipped bit, another job, model or dimension: the sum
 * begins with what they are) makes it nobody's, and its document is embedded.
 *
 * Lasting     write(2) alone: the kernel has the bytes when the process dies.
 *             Nothing is synced; what a power loss takes is embedded again.
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

/* Whose vector it is; without padding. */
struct spool_key {
    uint64_t id_hash, text_hash; /* these, the length and ESCAPED must agree */
    uint64_t pos;
    uint32_t text_len;
    uint16_t source;
    uint16_t flags;
};

struct spool_record {
    struct spool_key key;
    uint64_t paid;       /* tokens of the job until then, its own included */
    const float *vector; /* dim floats, borrowed for the call */
    uint32_t slot;       /* from 1 on; 0: in none */
};

struct spool_config {
    const char *path;
    uint64_t identity; /* hash of what all vectors in it depend on */
    size_t dim;
    size_t most; /* documents that can be under way */
    /* What was left of this document may still be wanted; NULL: always. */
    bool (*wanted)(void *ctx, const struct spool_key *key);
    void *ctx;
};

/*
 * Open the file, or make it; one of another identity or form is begun anew.
 *
 * fails    CONFIG (a link, not ours), LOCAL, MEMORY.
 */
struct spool *spool_open(const struct spool_config *cfg, struct error *err);
/* With `finished` the file is removed, also when nothing in it is wanted any
 * more. NULL is fine. */
void spool_close(struct spool *s, bool finished);

/* Bytes of the file with so many documents under way: twice that many slots,
 * since what a kill left may have to stay while as much is under way anew. */
uint64_t spool_bytes_most(size_t most, size_t dim);

/* More can be under way from now on. Fewer: no change. */
void spool_expect(struct spool *s, size_t most);

/*
 * Write n records, at most SPOOL_PUT_MAX, and set their slots: one pwritev(2)
 * where free slots lie together, and nearly always they do.
 *
 * fails    LOCAL (the disk is full, or nearly: the ledger needs the rest),
 *          MEMORY. The slots are 0 then.
 */
bool spool_put(struct spool *s, struct spool_record *rec, size_t n,
               struct error *err);

/* The ledger has the document. Slot 0 is none. */
void spool_free(struct spool *s, uint32_t slot);

/* The vector that was left for this document, dim floats, into `vector`; its
 * slot is the document's again. False: there is none, or it is damaged. */
bool spool_take(struct spool *s, const struct spool_key *key, float *vector,
                uint32_t *slot);
/* Tokens that the job had paid when the file was opened, by its latest slot:
 * the ledger may have died before it heard of all. 0: no slot tells. */
uint64_t spool_paid(const struct spool *s);
/* How many that were left nobody has taken yet; cheap. */
size_t spool_left(const struct spool *s);
/* How many slots documents under way have. */
size_t spool_used(struct spool *s);
/* Bytes that the file has now. */
uint64_t spool_bytes(struct spool *s);

#endif
