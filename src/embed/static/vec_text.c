/* This file reads the text in blocks; each whole line is a word and its
 * numbers. A repeated word keeps its first row. */
#include "config.h"
#include "embed/static/vec_text.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#include "embed/static/words.h"
#include "util/floats.h"

enum { BLOCK = 1 << 20 };

static bool vec_text_is_space(char c)
{
    return c == ' ' || c == '\t';
}

/* Returns the space before the last n fields, since a word may have spaces
 * itself. NULL when there are fewer fields, or no word in front. */
static const char *last_fields(const char *line, const char *end, size_t n)
{
    const char *p = end;

    while (n > 0 && p > line)
        if (vec_text_is_space(*--p))
            n--;
    return n == 0 && p > line ? p : NULL;
}

static bool parse_row(const char *p, const char *end, float *row, size_t dim)
{
    for (size_t i = 0; i < dim; i++) {
        p = p < end && vec_text_is_space(*p) ? float_get(p + 1, end, &row[i])
                                             : NULL;
        if (!p || !isfinite(row[i]))
            return false;
    }
    return p == end;
}

/* Is the text just one word, as words.h sees it? */
static bool single_word(struct text text, uint64_t *hash)
{
    struct text rest = text;
    struct word w;
    size_t chars = 0;

    for (size_t i = 0; i < text.len; i++)
        chars += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
    if (chars > WORD_CHARS || !word_next(&rest, &w) || w.count != chars)
        return false;
    *hash = w.hash;
    return true;
}

static bool add_line(struct vec_text *t, const char *line, const char *end,
                     struct error *err)
{
    const char *fields = last_fields(line, end, t->dim);
    struct hash_slot *slot;
    uint64_t hash;

    if (!fields || !parse_row(fields, end, t->row, t->dim))
        return error_set(err, ERROR_CONFIG, 0,
                         "%s: line %" PRIu64 " is not a word and %zu numbers",
                         t->path, t->line, t->dim);
    if (!single_word((struct text){ line, (size_t)(fields - line) }, &hash))
        return true;
    if (!hash_map_reserve(&t->index))
        return error_memory(err, "for the words of %s", t->path);
    slot = hash_map_find(&t->index, hash);
    if (slot->value)
        return true;
    fwrite(t->row, sizeof *t->row, t->dim, t->rows);
    *slot = (struct hash_slot){ hash, ++t->index.count };
    return true;
}

/* A whole number in decimal that fills the text. */
static bool parse_whole(const char *p, const char *end, uint64_t *out)
{
    uint64_t n = 0;

    if (p == end || end - p > 18)
        return false;
    for (; p < end; p++) {
        if (*p < '0' || *p > '9')
            return false;
        n = n * 10 + (uint64_t)(*p - '0');
    }
    *out = n;
    return true;
}

/* "count dims"; without such a line the first row gives the dimension. */
static bool first_line(struct vec_text *t, const char *line, const char *end,
                       struct error *err)
{
    const char *space = last_fields(line, end, 1);
    uint64_t count, dim;
    bool header = space && parse_whole(line, space, &count) &&
                  parse_whole(space + 1, end, &dim);

    if (!header) {
        dim = 0;
        for (const char *p = line; p < end; p++)
            dim += vec_text_is_space(*p);
    }
    if (dim == 0 || dim > VEC_DIM_MAX)
        return error_set(err, ERROR_CONFIG, 0,
                         "%s: line 1 is neither \"count dims\" nor a word and "
                         "its vector: --embed static: reads word vectors in "
                         "text form (.vec)",
                         t->path);
    t->dim = (size_t)dim;
    t->row = malloc(t->dim * sizeof *t->row);
    if (!t->row)
        return error_memory(err, "for a vector");
    if (!header)
        return add_line(t, line, end, err);
    t->promised = count;
    t->promise = true;
    return true;
}

static bool vec_text_take_line(struct vec_text *t, const char *line,
                               const char *end, struct error *err)
{
    t->line++;
    while (end > line && (vec_text_is_space(end[-1]) || end[-1] == '\r'))
        end--;
    if (t->dim == 0)
        return first_line(t, line, end, err);
    return add_line(t, line, end, err);
}

/* Take the whole lines of the block; *used is how many bytes they have. */
static bool take_block(struct vec_text *t, const char *block, size_t len,
                       bool last, size_t *used, struct error *err)
{
    const char *p = block, *end = block + len;

    while (p < end) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));

        if (!stop && !last)
            break;
        if (!vec_text_take_line(t, p, stop ? stop : end, err))
            return false;
        p = stop ? stop + 1 : end;
    }
    *used = (size_t)(p - block);
    if (*used == 0 && len == BLOCK)
        return error_set(err, ERROR_CONFIG, 0,
                         "%s: line %" PRIu64 " is above %d bytes: this is no "
                         "text of word vectors",
                         t->path, t->line + 1, BLOCK);
    return true;
}

static bool read_blocks(struct vec_text *t, char *block, struct error *err)
{
    size_t len = 0, used;

    for (;;) {
        ssize_t got = read(t->fd, block + len, BLOCK - len);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_errno(err, errno, "reading %s", t->path);
        len += (size_t)got;
        if (!take_block(t, block, len, got == 0, &used, err))
            return false;
        if (got == 0)
            return true;
        len -= used;
        memmove(block, block + used, len);
    }
}

bool vec_text_read(struct vec_text *t, struct error *err)
{
    char *block = malloc(BLOCK);
    uint64_t rows;
    bool done;

    if (!block)
        return error_memory(err, "to read %s", t->path);
    done = read_blocks(t, block, err);
    free(block);
    if (!done)
        return false;
    rows = t->line - t->promise;
    if (t->promise && rows != t->promised)
        return error_set(err, ERROR_CONFIG, 0,
                         "%s announces %" PRIu64 " words but holds %" PRIu64
                         ": is it cut off?",
                         t->path, t->promised, rows);
    if (t->index.count == 0)
        return error_set(err, ERROR_CONFIG, 0, "%s holds no words", t->path);
    return true;
}

void vec_text_release(struct vec_text *t)
{
    hash_map_release(&t->index);
    free(t->row);
    t->row = NULL;
}
