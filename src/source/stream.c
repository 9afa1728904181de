/*
 * This file reads a corpus file. Bytes go from it into a raw block and from
 * there, through the unpacker where the file is packed, to the caller. Every
 * read after an unpacking error reports it again, since nothing behind the
 * damage can be read.
 */
#include "config.h"
#include "source/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source/unpack.h"
#include "sys/file.h"
#include "util/str.h"

enum { RAW_BLOCK = 1 << 16, SKIP_BLOCK = 1 << 14, DRY_MS = 1000 };

struct stream {
    int fd, stop_fd;
    char name[128];
    bool seekable, own_fd, sniffed;
    size_t window_bytes; /* that a zstd frame may ask for */
    enum packing packing;
    struct unpack *unpack; /* NULL: plain */
    bool failed;           /* unpacking has failed, for good, and why: */
    struct error why;
    atomic_uint_fast64_t raw_done; /* bytes taken from the file */
    uint64_t size;                 /* 0: unknown */
    uint64_t offset;               /* uncompressed bytes handed out */
    unsigned char *raw;            /* raw bytes not yet handed out */
    size_t raw_at, raw_len;
};

static bool stream_check_kind(struct stream *s, const struct stat *st,
                              struct error *err)
{
    if (S_ISDIR(st->st_mode))
        return error_set(err, ERROR_INPUT, EISDIR,
                         "%s: is a directory; name the files in it", s->name);
    s->seekable = S_ISREG(st->st_mode);
    s->size = s->seekable ? (uint64_t)st->st_size : 0;
    return true;
}

static bool stream_open_file(struct stream *s, const char *path,
                             struct error *err)
{
    struct stat st;

    if (strcmp(path, "-") == 0) {
        s->fd = STDIN_FILENO;
    } else {
        s->fd = open(path, O_RDONLY | O_CLOEXEC);
        s->own_fd = true;
    }
    if (s->fd < 0 || fstat(s->fd, &st) < 0) {
        error_errno(err, errno, "%s", s->name);
        err->kind = ERROR_INPUT;
        return false;
    }
    if (!stream_check_kind(s, &st, err))
        return false;
    /* Somebody has read the first part: treat the rest like a pipe. */
    if (s->seekable && !s->own_fd && lseek(s->fd, 0, SEEK_CUR) != 0) {
        s->seekable = false;
        s->size = 0;
    }
    return true;
}

struct stream *stream_open(const char *path, size_t window_bytes, int stop_fd,
                           struct error *err)
{
    struct stream *s = calloc(1, sizeof *s);

    if (!s || !(s->raw = malloc(RAW_BLOCK))) {
        error_memory(err, "to read the corpus");
        free(s);
        return NULL;
    }
    s->fd = -1;
    s->stop_fd = stop_fd;
    s->window_bytes = window_bytes;
    str_printable(s->name, sizeof s->name,
                  text_of(strcmp(path, "-") ? path : "standard input"));
    if (stream_open_file(s, path, err))
        return s;
    stream_close(s);
    return NULL;
}

void stream_close(struct stream *s)
{
    if (!s)
        return;
    unpack_free(s->unpack);
    if (s->own_fd && s->fd >= 0)
        close(s->fd);
    free(s->raw);
    free(s);
}

/* Raw bytes from the file; a regular file that ends before its size has been
 * cut while we read (IN-21). */
static enum stream_status read_raw(struct stream *s, void *to, size_t room,
                                   size_t *got, struct error *err)
{
    ssize_t n;

    if (!s->seekable && s->stop_fd >= 0 && file_wait(s->fd, s->stop_fd) == 0)
        return STREAM_STOPPED;
    do
        n = read(s->fd, to, room);
    while (n < 0 && errno == EINTR);
    if (n < 0) {
        error_errno(err, errno, "%s: reading at byte %llu", s->name,
                    (unsigned long long)atomic_load(&s->raw_done));
        return STREAM_FAILED;
    }
    if (n == 0) {
        if (atomic_load(&s->raw_done) >= s->size)
            return STREAM_END;
        error_set(err, ERROR_LOCAL, 0,
                  "%s: ends at byte %llu, it had %llu when it was opened: "
                  "was it cut?",
                  s->name, (unsigned long long)atomic_load(&s->raw_done),
                  (unsigned long long)s->size);
        return STREAM_FAILED;
    }
    atomic_fetch_add(&s->raw_done, (uint64_t)n);
    *got = (size_t)n;
    return STREAM_BYTES;
}

/* Read the first bytes: enough of them, or all that there are. */
static enum stream_status stream_sniff(struct stream *s, struct error *err)
{
    while (s->raw_len < UNPACK_SNIFF) {
        size_t got;
        enum stream_status status = read_raw(
            s, s->raw + s->raw_len, RAW_BLOCK - s->raw_len, &got, err);

        if (status == STREAM_END)
            break;
        if (status != STREAM_BYTES)
            return status;
        s->raw_len += got;
    }
    s->packing = unpack_sniff(s->raw, s->raw_len);
    if (s->packing != PACKING_NONE &&
        !(s->unpack = unpack_new(s->packing, s->window_bytes, err)))
        return STREAM_FAILED;
    s->sniffed = true;
    return STREAM_BYTES;
}

static enum stream_status read_plain(struct stream *s, char *to, size_t room,
                                     size_t *got, struct error *err)
{
    size_t left = s->raw_len - s->raw_at;

    if (left == 0)
        return read_raw(s, to, room, got, err);
    *got = left < room ? left : room;
    memcpy(to, s->raw + s->raw_at, *got);
    s->raw_at += *got;
    return STREAM_BYTES;
}

/* The stream stays broken, however often somebody reads. Damage shows late:
 * earlier bytes of the same member may be garbled. `got`: bytes that this call
 * unpacked. */
static void stream_break(struct stream *s, size_t got)
{
    struct error why = s->why;
    uint64_t place = atomic_load(&s->raw_done) - (s->raw_len - s->raw_at);
    uint64_t unproved = unpack_unproved(s->unpack);
    uint64_t proved = s->offset + got - unproved; /* bytes, unpacked */

    s->failed = true;
    if (why.code == ENOMEM)
        error_wrap(&s->why, "%s", s->name);
    else if (unproved && strncmp(why.text, "damaged", 7) == 0)
        error_set(&s->why, ERROR_INPUT, 0,
                  "%s: %s: it unpacks up to byte %llu, and what was read up to "
                  "there is unproved from byte %llu of its text on: those "
                  "records may be garbled",
                  s->name, why.text, (unsigned long long)place,
                  (unsigned long long)proved);
    else
        error_set(&s->why, ERROR_INPUT, 0,
                  "%s: %s near byte %llu; the records before it were read",
                  s->name, why.text, (unsigned long long)place);
}

/* Unpack the raw bytes that we have; *got may be 0. */
static void stream_unpack_raw(struct stream *s, char *to, size_t room,
                              size_t *got)
{
    size_t used;
    bool fine = unpack_some(s->unpack, s->raw + s->raw_at,
                            s->raw_len - s->raw_at, &used, to, room, got,
                            &s->why);

    s->raw_at += used;
    if (!fine)
        stream_break(s, *got);
}

static enum stream_status stream_refill(struct stream *s, struct error *err)
{
    enum stream_status status;

    s->raw_at = s->raw_len = 0;
    status = read_raw(s, s->raw, RAW_BLOCK, &s->raw_len, err);
    if (status == STREAM_END && unpack_inside(s->unpack)) {
        error_set(&s->why, ERROR_INPUT, 0, "truncated archive");
        stream_break(s, 0);
    }
    return status;
}

static enum stream_status read_packed(struct stream *s, char *to, size_t room,
                                      size_t *got, struct error *err)
{
    while (!s->failed) {
        size_t before = s->raw_at;

        if (s->raw_at < s->raw_len || unpack_inside(s->unpack))
            stream_unpack_raw(s, to, room, got);
        if (*got > 0)
            return STREAM_BYTES; /* also the bytes before a failure */
        if (!s->failed && (s->raw_at == s->raw_len || s->raw_at == before)) {
            enum stream_status status = stream_refill(s, err);

            if (status != STREAM_BYTES && !s->failed)
                return status;
        }
    }
    *err = s->why;
    return STREAM_FAILED;
}

enum stream_status stream_read(struct stream *s, char *to, size_t room,
                               size_t *got, struct error *err)
{
    enum stream_status status = STREAM_BYTES;

    *got = 0;
    if (!s->sniffed)
        status = stream_sniff(s, err);
    if (status == STREAM_BYTES)
        status = s->unpack ? read_packed(s, to, room, got, err)
                           : read_plain(s, to, room, got, err);
    if (status == STREAM_BYTES)
        s->offset += *got;
    return status;
}

static bool rewind_to(struct stream *s, uint64_t raw, struct error *err)
{
    if (lseek(s->fd, (off_t)raw, SEEK_SET) < 0)
        return error_errno(err, errno, "%s: seeking", s->name);
    atomic_store(&s->raw_done, raw);
    s->raw_at = s->raw_len = 0;
    s->offset = raw;
    return true;
}

bool stream_seek(struct stream *s, uint64_t offset, struct error *err)
{
    if (!s->sniffed && stream_sniff(s, err) != STREAM_BYTES)
        return false;
    if (!s->seekable || (s->unpack && offset > 0))
        return error_set(err, ERROR_INPUT, 0, "%s: cannot go back to byte %llu",
                         s->name, (unsigned long long)offset);
    if (s->unpack) { /* starts over */
        unpack_free(s->unpack);
        s->unpack = NULL;
        s->failed = s->sniffed = false;
    }
    return rewind_to(s, offset, err);
}

bool stream_reach(struct stream *s, uint64_t offset, struct error *err)
{
    char block[SKIP_BLOCK];

    if (!s->sniffed && stream_sniff(s, err) != STREAM_BYTES)
        return false;
    if (s->seekable && !s->unpack)
        return rewind_to(s, offset, err);
    while (s->offset < offset) {
        uint64_t left = offset - s->offset;
        size_t part = left < sizeof block ? (size_t)left : sizeof block, got;
        enum stream_status status = stream_read(s, block, part, &got, err);

        if (status == STREAM_FAILED)
            return false;
        if (status != STREAM_BYTES)
            return error_set(err, ERROR_INPUT, 0, "%s: ends before byte %llu",
                             s->name, (unsigned long long)offset);
    }
    return true;
}

void stream_progress(const struct stream *s, uint64_t *done, uint64_t *size)
{
    *done = atomic_load(&s->raw_done);
    *size = s->size;
}

bool stream_is_dry(const struct stream *s)
{
    if (s->seekable || atomic_load(&s->raw_done) > 0)
        return s->seekable && s->size == 0;
    return file_is_dry(s->fd, DRY_MS);
}

bool stream_seekable(const struct stream *s)
{
    return s->seekable;
}

bool stream_plain(const struct stream *s)
{
    return s->packing == PACKING_NONE;
}

const char *stream_packing(const struct stream *s)
{
    static const char *const names[] = { [PACKING_NONE] = NULL,
                                         [PACKING_GZIP] = "gzip",
                                         [PACKING_ZSTD] = "zstd" };

    return names[s->packing];
}

int stream_fd(const struct stream *s)
{
    return s->fd;
}

const char *stream_name(const struct stream *s)
{
    return s->name;
}
