/* This file opens or restarts a spool, reads it back, and closes it. */
#include "config.h"
#include "ledger/spool_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/ledger_file.h"
#include "sys/file.h"
#include "util/str.h"

enum { SLOTS_MAX = 1 << 24 }; /* above any --queue and --embed-batch */

static const uint64_t magic = 0x314c4f4f50535442u; /* "BTSPOOL1" */

struct head {
    uint64_t magic, identity;
    uint64_t dim, sum;
    char zero[SPOOL_SLOTS_AT - 4 * sizeof(uint64_t)];
};

static struct head spool_make_head(const struct spool *s)
{
    struct head h = { .magic = magic, .identity = s->identity,
                      .dim = s->dim };

    h.sum = str_hash64(&h, offsetof(struct head, sum));
    return h;
}

static size_t stride_of(size_t dim)
{
    size_t bytes = sizeof(struct spool_stamp) + dim * sizeof(float);

    return (bytes + sizeof(uint64_t) - 1) / sizeof(uint64_t) *
           sizeof(uint64_t);
}

uint64_t spool_bytes_most(size_t most, size_t dim)
{
    return SPOOL_SLOTS_AT +
           (uint64_t)most * SPOOL_LIMIT_FACTOR * stride_of(dim);
}

/* --- what was left -------------------------------------------------------- */

static bool spool_begin_file(struct spool *s, struct error *err)
{
    struct head h = spool_make_head(s);

    if (ftruncate(s->fd, 0) != 0 || lseek(s->fd, 0, SEEK_SET) != 0)
        return error_errno(err, errno, "%.120s", s->path);
    return file_write_all(s->fd, &h, sizeof h, err) ||
           error_wrap(err, "%.120s", s->path);
}

static bool spool_is_ours(const struct spool *s)
{
    struct head h, wanted = spool_make_head(s);

    return pread(s->fd, &h, sizeof h, 0) == (ssize_t)sizeof h &&
           memcmp(&h, &wanted, sizeof h) == 0;
}

static bool make_places(struct spool *s, size_t slots)
{
    size_t places = 64;

    while (places < slots * 2)
        places *= 2;
    s->left = calloc(places, sizeof *s->left);
    s->left_mask = places - 1;
    return s->left && spool_slots_room(s, slots);
}

/* Read a slot whole only when a document asks for it, or when it claims to have
 * paid more than the others. */
static bool look_at(struct spool *s, const struct spool_config *cfg,
                    uint32_t slot, float *scratch)
{
    struct spool_stamp stamp, whole = { .sum = 0 };

    if (pread(s->fd, &stamp, sizeof stamp, (off_t)spool_slot_at(s, slot)) !=
        (ssize_t)sizeof stamp)
        return false;
    if (stamp.paid > s->paid && spool_read(s, slot, &whole, scratch))
        s->paid = whole.paid;
    if (stamp.sum && (!cfg->wanted || cfg->wanted(cfg->ctx, &stamp.key)))
        spool_slots_leave(s, &stamp.key, slot);
    return true;
}

static bool spool_load(struct spool *s, const struct spool_config *cfg,
                       size_t slots, struct error *err)
{
    float *scratch = malloc(s->dim * sizeof *scratch);
    bool fine = scratch && make_places(s, slots);

    if (fine) {
        memset(s->use, SPOOL_FREE, slots);
        s->slots = s->free = slots;
        for (uint32_t slot = 1; slot <= slots; slot++)
            if (!look_at(s, cfg, slot, scratch))
                break;
    }
    free(scratch);
    return fine || error_memory(err, "for %.120s", s->path);
}

/* --- open and close ------------------------------------------------------- */

static bool read_back(struct spool *s, const struct spool_config *cfg,
                      struct error *err)
{
    struct stat st;
    uint64_t slots;

    if (fstat(s->fd, &st) != 0)
        return error_errno(err, errno, "%.120s", s->path);
    if (!ledger_home_check_stat(&st, s->path, err))
        return false;
    if ((st.st_mode & 07777) != 0600 && fchmod(s->fd, 0600) != 0)
        return error_errno(err, errno, "%.120s", s->path);
    if (!spool_is_ours(s))
        return spool_begin_file(s, err);
    slots = ((uint64_t)st.st_size - SPOOL_SLOTS_AT) / s->stride;
    if (slots > SLOTS_MAX)
        return spool_begin_file(s, err);
    return spool_load(s, cfg, (size_t)slots, err);
}

static bool spool_open_file(struct spool *s, const struct spool_config *cfg,
                            struct error *err)
{
    s->path = strdup(cfg->path);
    if (!s->path)
        return error_memory(err, "for the spool");
    s->fd = open(s->path,
                 O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (s->fd < 0 && errno == ELOOP)
        return error_set(err, ERROR_CONFIG, ELOOP,
                         "%.120s is a symbolic link: remove it", s->path);
    if (s->fd < 0)
        return error_errno(err, errno, "%.120s", s->path);
    return read_back(s, cfg, err);
}

static void spool_release(struct spool *s)
{
    if (s->fd >= 0)
        close(s->fd);
    free(s->path);
    free(s->use);
    free(s->left);
    monitor_release(&s->lock);
    free(s);
}

struct spool *spool_open(const struct spool_config *cfg, struct error *err)
{
    struct spool *s = calloc(1, sizeof *s);

    if (!s) {
        error_memory(err, "for the spool");
        return NULL;
    }
    monitor_init(&s->lock);
    s->fd = -1;
    s->identity = cfg->identity;
    s->dim = cfg->dim;
    s->stride = stride_of(cfg->dim);
    s->most = cfg->most;
    if (spool_open_file(s, cfg, err))
        return s;
    spool_release(s); /* the file stays: it may be another's */
    return NULL;
}

uint64_t spool_paid(const struct spool *s)
{
    return s->paid;
}

void spool_close(struct spool *s, bool finished)
{
    if (!s)
        return;
    if (finished || s->free == s->slots)
        unlink(s->path);
    spool_release(s);
}
