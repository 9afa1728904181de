/*
 * This file writes vectors as lines of JSON, for other tools to load, to a file
 * that grows or to standard output (`jsonl:-`).
 *
 *     {"id":"a","text":"...","metadata":{...},"embedding":[0.5,-1,...]}
 *
 * Text and metadata are the bytes of the corpus (line breaks between the
 * metadata's tokens become spaces), an id that was a number stays one, floats
 * become the shortest text that reads back to the same float32.
 *
 * A document that is sent again is appended again: of several lines with one id
 * the last one counts. What an upsert confirms is on the disk. A call that
 * fails removes its lines; the next opening cuts off a line that a crash tore.
 */
#include "config.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/files/jsonl_file.h"
#include "util/floats.h"
#include "util/json.h"

enum {
    LIMIT_COUNT = 10000,
    GOOD_COUNT = 1000,
    WRITE_BYTES = 1 << 20, /* to gather before a write */
    PIPE_BYTES = 4096      /* a pipe that polls writable takes these at once */
};

struct jsonl_store {
    struct store base;
    char *path; /* "-": standard output */
    int fd, stop_fd;
    bool regular; /* a regular file, even behind standard output */
    bool ours;    /* a file that we opened: we can cut it and read it back */
    off_t end;    /* its size after the last upsert */
    struct buf out;
};

/* ---- open and close ---- */

static void jsonl_close(struct store *base)
{
    struct jsonl_store *s = (struct jsonl_store *)base;

    if (!s)
        return;
    if (s->fd > STDOUT_FILENO)
        close(s->fd);
    buf_release(&s->out);
    free(s->path);
    free(s);
}

static bool is_stdout(const struct jsonl_store *s)
{
    return strcmp(s->path, "-") == 0;
}

/* Open a named pipe or a device only to write: holding its reading end, too,
 * would hide that nobody reads. */
static int open_flags(const char *path, bool read_only)
{
    struct stat st;

    if (read_only)
        return O_RDONLY | O_NONBLOCK; /* do not wait at a named pipe */
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return O_WRONLY;
    return O_RDWR | O_CREAT | O_APPEND;
}

static bool jsonl_open_file(struct jsonl_store *s, bool read_only,
                            struct error *err)
{
    int flags = open_flags(s->path, read_only) | O_CLOEXEC;
    struct stat st;

    s->base.made = (flags & O_CREAT) && access(s->path, F_OK) != 0;
    s->fd = is_stdout(s) ? STDOUT_FILENO : open(s->path, flags, 0666);
    if (s->fd < 0 || fstat(s->fd, &st) != 0) {
        error_errno(err, errno, "opening %s", s->path);
        err->kind = ERROR_CONFIG;
        return false;
    }
    s->regular = S_ISREG(st.st_mode);
    s->ours = s->regular && !is_stdout(s);
    return !s->ours ||
           jsonl_check(s->fd, s->path, !read_only, &s->base.dim, err);
}

static struct store *jsonl_open(const struct store_ops *ops,
                                const struct store_config *cfg,
                                struct error *err)
{
    struct jsonl_store *s;

    if (strncmp(cfg->url, "jsonl:", 6) != 0 || !cfg->url[6]) {
        error_set(err, ERROR_CONFIG, 0,
                  "--store jsonl lacks a file: write jsonl:FILE, or jsonl:- "
                  "for standard output");
        return NULL;
    }
    s = calloc(1, sizeof *s);
    if (!s || !(s->path = strdup(cfg->url + 6))) {
        error_memory(err, "for the store");
        free(s);
        return NULL;
    }
    s->base.ops = ops;
    s->base.dim = cfg->dim;
    s->base.limit_count = LIMIT_COUNT;
    s->base.good_count = GOOD_COUNT;
    s->fd = -1;
    s->stop_fd = cfg->stop_fd;
    if (!jsonl_open_file(s, cfg->read_only, err)) {
        jsonl_close(&s->base);
        return NULL;
    }
    return &s->base;
}

/* ---- upsert ---- */

static bool jsonl_put_record(struct buf *out, const struct upsert_item *item,
                             size_t dim)
{
    char *to;

    buf_puts(out, "{\"id\":");
    if (item->id_number)
        buf_put(out, item->id.ptr, item->id.len);
    else
        json_put_string(out, item->id);
    buf_puts(out, ",\"text\":\"");
    buf_put(out, item->text.ptr, item->text.len);
    buf_puts(out, "\",\"metadata\":");
    if (item->metadata.len == 0) {
        buf_puts(out, "null");
    } else if ((to = buf_reserve(out, item->metadata.len))) {
        /* Inside strings JSON has no raw line breaks. */
        for (size_t i = 0; i < item->metadata.len; i++) {
            char c = item->metadata.ptr[i];

            to[i] = c == '\n' || c == '\r' ? ' ' : c;
        }
        out->len += item->metadata.len;
    }
    buf_puts(out, ",\"embedding\":");
    to = buf_reserve(out, dim * (FLOAT_TEXT_MAX + 1) + 2);
    if (to)
        out->len += (size_t)(float_put_array(to, item->vector, dim) - to);
    buf_puts(out, "}\n");
    return !out->failed;
}

/* Wait until a pipe or terminal takes more; a stop ends the wait. */
static bool wait_writable(const struct jsonl_store *s, struct error *err)
{
    struct pollfd both[2] = { { .fd = s->fd, .events = POLLOUT },
                              { .fd = s->stop_fd, .events = POLLIN } };

    while (poll(both, 2, -1) < 0)
        if (errno != EINTR)
            return error_errno(err, errno, "waiting for %s", s->path);
    if (both[0].revents == 0)
        return error_set(err, ERROR_STOPPED, 0, "stopped while writing");
    return true;
}

static bool write_failed(const struct jsonl_store *s, struct error *err)
{
    const char *name = is_stdout(s) ? "standard output" : s->path;
    int code = errno;

    error_errno(err, code, "writing to %s", name);
    if (code == EPIPE)
        err->kind = ERROR_UNREAD;
    return false;
}

static bool write_out(struct jsonl_store *s, struct error *err)
{
    const char *p = s->out.data;
    const char *end = text_end((struct text){ p, s->out.len });

    while (p < end) {
        size_t most = (size_t)(end - p);
        ssize_t wrote;

        if (!s->regular) {
            if (!wait_writable(s, err))
                return false;
            most = most < PIPE_BYTES ? most : PIPE_BYTES;
        }
        wrote = write(s->fd, p, most);
        if (wrote < 0 && errno != EINTR && errno != EAGAIN)
            return write_failed(s, err);
        if (wrote > 0)
            p += wrote;
    }
    s->base.sent_bytes += s->out.len;
    buf_clear(&s->out);
    return true;
}

static bool jsonl_put_items(struct jsonl_store *s,
                            const struct upsert_item *items, size_t n,
                            struct error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (!jsonl_put_record(&s->out, &items[i], s->base.dim))
            return error_memory(err, "for a line");
        if (s->out.len >= WRITE_BYTES && !write_out(s, err))
            return false;
    }
    if (!write_out(s, err))
        return false;
    if (s->regular && fdatasync(s->fd) != 0)
        return write_failed(s, err);
    return true;
}

/* Lines that were not confirmed must not stay, and still less half of one. */
static void take_back(const struct jsonl_store *s, off_t size)
{
    if (s->ours && ftruncate(s->fd, size) != 0)
        return; /* the next opening cuts a torn line off */
}

static bool jsonl_upsert(struct store *base, struct upsert_item *items,
                         size_t n, size_t *taken, struct error *err)
{
    struct jsonl_store *s = (struct jsonl_store *)base;
    struct stat before = { 0 }, after;

    *taken = base->limit_count && n > base->limit_count ? base->limit_count
                                                        : n;
    base->sent_count = *taken;
    base->sent_bytes = 0;
    buf_clear(&s->out);
    if (fstat(s->fd, &before) != 0)
        return error_errno(err, errno, "writing to %s", s->path);
    if (!jsonl_put_items(s, items, *taken, err)) {
        take_back(s, before.st_size);
        return false;
    }
    buf_trim(&s->out, WRITE_BYTES * 2);
    if (fstat(s->fd, &after) == 0)
        s->end = after.st_size;
    base->wire_sent += base->sent_bytes;
    for (size_t i = 0; i < *taken; i++)
        items[i].stored = true;
    return true;
}

/* ---- reading back ---- */

static bool jsonl_can_read(const struct jsonl_store *s, struct error *err)
{
    return s->ours ||
           error_set(err, ERROR_CONFIG, ENOTSUP, "%s cannot be read back",
                     is_stdout(s) ? "standard output" : s->path);
}

static bool jsonl_lookup(struct store *base, const struct text *ids, size_t n,
                         bool *present, struct error *err)
{
    struct jsonl_store *s = (struct jsonl_store *)base;

    return jsonl_can_read(s, err) &&
           jsonl_find(s->fd, s->path, ids, n, present, err);
}

static bool jsonl_count(struct store *base, uint64_t *n, struct error *err)
{
    struct jsonl_store *s = (struct jsonl_store *)base;

    return jsonl_can_read(s, err) && jsonl_lines(s->fd, s->path, n, err);
}

/* Reading it all again would take as long as writing it. */
static bool jsonl_intact(struct store *base, struct error *err)
{
    const struct jsonl_store *s = (const struct jsonl_store *)base;
    struct stat there, ours;

    if (!s->ours || s->end == 0)
        return true;
    if (fstat(s->fd, &ours) != 0 || stat(s->path, &there) != 0)
        return error_errno(err, errno, "%s", s->path);
    if (there.st_ino != ours.st_ino || there.st_dev != ours.st_dev)
        return error_set(err, ERROR_LOCAL, 0, "%s is another file now",
                         s->path);
    return there.st_size >= s->end ||
           error_set(err, ERROR_LOCAL, 0,
                     "%s was cut: it has %lld bytes of %lld", s->path,
                     (long long)there.st_size, (long long)s->end);
}

static void jsonl_unmake(const struct store_config *cfg)
{
    const char *path = cfg->url + strlen("jsonl:");
    struct stat st;

    if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0)
        unlink(path);
}

const struct store_ops store_jsonl = {
    .name = "jsonl",
    .summary = "jsonl:FILE or jsonl:- (standard output), a line of JSON per "
               "record; sent again is appended again",
    .max_workers = 1,
    .open = jsonl_open,
    .upsert = jsonl_upsert,
    .lookup = jsonl_lookup,
    .count = jsonl_count,
    .intact = jsonl_intact,
    .close = jsonl_close,
    .unmake = jsonl_unmake,
};
