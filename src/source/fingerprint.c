/* This file recognises a corpus by its size, its times, and hashes of its ends.
 * It uses only pread(), so it may run beside the reader. */
#include "config.h"
#include "source/source_base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/str.h"

enum { WINDOW = 1 << 16 };

/* Hash the last bytes before `end`, as many as a window has. */
static bool hash_window(int fd, const char *name, uint64_t end,
                        uint64_t *hash, struct error *err)
{
    uint64_t from = end > WINDOW ? end - WINDOW : 0;
    size_t n = (size_t)(end - from), have = 0;
    char *bytes = malloc(n ? n : 1);

    if (!bytes)
        return error_memory(err, "for a hash");
    while (have < n) {
        ssize_t got =
            pread(fd, bytes + have, n - have, (off_t)(from + have));

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            free(bytes);
            return got < 0 ? error_errno(err, errno, "%s", name)
                           : error_set(err, ERROR_LOCAL, 0,
                                       "%s: shorter than it was", name);
        }
        have += (size_t)got;
    }
    *hash = str_hash64(bytes, n);
    free(bytes);
    return true;
}

bool source_window_hash(struct source *s, uint64_t end, uint64_t *hash,
                        struct error *err)
{
    if (!stream_seekable(s->stream))
        return error_set(err, ERROR_INPUT, 0, "%s: cannot be read twice",
                         stream_name(s->stream));
    return hash_window(stream_fd(s->stream), stream_name(s->stream), end,
                       hash, err);
}

bool source_file_hash(const char *path, uint64_t end, uint64_t *hash,
                      struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* not a pipe's */
    char name[128];
    bool fine;

    str_printable(name, sizeof name, text_of(path));
    if (fd < 0)
        return error_errno(err, errno, "%s", name);
    fine = hash_window(fd, name, end, hash, err);
    close(fd);
    return fine;
}

/* /dev/stdin opens the same file once more, at its beginning. */
bool source_file_past(const struct source_config *cfg, uint64_t offset,
                      struct trail *out, struct error *err)
{
    static const size_t room = WINDOW;
    struct stream *s =
        stream_open(strcmp(cfg->path, "-") ? cfg->path : "/dev/stdin",
                    cfg->window_bytes, cfg->stop_fd, err);
    char *block = malloc(room);
    enum stream_status status = STREAM_BYTES;

    *out = (struct trail){ .bytes = 0 };
    if (s && !block)
        error_memory(err, "for a hash");
    while (s && block && out->bytes < offset && status == STREAM_BYTES) {
        uint64_t left = offset - out->bytes;
        size_t got;

        status = stream_read(s, block, left < room ? (size_t)left : room,
                             &got, err);
        if (status == STREAM_BYTES)
            trail_add(out, block, got);
        else if (status == STREAM_END)
            error_set(err, ERROR_FOREIGN, 0,
                      "%s: ends at byte %llu, it had %llu", stream_name(s),
                      (unsigned long long)out->bytes,
                      (unsigned long long)offset);
        else if (status == STREAM_STOPPED)
            error_set(err, ERROR_STOPPED, 0, "stopped");
    }
    free(block);
    stream_close(s);
    return s && block && status == STREAM_BYTES;
}

bool source_is_dry(struct source *s)
{
    return stream_is_dry(s->stream);
}

bool source_fingerprint(struct source *s, struct fingerprint *out,
                        struct error *err)
{
    struct stat st;

    *out = (struct fingerprint){ .seekable = stream_seekable(s->stream) };
    if (!out->seekable)
        return true;
    if (fstat(stream_fd(s->stream), &st) < 0)
        return error_errno(err, errno, "%s", stream_name(s->stream));
    out->size = (uint64_t)st.st_size;
    out->mtime_ns = (uint64_t)st.st_mtim.tv_sec * 1000000000u +
                    (uint64_t)st.st_mtim.tv_nsec;
    out->ctime_ns = (uint64_t)st.st_ctim.tv_sec * 1000000000u +
                    (uint64_t)st.st_ctim.tv_nsec;
    out->inode = (uint64_t)st.st_ino;
    return source_window_hash(s, out->size < WINDOW ? out->size : WINDOW,
                              &out->head_hash, err) &&
           source_window_hash(s, out->size, &out->tail_hash, err);
}
