/*
 * This file finds an id by open addressing, with linear probing over pairs of
 * hash words. The words are as good as random, so a search begins at the first,
 * cut to the table. A slot of two zeros is empty; the one id in 2^128 that
 * hashes to that takes the next value. The table is at most three quarters
 * full, and doubles.
 *
 * The file is allocated, not sparse: a full disk must be an error of
 * posix_fallocate() and not a SIGBUS in the middle of a store.
 */
#include "config.h"
#include "ledger/idset.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util/str.h"

enum { SLOTS_MIN = 1024 };

struct slot {
    uint64_t word[2];
};

struct idset {
    char *dir;
    struct slot *slots;
    uint64_t mask, count; /* slots - 1; ids */
};

static int temporary_file(const char *dir, struct error *err)
{
    char path[4096];
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd >= 0)
        return fd;
    /* Some file systems do not know O_TMPFILE. */
    if (snprintf(path, sizeof path, "%s/.ids-XXXXXX", dir) >=
        (int)sizeof path) {
        error_errno(err, ENAMETOOLONG, "making a temporary file");
        return -1;
    }
    fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0)
        error_errno(err, errno, "making a temporary file in %.120s", dir);
    else
        unlink(path);
    return fd;
}

static struct slot *map_slots(const char *dir, uint64_t slots,
                              struct error *err)
{
    size_t size = (size_t)slots * sizeof(struct slot);
    int fd = temporary_file(dir, err), failure;
    void *at;

    if (fd < 0)
        return NULL;
    failure = posix_fallocate(fd, 0, (off_t)size);
    at = failure ? MAP_FAILED
                 : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) {
        error_errno(err, failure ? failure : errno,
                    "an index of %zu MiB over the done ids in %.120s",
                    size >> 20, dir);
        close(fd);
        return NULL;
    }
    close(fd);
    return at;
}

static void unmap_slots(struct slot *slots, uint64_t mask)
{
    if (slots)
        munmap(slots, (size_t)(mask + 1) * sizeof *slots);
}

struct idset *idset_new(const char *dir, uint64_t expected, struct error *err)
{
    struct idset *s = calloc(1, sizeof *s);
    uint64_t slots = SLOTS_MIN;

    if (!s || !(s->dir = strdup(dir))) {
        free(s);
        error_memory(err, "for the index over ids");
        return NULL;
    }
    while (slots / 4 * 3 < expected && slots < UINT64_MAX / 64)
        slots *= 2;
    s->slots = map_slots(dir, slots, err);
    if (!s->slots) {
        idset_free(s);
        return NULL;
    }
    s->mask = slots - 1;
    return s;
}

void idset_free(struct idset *s)
{
    if (!s)
        return;
    unmap_slots(s->slots, s->mask);
    free(s->dir);
    free(s);
}

/* The slot that holds the hash, or the empty one where it belongs. */
static struct slot *idset_find(struct slot *slots, uint64_t mask,
                               const uint64_t hash[2])
{
    uint64_t at = hash[0] & mask;

    while ((slots[at].word[0] || slots[at].word[1]) &&
           (slots[at].word[0] != hash[0] || slots[at].word[1] != hash[1]))
        at = (at + 1) & mask;
    return &slots[at];
}

static void idset_hash_id(struct text id, uint64_t hash[2])
{
    str_hash128(id.ptr, id.len, hash);
    if (!hash[0] && !hash[1])
        hash[1] = 1;
}

static bool idset_grow(struct idset *s, struct error *err)
{
    uint64_t mask = s->mask * 2 + 1;
    struct slot *larger = map_slots(s->dir, mask + 1, err);

    if (!larger)
        return false;
    for (uint64_t i = 0; i <= s->mask; i++)
        if (s->slots[i].word[0] || s->slots[i].word[1])
            *idset_find(larger, mask, s->slots[i].word) = s->slots[i];
    unmap_slots(s->slots, s->mask);
    s->slots = larger;
    s->mask = mask;
    return true;
}

bool idset_add(struct idset *s, struct text id, struct error *err)
{
    uint64_t hash[2];
    struct slot *slot;

    if (s->count >= (s->mask + 1) / 4 * 3 && !idset_grow(s, err))
        return false;
    idset_hash_id(id, hash);
    slot = idset_find(s->slots, s->mask, hash);
    if (!slot->word[0] && !slot->word[1]) {
        slot->word[0] = hash[0];
        slot->word[1] = hash[1];
        s->count++;
    }
    return true;
}

bool idset_has(const struct idset *s, struct text id)
{
    uint64_t hash[2];
    const struct slot *slot;

    idset_hash_id(id, hash);
    slot = idset_find(s->slots, s->mask, hash);
    return slot->word[0] || slot->word[1];
}

uint64_t idset_count(const struct idset *s)
{
    return s->count;
}
