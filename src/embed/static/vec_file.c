/*
 * This file keeps the cache of word vectors on disk, in the byte order of the
 * machine:
 *
 *     struct head             64 bytes
 *     count x dim float32     the rows, in the order of the text; then zeros
 *                             up to a multiple of 64
 *     slots x struct slot     open addressing by hash, at most half full
 *
 * We write it under a temporary name, row by row, and rename it when it is
 * whole. If its head does not fit (magic, source or length) we make a new
 * cache, so a torn file does no harm.
 */
#include "config.h"
#include "embed/static/vec_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "embed/static/vec_text.h"

static const char magic[8] = "btvec\0\0\1";

struct head {
    char magic[8];
    uint32_t dim, byte_order; /* byte_order: 0x01020304 as written */
    uint64_t count, slots;
    uint64_t source_size, source_mtime_ns;
    uint64_t reserved[2];
};
_Static_assert(sizeof(struct head) == 64, "rows must stay aligned");

enum { BYTE_ORDER_MARK = 0x01020304 };

struct vec_file {
    const struct head *head; /* the mapping */
    size_t size;
    const float *rows;
    const struct hash_slot *slots;
};

static uint64_t mtime_ns(const struct stat *st)
{
    return (uint64_t)st->st_mtim.tv_sec * 1000000000U +
           (uint64_t)st->st_mtim.tv_nsec;
}

/* The size of the rows with the padding that aligns the slots. */
static uint64_t rows_size(const struct head *h)
{
    uint64_t bytes = h->count * h->dim * sizeof(float);

    return (bytes + sizeof *h - 1) / sizeof *h * sizeof *h;
}

static uint64_t whole_size(const struct head *h)
{
    return sizeof *h + rows_size(h) + h->slots * sizeof(struct hash_slot);
}

/* Do the head's source and sizes agree with this source and file? */
static bool head_fits(const struct head *h, uint64_t size,
                      const struct stat *source)
{
    return memcmp(h->magic, magic, sizeof magic) == 0 &&
           h->byte_order == BYTE_ORDER_MARK && h->dim > 0 &&
           h->dim <= VEC_DIM_MAX && h->count > 0 && h->count < h->slots &&
           h->slots <= size / sizeof(struct hash_slot) &&
           (h->slots & (h->slots - 1)) == 0 && whole_size(h) == size &&
           h->source_size == (uint64_t)source->st_size &&
           h->source_mtime_ns == mtime_ns(source);
}

/* True when fd holds a whole cache of the source; f then maps it. */
static bool map_cache(struct vec_file *f, int fd, const struct stat *source)
{
    struct stat st;
    void *at;

    if (fstat(fd, &st) != 0 || (size_t)st.st_size < sizeof(struct head))
        return false;
    at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
        return false;
    if (!head_fits(at, (uint64_t)st.st_size, source)) {
        munmap(at, (size_t)st.st_size);
        return false;
    }
    f->head = at;
    f->size = (size_t)st.st_size;
    f->rows = (const float *)(f->head + 1);
    f->slots = (const struct hash_slot *)((const char *)f->rows +
                                         rows_size(f->head));
    return true;
}

static bool map_named(struct vec_file *f, const char *name,
                      const struct stat *source)
{
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    bool mapped = fd >= 0 && map_cache(f, fd, source);

    if (fd >= 0)
        close(fd);
    return mapped;
}

/* A new file beside the source (its name then in `temp`), or an unnamed one
 * in the folder for temporary files (`temp` then empty). */
static int open_temp(const char *cache, char *temp, size_t size)
{
    const char *dir = getenv("TMPDIR");
    char name[512];
    int fd;

    snprintf(temp, size, "%s.XXXXXX", cache);
    fd = mkostemp(temp, O_CLOEXEC);
    if (fd >= 0)
        return fd;
    temp[0] = '\0';
    snprintf(name, sizeof name, "%s/batchtop.XXXXXX",
             dir && dir[0] ? dir : "/tmp");
    fd = mkostemp(name, O_CLOEXEC);
    if (fd >= 0)
        unlink(name);
    return fd;
}

static bool write_cache(int source, const struct stat *st, const char *path,
                        int fd, struct error *err)
{
    struct head h = { .byte_order = BYTE_ORDER_MARK,
                      .source_size = (uint64_t)st->st_size,
                      .source_mtime_ns = mtime_ns(st) };
    FILE *out = fdopen(dup(fd), "wb");
    struct vec_text text = { .path = path, .fd = source, .rows = out };
    bool done = false;

    if (!out)
        return error_errno(err, errno, "writing the cache of %s", path);
    memcpy(h.magic, magic, sizeof magic);
    fseek(out, (long)sizeof h, SEEK_SET);
    if (!vec_text_read(&text, err))
        goto out;
    h.dim = (uint32_t)text.dim;
    h.count = text.index.count;
    h.slots = text.index.slot_count;
    fseeko(out, (off_t)(sizeof h + rows_size(&h)), SEEK_SET);
    fwrite(text.index.slots, sizeof *text.index.slots, text.index.slot_count,
           out);
    rewind(out);
    fwrite(&h, sizeof h, 1, out);
    done = fflush(out) == 0 && !ferror(out) && fdatasync(fd) == 0;
    if (!done)
        error_errno(err, errno, "writing the cache of %s", path);
out:
    vec_text_release(&text);
    fclose(out);
    return done;
}

/* Read the text and leave its cache mapped in f. */
static bool make_cache(struct vec_file *f, int source, const struct stat *st,
                       const char *path, const char *cache, struct error *err)
{
    char temp[4096 + 16];
    int fd = open_temp(cache, temp, sizeof temp);
    bool done;

    if (fd < 0)
        return error_errno(err, errno, "no room for the cache of %s", path);
    done = write_cache(source, st, path, fd, err);
    fchmod(fd, st->st_mode & 0666); /* readers of the source may read it */
    if (done && !map_cache(f, fd, st))
        done = error_errno(err, errno, "mapping the cache of %s", path);
    /* A cache that cannot get its name still serves this instance. */
    if (temp[0] && (!done || rename(temp, cache) != 0))
        unlink(temp);
    close(fd);
    return done;
}

/* One thread or process reads the text; the others wait and then find the
 * cache. The lock is on the old cache, or an empty file; -1 if it cannot be
 * written: then each reads for itself. */
static int lock_cache(const char *cache)
{
    struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    int fd = open(cache, O_RDWR | O_CREAT | O_CLOEXEC, 0666);

    while (fd >= 0 && fcntl(fd, F_OFD_SETLKW, &whole) != 0)
        if (errno != EINTR) {
            close(fd);
            return -1;
        }
    return fd;
}

static void unlock_cache(int fd, const char *cache)
{
    struct stat st;

    if (fd < 0)
        return;
    /* Nothing replaced the empty file: reading the text failed. */
    if (stat(cache, &st) == 0 && st.st_size == 0)
        unlink(cache);
    close(fd);
}

static bool vec_file_open_source(struct vec_file *f, int source,
                                 const char *path, struct error *err)
{
    char cache[4096];
    struct stat st;
    bool done;
    int lock;

    if (fstat(source, &st) != 0)
        return error_errno(err, errno, "%s", path);
    if (!S_ISREG(st.st_mode))
        return error_set(err, ERROR_CONFIG, 0,
                         "%s is not a regular file of word vectors", path);
    if ((size_t)snprintf(cache, sizeof cache, "%s.btcache", path) >=
        sizeof cache)
        return error_set(err, ERROR_CONFIG, 0, "the name is too long");
    if (map_named(f, cache, &st))
        return true;
    lock = lock_cache(cache);
    done = map_named(f, cache, &st) ||
           make_cache(f, source, &st, path, cache, err);
    unlock_cache(lock, cache);
    return done;
}

struct vec_file *vec_file_open(const char *path, struct error *err)
{
    int source = open(path, O_RDONLY | O_CLOEXEC);
    struct vec_file *f;

    if (source < 0) {
        error_errno(err, errno, "%s", path);
        err->kind = ERROR_CONFIG;
        return NULL;
    }
    f = calloc(1, sizeof *f);
    if (!f)
        error_memory(err, "for %s", path);
    else if (!vec_file_open_source(f, source, path, err)) {
        vec_file_close(f);
        f = NULL;
    }
    close(source);
    return f;
}

void vec_file_close(struct vec_file *f)
{
    if (!f)
        return;
    if (f->head)
        munmap((void *)(uintptr_t)f->head, f->size);
    free(f);
}

size_t vec_file_dim(const struct vec_file *f)
{
    return f->head->dim;
}

const float *vec_file_row(const struct vec_file *f, uint64_t hash)
{
    size_t slots = (size_t)f->head->slots;
    uint64_t row = hash_slots_find(f->slots, slots, hash)->value;

    /* A row out of range is a damaged cache: better no word than a crash. */
    if (row == 0 || row > f->head->count)
        return NULL;
    return f->rows + (size_t)(row - 1) * f->head->dim;
}
