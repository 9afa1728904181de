/*
 * A spool that another process left, or somebody else: what is found for a
 * document is what a whole slot holds, once, and the file can be used on.
 *
 * In front of the file: a letter. Bit 0: its head is made right, bit 1: so are
 * the sums of its slots, as if the rest had been written so.
 */
#include "config.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger/spool_parts.h"

enum { DIM = 3, MOST = 16, IDENTITY = 7, ADDED = 5 };

struct slot {
    struct spool_stamp stamp;
    float vector[DIM + 1]; /* the last one is padding */
};

static struct spool *open_spool(const char *path)
{
    struct spool_config cfg = { .path = path, .identity = IDENTITY,
                                .dim = DIM, .most = MOST };
    struct error err = { .text = "" };
    struct spool *s = spool_open(&cfg, &err);

    if (!s)
        fuzz_claim(false, err.text);
    return s;
}

/* The head that a spool of ours has. */
static void put_head(const char *path, struct buf *file)
{
    struct spool *s = open_spool(path);

    if (file->len >= SPOOL_SLOTS_AT)
        fuzz_claim(pread(s->fd, file->data, SPOOL_SLOTS_AT, 0) ==
                       SPOOL_SLOTS_AT, "a spool without a head");
    spool_close(s, true);
}

static void put_sums(struct buf *file)
{
    struct spool s = { .dim = DIM, .identity = IDENTITY };
    struct slot slot;

    for (size_t at = SPOOL_SLOTS_AT; at + sizeof slot <= file->len;
         at += sizeof slot) {
        memcpy(&slot, file->data + at, sizeof slot);
        slot.stamp.sum = spool_sum(&s, &slot.stamp, slot.vector);
        memcpy(file->data + at, &slot, sizeof slot);
    }
}

/* --- what a resume does -------------------------------------------------- */

static bool is_in(const struct buf *file, const float *vector)
{
    for (size_t at = SPOOL_SLOTS_AT; at + sizeof(struct slot) <= file->len;
         at += sizeof(struct slot))
        if (memcmp(file->data + at + offsetof(struct slot, vector), vector,
                   DIM * sizeof *vector) == 0)
            return true;
    return false;
}

static void take_all(struct spool *s, const struct buf *file)
{
    float vector[DIM];
    struct slot slot;
    uint32_t number;

    for (size_t at = SPOOL_SLOTS_AT; at + sizeof slot <= file->len;
         at += sizeof slot) {
        size_t left = spool_left(s);

        memcpy(&slot, file->data + at, sizeof slot);
        if (!spool_take(s, &slot.stamp.key, vector, &number))
            continue;
        fuzz_claim(left > spool_left(s), "taken, and still left");
        fuzz_claim(is_in(file, vector), "a vector that nobody left");
        if (number % 2)
            spool_free(s, number);
    }
}

static void use(struct spool *s)
{
    static const float vector[DIM] = { 1, 2, 3 };
    struct spool_record rec[ADDED];
    struct error err = { .text = "" };
    float back[DIM];
    uint32_t slot;

    memset(rec, 0, sizeof rec);
    for (size_t i = 0; i < ADDED; i++)
        rec[i] = (struct spool_record){ .key = { .pos = i }, .paid = i,
                                        .vector = vector };
    if (!spool_put(s, rec, ADDED, &err)) {
        fuzz_claim_said(&err);
        return;
    }
    for (size_t i = 0; i < ADDED; i++)
        fuzz_claim(rec[i].slot > 0, "put into no slot");
    if (spool_take(s, &rec[0].key, back, &slot))
        fuzz_claim(slot != rec[0].slot, "a slot with two owners");
    for (size_t i = 0; i < ADDED; i += 2)
        spool_free(s, rec[i].slot);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text input = { (const char *)data, size };
    unsigned how = fuzz_byte(&input);
    const char *path = fuzz_path("job.spool");
    struct buf file;
    struct spool *s;

    buf_init(&file);
    buf_put(&file, input.ptr, input.len);
    if (how & 1)
        put_head(path, &file);
    if (how & 2)
        put_sums(&file);
    fuzz_write(path, (struct text){ file.data, file.len });
    s = open_spool(path);
    take_all(s, &file);
    use(s);
    spool_close(s, false);
    s = open_spool(path);
    fuzz_claim(spool_used(s) == 0, "used by nobody");
    spool_close(s, true);
    buf_release(&file);
    return 0;
}
