#include "config.h"
#include "source/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "sys/file.h"
#include "util/str.h"

enum { RAW_BLOCK = 1 << 16, SKIP_BLOCK = 1 << 14 };

enum packing { PLAIN, GZIP, ZSTD };

struct stream {
    int fd, stop_fd;
    char name[128];
    bool seekable, own_fd, sniffed;
    enum packing packing;
    atomic_uint_fast64_t raw_done; /* bytes taken from the file */
    uint64_t size;                 /* 0: unknown */
    uint64_t offset;               /* uncompressed bytes handed out */
    unsigned char *raw;            /* raw bytes not yet handed out */
    size_t raw_at, raw_len;
    z_stream gzip;
    ZSTD_DStream *zstd;
    bool unpacking;                /* inside a member or frame */
};

static bool check_kind(struct stream *s, const struct stat *st,
                       struct error *err)
{
    if (S_ISDIR(st->st_mode))
        return error_set(err, ERROR_INPUT, EISDIR,
                         "%s: is a directory; name the files in it", s->name);
    s->seekable = S_ISREG(st->st_mode);
    s->size = s->seekable ? (uint64_t)st->st_size : 0;
    return true;
}

static bool open_file(struct stream *s, const char *path, struct error *err)
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
    if (!check_kind(s, &st, err))
        return false;
    /* Somebody has read the first part: what is left is like a pipe. */
    if (s->seekable && !s->own_fd && lseek(s->fd, 0, SEEK_CUR) != 0) {
        s->seekable = false;
        s->size = 0;
    }
    return true;
}

struct stream *stream_open(const char *path, int stop_fd, struct error *err)
{
    struct stream *s = calloc(1, sizeof *s);

    if (!s || !(s->raw = malloc(RAW_BLOCK))) {
        error_set(err, ERROR_MEMORY, 0, "no memory to read the corpus");
        free(s);
        return NULL;
    }
    s->fd = -1;
    s->stop_fd = stop_fd;
    str_printable(s->name, sizeof s->name,
                  text_of(strcmp(path, "-") ? path : "standard input"));
    if (open_file(s, path, err))
        return s;
    stream_close(s);
    return NULL;
}

static void end_unpacking(struct stream *s)
{
    if (s->packing == GZIP && s->sniffed)
        inflateEnd(&s->gzip);
    ZSTD_freeDStream(s->zstd);
    s->zstd = NULL;
    s->unpacking = false;
}

void stream_close(struct stream *s)
{
    if (!s)
        return;
    end_unpacking(s);
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

/* Look at the first bytes: enough of them, or all there are. */
static enum stream_status sniff(struct stream *s, struct error *err)
{
    while (s->raw_len < 4) {
        size_t got;
        enum stream_status status = read_raw(
            s, s->raw + s->raw_len, RAW_BLOCK - s->raw_len, &got, err);

        if (status == STREAM_END)
            break;
        if (status != STREAM_BYTES)
            return status;
        s->raw_len += got;
    }
    s->packing = PLAIN;
    if (s->raw_len >= 2 && s->raw[0] == 0x1f && s->raw[1] == 0x8b)
        s->packing = GZIP;
    else if (s->raw_len >= 4 && memcmp(s->raw, "\x28\xb5\x2f\xfd", 4) == 0)
        s->packing = ZSTD;
    s->gzip = (z_stream){ .next_in = NULL };
    if (s->packing == GZIP && inflateInit2(&s->gzip, 16 + MAX_WBITS) != Z_OK)
        return error_set(err, ERROR_MEMORY, 0, "no memory to unpack %s",
                         s->name),
               STREAM_FAILED;
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

static bool broken(struct stream *s, struct error *err, const char *what)
{
    return error_set(err, ERROR_INPUT, 0,
                     "%s: %s near byte %llu; the records before it were read",
                     s->name, what,
                     (unsigned long long)atomic_load(&s->raw_done));
}

/* Unpack what there is; *got may be 0. False (err) when it is damaged. */
static bool unpack_gzip(struct stream *s, char *to, size_t room, size_t *got,
                        struct error *err)
{
    int status;

    s->gzip.next_in = s->raw + s->raw_at;
    s->gzip.avail_in = (uInt)(s->raw_len - s->raw_at);
    s->gzip.next_out = (Bytef *)to;
    s->gzip.avail_out = (uInt)room;
    if (!s->unpacking)
        inflateReset(&s->gzip); /* the next member */
    s->unpacking = true;
    status = inflate(&s->gzip, Z_NO_FLUSH);
    s->raw_at = s->raw_len - s->gzip.avail_in;
    *got = room - s->gzip.avail_out;
    if (status == Z_STREAM_END)
        s->unpacking = false;
    else if (status != Z_OK && status != Z_BUF_ERROR)
        return broken(s, err, "damaged gzip");
    return true;
}

static bool unpack_zstd(struct stream *s, char *to, size_t room, size_t *got,
                        struct error *err)
{
    ZSTD_inBuffer in = { s->raw, s->raw_len, s->raw_at };
    ZSTD_outBuffer out = { to, room, 0 };
    size_t status;

    if (!s->zstd && !(s->zstd = ZSTD_createDStream()))
        return error_set(err, ERROR_MEMORY, 0, "no memory to unpack %s",
                         s->name);
    s->unpacking = true;
    status = ZSTD_decompressStream(s->zstd, &out, &in);
    s->raw_at = in.pos;
    *got = out.pos;
    if (ZSTD_isError(status))
        return broken(s, err, "damaged zstd");
    if (status == 0)
        s->unpacking = false;
    return true;
}

static enum stream_status refill(struct stream *s, struct error *err)
{
    enum stream_status status;

    s->raw_at = s->raw_len = 0;
    status = read_raw(s, s->raw, RAW_BLOCK, &s->raw_len, err);
    if (status == STREAM_END && s->unpacking) {
        broken(s, err, "truncated archive");
        return STREAM_FAILED;
    }
    return status;
}

static enum stream_status read_packed(struct stream *s, char *to, size_t room,
                                      size_t *got, struct error *err)
{
    size_t limit = room > UINT32_MAX / 2 ? UINT32_MAX / 2 : room;

    for (;;) {
        size_t before = s->raw_at;

        if (s->raw_at < s->raw_len || s->unpacking) {
            if (!(s->packing == GZIP ? unpack_gzip : unpack_zstd)(
                    s, to, limit, got, err))
                return STREAM_FAILED;
            if (*got > 0)
                return STREAM_BYTES;
        }
        if (s->raw_at == s->raw_len || s->raw_at == before) {
            enum stream_status status = refill(s, err);

            if (status != STREAM_BYTES)
                return status;
        }
    }
}

enum stream_status stream_read(struct stream *s, char *to, size_t room,
                               size_t *got, struct error *err)
{
    enum stream_status status = STREAM_BYTES;

    if (!s->sniffed)
        status = sniff(s, err);
    if (status == STREAM_BYTES)
        status = s->packing == PLAIN ? read_plain(s, to, room, got, err)
                                     : read_packed(s, to, room, got, err);
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

static bool skip_forward(struct stream *s, uint64_t offset, struct error *err)
{
    char block[SKIP_BLOCK];

    while (s->offset < offset) {
        uint64_t left = offset - s->offset;
        size_t got;
        enum stream_status status =
            stream_read(s, block, left < sizeof block ? (size_t)left
                                                      : sizeof block,
                        &got, err);

        if (status == STREAM_STOPPED)
            return error_set(err, ERROR_STOPPED, 0, "stopped");
        if (status == STREAM_END)
            return error_set(err, ERROR_INPUT, 0,
                             "%s: ends before byte %llu, where the checkpoint "
                             "stands",
                             s->name, (unsigned long long)offset);
        if (status == STREAM_FAILED)
            return false;
    }
    return true;
}

bool stream_seek(struct stream *s, uint64_t offset, struct error *err)
{
    if (!s->sniffed && sniff(s, err) != STREAM_BYTES)
        return false;
    if (s->seekable && s->packing == PLAIN)
        return rewind_to(s, offset, err);
    if (offset < s->offset) {
        if (!s->seekable)
            return error_set(err, ERROR_INPUT, 0,
                             "%s: cannot go back to byte %llu", s->name,
                             (unsigned long long)offset);
        end_unpacking(s);
        s->sniffed = false;
        if (!rewind_to(s, 0, err) || sniff(s, err) != STREAM_BYTES)
            return false;
    }
    return skip_forward(s, offset, err);
}

void stream_progress(const struct stream *s, uint64_t *done, uint64_t *size)
{
    *done = atomic_load(&s->raw_done);
    *size = s->size;
}

bool stream_seekable(const struct stream *s)
{
    return s->seekable;
}

bool stream_plain(const struct stream *s)
{
    return s->packing == PLAIN;
}

int stream_fd(const struct stream *s)
{
    return s->fd;
}

const char *stream_name(const struct stream *s)
{
    return s->name;
}
