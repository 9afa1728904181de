/* This file reads a file in blocks and returns it line by line. A crash can
 * tear only the end of the file, so the check reads the first line and the last
 * one; a sorted list of hashes finds ids. */
#include "config.h"
#include "store/files/jsonl_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#include "util/json.h"
#include "util/str.h"

enum {
    BLOCK = 1 << 18,
    LINE_MAX_BYTES = 1 << 28 /* far above what the reader lets through */
};

/* ---- lines, one after the other ---- */

struct lines {
    int fd;
    const char *path;
    struct buf held; /* what was read; `from` bytes of it are used */
    size_t from;
    off_t at; /* file offset of the end of `held` */
};

enum line_status { LINE_READ, LINE_END, LINE_FAILED };

/* Append a block to `held`: its size, 0 at the end, -1 with err. */
static ssize_t read_more(struct lines *l, struct error *err)
{
    char *to;
    ssize_t got;

    if (l->from > 0) {
        memmove(l->held.data, l->held.data + l->from, l->held.len - l->from);
        l->held.len -= l->from;
        l->from = 0;
    }
    to = buf_reserve(&l->held, BLOCK);
    if (!to || l->held.len > LINE_MAX_BYTES) {
        error_set(err, ERROR_MEMORY, 0, "%s: no memory for a line of %zu bytes",
                  l->path, l->held.len);
        return -1;
    }
    do
        got = pread(l->fd, to, BLOCK, l->at);
    while (got < 0 && errno == EINTR);
    if (got < 0) {
        error_errno(err, errno, "reading %s", l->path);
        return -1;
    }
    l->at += got;
    l->held.len += (size_t)got;
    return got;
}

/* The next whole line, without its newline. At the end of the file `line` is
 * what follows the last newline. */
static enum line_status next_line(struct lines *l, struct text *line,
                                  struct error *err)
{
    size_t searched = l->from;

    for (;;) {
        const char *stop = NULL;
        ssize_t got;

        if (l->held.len > searched)
            stop = memchr(l->held.data + searched, '\n',
                          l->held.len - searched);
        if (stop) {
            line->ptr = l->held.data + l->from;
            line->len = (size_t)(stop - line->ptr);
            l->from += line->len + 1;
            return LINE_READ;
        }
        searched = l->held.len - l->from;
        got = read_more(l, err);
        if (got < 0)
            return LINE_FAILED;
        if (got == 0) {
            *line = (struct text){ l->held.data, l->held.len };
            return LINE_END;
        }
    }
}

/* ---- is it ours ---- */

enum record { RECORD_TORN, RECORD_FOREIGN, RECORD_OURS };

/* Torn is what is not JSON; ours has an embedding, of *dim floats. */
static enum record jsonl_classify_line(struct text line, size_t *dim)
{
    struct json_value key;
    struct json_cursor c;

    *dim = 0;
    json_begin(&c, line.ptr, line.len);
    json_enter_object(&c);
    while (!c.why && json_member(&c, &key)) {
        if (!json_is(&key, "embedding")) {
            json_value(&c, NULL);
            continue;
        }
        *dim = 0;
        if (json_enter_array(&c))
            while (json_element(&c) && json_value(&c, NULL))
                (*dim)++;
    }
    if (c.why || !json_end(&c))
        return RECORD_TORN;
    return *dim > 0 ? RECORD_OURS : RECORD_FOREIGN;
}

static bool starts_like_ours(struct text t)
{
    static const char start[] = "{\"id\":";
    size_t n = t.len < sizeof start - 1 ? t.len : sizeof start - 1;

    return n > 0 && memcmp(t.ptr, start, n) == 0;
}

static bool jsonl_refuse_foreign(const char *path, const char *which,
                                 struct error *err)
{
    return error_set(err, ERROR_CONFIG, 0,
                     "%s exists and its %s line is no record with an "
                     "embedding: name another file in --store jsonl:FILE",
                     path, which);
}

static bool check_first(struct lines *l, size_t *dim, struct error *err)
{
    struct text line;
    enum line_status status = next_line(l, &line, err);
    enum record kind;
    size_t found;

    if (status == LINE_FAILED)
        return false;
    if (status == LINE_END && line.len == 0)
        return true;
    kind = jsonl_classify_line(line, &found);
    if (status == LINE_END && kind == RECORD_TORN && starts_like_ours(line))
        return true; /* the very first record was torn */
    if (kind != RECORD_OURS || !starts_like_ours(line))
        return jsonl_refuse_foreign(l->path, "first", err);
    if (*dim == 0)
        *dim = found;
    if (*dim != found)
        return error_set(err, ERROR_CONFIG, 0,
                         "%s holds vectors of %zu dimensions, these have %zu: "
                         "name another file in --store jsonl:FILE",
                         l->path, found, *dim);
    return true;
}

/* The offset behind the last newline; 0 without any, -1 with errno. */
static off_t last_line(int fd, off_t size)
{
    char block[4096];

    while (size > 0) {
        size_t want = size < (off_t)sizeof block ? (size_t)size : sizeof block;
        ssize_t got = pread(fd, block, want, size - (off_t)want);
        const char *found;

        if (got < 0 && errno == EINTR)
            continue;
        if (got != (ssize_t)want)
            return -1;
        found = memrchr(block, '\n', want);
        size -= (off_t)want;
        if (found)
            return size + (found - block) + 1;
    }
    return 0;
}

/* Repair what follows the last newline, at `from`. */
static bool jsonl_mend_end(int fd, const char *path, struct text line,
                           off_t from, struct error *err)
{
    size_t dim;
    enum record kind = jsonl_classify_line(line, &dim);

    if (kind == RECORD_FOREIGN)
        return jsonl_refuse_foreign(path, "last", err);
    if (kind == RECORD_OURS ? write(fd, "\n", 1) == 1
                            : ftruncate(fd, from) == 0)
        return true;
    return error_errno(err, errno, "mending the last line of %s", path);
}

static bool repair_end(int fd, const char *path, struct error *err)
{
    off_t size = lseek(fd, 0, SEEK_END), from = last_line(fd, size);
    struct lines l = { .fd = fd, .path = path, .at = from };
    struct text line;
    bool done;

    if (size < 0 || from < 0)
        return error_errno(err, errno, "reading %s", path);
    if (from == size)
        return true;
    done = next_line(&l, &line, err) != LINE_FAILED &&
           jsonl_mend_end(fd, path, line, from, err);
    buf_release(&l.held);
    return done;
}

bool jsonl_check(int fd, const char *path, bool repair, size_t *dim,
                 struct error *err)
{
    struct lines l = { .fd = fd, .path = path };
    bool fine = check_first(&l, dim, err);

    buf_release(&l.held);
    return fine && (!repair || repair_end(fd, path, err));
}

/* ---- which ids ---- */

struct wanted {
    uint64_t hash;
    size_t index;
};

static int by_hash(const void *a, const void *b)
{
    uint64_t x = ((const struct wanted *)a)->hash;
    uint64_t y = ((const struct wanted *)b)->hash;

    return (x > y) - (x < y);
}

/* The first of the sorted ones with at least this hash. */
static size_t lower_bound(const struct wanted *w, size_t n, uint64_t hash)
{
    size_t low = 0;

    while (n > 0) {
        if (w[low + n / 2].hash < hash) {
            low += n / 2 + 1;
            n -= n / 2 + 1;
        } else {
            n /= 2;
        }
    }
    return low;
}

static void jsonl_mark_present(const struct wanted *w, const struct text *ids,
                               size_t n, struct text id, bool *present)
{
    uint64_t hash = str_hash64(id.ptr, id.len);

    for (size_t i = lower_bound(w, n, hash); i < n && w[i].hash == hash; i++) {
        if (text_equal(ids[w[i].index], id))
            present[w[i].index] = true;
    }
}

/* Our records begin with the id, so ignore the rest of the line. */
static bool record_id(struct text line, struct buf *decoded, struct text *id)
{
    struct json_value key, value;
    struct json_cursor c;

    json_begin(&c, line.ptr, line.len);
    if (!json_enter_object(&c) || !json_member(&c, &key) ||
        !json_is(&key, "id") || !json_value(&c, &value))
        return false;
    *id = value.raw;
    if (value.type == JSON_STRING && value.escaped) {
        buf_clear(decoded);
        json_decode(&value, decoded);
        *id = (struct text){ decoded->data, decoded->len };
    }
    return true;
}

static bool jsonl_scan(struct lines *l, const struct wanted *w,
                       const struct text *ids, size_t n, bool *present,
                       struct error *err)
{
    struct buf decoded = { 0 };
    enum line_status status;
    struct text line, id;
    uint64_t number = 0;

    while ((status = next_line(l, &line, err)) == LINE_READ) {
        number++;
        if (!record_id(line, &decoded, &id)) {
            error_set(err, ERROR_CONFIG, 0,
                      "%s: line %" PRIu64 " is no record with an id", l->path,
                      number);
            status = LINE_FAILED;
            break;
        }
        jsonl_mark_present(w, ids, n, id, present);
    }
    buf_release(&decoded);
    return status != LINE_FAILED;
}

bool jsonl_find(int fd, const char *path, const struct text *ids, size_t n,
                bool *present, struct error *err)
{
    struct wanted *w = calloc(n ? n : 1, sizeof *w);
    struct lines l = { .fd = fd, .path = path };
    bool done;

    if (!w)
        return error_memory(err, "for %zu ids", n);
    for (size_t i = 0; i < n; i++) {
        w[i] = (struct wanted){ str_hash64(ids[i].ptr, ids[i].len), i };
        present[i] = false;
    }
    qsort(w, n, sizeof *w, by_hash);
    done = jsonl_scan(&l, w, ids, n, present, err);
    buf_release(&l.held);
    free(w);
    return done;
}

bool jsonl_lines(int fd, const char *path, uint64_t *n, struct error *err)
{
    struct lines l = { .fd = fd, .path = path };
    enum line_status status;
    struct text line;
    uint64_t count = 0;

    while ((status = next_line(&l, &line, err)) == LINE_READ)
        count++;
    buf_release(&l.held);
    if (status == LINE_FAILED)
        return false;
    *n = count;
    return true;
}
