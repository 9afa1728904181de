/* This file reads the texts and questions of bench/quality.c. */
#include "config.h"
#include "bench/quality_sets.h"

#include <dirent.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/str.h"

struct entry *entries;
size_t entry_count;

void quality_fail(const char *what)
{
    fprintf(stderr, "quality: %s\n", what);
    exit(2);
}

size_t chance(uint64_t *seed, size_t most)
{
    *seed = *seed * 6364136223846793005U + 1442695040888963407U;
    return (size_t)(*seed >> 33) % most;
}

/* ---- files ---- */

static struct text file_read(const char *path)
{
    FILE *f = fopen(path, "r");
    struct buf b = { 0 };
    char room[1 << 16];
    size_t n;

    if (!f)
        return (struct text){ NULL, 0 };
    while ((n = fread(room, 1, sizeof room, f)) > 0)
        buf_put(&b, room, n);
    fclose(f);
    if (b.failed)
        quality_fail("no memory");
    return (struct text){ b.data, b.len };
}

static struct text file_need(const char *path)
{
    struct text t = file_read(path);

    if (!t.ptr) {
        perror(path);
        exit(2);
    }
    return t;
}

/* What stands before the next `end`, which is passed. */
static bool cut(struct text *rest, char end, struct text *part)
{
    const char *p;

    if (rest->len == 0)
        return false;
    p = memchr(rest->ptr, end, rest->len);
    *part = (struct text){ rest->ptr, p ? (size_t)(p - rest->ptr)
                                        : rest->len };
    rest->ptr += part->len + (p != NULL);
    rest->len -= part->len + (p != NULL);
    return true;
}

bool word_take(struct text *words, struct text *word)
{
    while (cut(words, ' ', word))
        if (word->len > 0)
            return true;
    return false;
}

struct row *sets_read(const char *folder, const char *name, size_t *count)
{
    enum { MOST = 2000 };
    struct row *rows = calloc(MOST, sizeof *rows);
    struct text rest, line, part;
    char path[4096];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    rest = file_need(path);
    cut(&rest, '\n', &line);
    for (*count = 0; *count < MOST && cut(&rest, '\n', &line); ++*count)
        for (int i = 0; i < 4 && cut(&line, '\t', &part); i++)
            rows[*count].column[i] = part;
    return rows;
}

/* ---- WordNet ---- */

/* The string value behind `"name":"` in a line that wordnet.sh made. */
static struct text entry_member(struct text line, const char *name)
{
    size_t n = strlen(name);
    const char *end = text_end(line), *p = memmem(line.ptr, line.len, name, n);
    struct text t = { "", 0 };

    if (!p)
        quality_fail("the file is not what examples/wordnet.sh makes");
    t.ptr = p + n;
    for (p = t.ptr; p < end && *p != '"'; p++)
        if (*p == '\\')
            p++;
    t.len = (size_t)(p - t.ptr);
    return t;
}

void entries_read(const char *path)
{
    enum { MOST = 200000 };
    struct text rest = file_need(path), line;

    entries = calloc(MOST, sizeof *entries);
    while (entry_count < MOST && cut(&rest, '\n', &line))
        entries[entry_count++] = (struct entry){
            entry_member(line, "\"id\":\""),
            entry_member(line, "\"text\":\""),
            entry_member(line, "\"lex\":\"")
        };
}

void entries_shuffle(void)
{
    uint64_t seed = 42;

    for (size_t i = entry_count - 1; i > 0; i--) {
        struct entry kept = entries[i];
        size_t j = chance(&seed, i + 1);

        entries[i] = entries[j];
        entries[j] = kept;
    }
}

static int id_order(struct text a, struct text b)
{
    int order = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int by_id(const void *a, const void *b)
{
    return id_order(entries[*(const size_t *)a].id,
                    entries[*(const size_t *)b].id);
}

size_t entry_find(struct text id)
{
    static size_t *sorted;
    size_t low = 0, high = entry_count;

    if (!sorted) {
        sorted = calloc(entry_count, sizeof *sorted);
        for (size_t i = 0; i < entry_count; i++)
            sorted[i] = i;
        qsort(sorted, entry_count, sizeof *sorted, by_id);
    }
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = id_order(entries[sorted[middle]].id, id);

        if (order == 0)
            return sorted[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return entry_count;
}

bool entry_example(struct text t, struct text *example)
{
    const char *end = text_end(t), *from = memmem(t.ptr, t.len, "; \\\"", 4);
    const char *to;
    int spaces = 0;

    if (!from)
        return false;
    from += 4;
    to = memmem(from, (size_t)(end - from), "\\\"", 2);
    if (!to)
        return false;
    for (const char *p = from; p < to; p++)
        spaces += *p == ' ';
    *example = (struct text){ from, (size_t)(to - from) };
    return spaces >= 3;
}

struct text entry_gloss(struct text text)
{
    const char *from = memmem(text.ptr, text.len, ": ", 2);
    const char *begin = from ? from + 2 : text.ptr;
    struct text rest = { begin, (size_t)(text_end(text) - begin) }, gloss;

    return cut(&rest, ';', &gloss) ? gloss : rest;
}

/* ---- proverbs ---- */

struct proverbs {
    struct text *at;
    size_t count;
};

static int by_text(const void *a, const void *b)
{
    return id_order(*(const struct text *)a, *(const struct text *)b);
}

static size_t characters(const char *from, const char *end)
{
    size_t n = 0;

    for (; from < end; from++)
        n += (*from & 0xc0) != 0x80;
    return n;
}

/* Parts of 61 to 219 characters, each on one line. */
static void proverbs_add(struct proverbs *p, struct text all)
{
    enum { MOST = 50000, SHORTEST = 60, LONGEST = 220 };
    char *copy = memcpy(malloc(all.len + 1), all.ptr, all.len);
    char *from = copy, *end;

    if (!utf8_valid(all.ptr, all.len))
        return;
    copy[all.len] = '\0';
    for (; (end = strstr(from, "\n%\n")) && p->count < MOST; from = end + 3) {
        size_t n = characters(from, end);

        for (char *c = from; c < end; c++)
            *c = *c == '\n' || *c == '\t' ? ' ' : *c;
        if (n > SHORTEST && n < LONGEST)
            p->at[p->count++] = (struct text){ from, (size_t)(end - from) };
    }
}

static void proverbs_add_folder(struct proverbs *p, const char *folder)
{
    DIR *d = opendir(folder);
    struct dirent *e;
    char path[4096];

    while (d && (e = readdir(d))) {
        struct text all;

        if (fnmatch("*.dat", e->d_name, 0) == 0 ||
            fnmatch("*.u8", e->d_name, 0) == 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        all = file_read(path);
        if (all.ptr)
            proverbs_add(p, all);
    }
    if (d)
        closedir(d);
}

struct text *proverbs_read(const char *folder, const char *language,
                           size_t *count)
{
    struct proverbs p = { calloc(50000, sizeof *p.at), 0 };
    char path[4096];
    uint64_t seed = 5;
    size_t kept = 0;

    snprintf(path, sizeof path, "%s/%s", folder, language);
    proverbs_add_folder(&p, path);
    qsort(p.at, p.count, sizeof *p.at, by_text);
    for (size_t i = 0; i < p.count; i++) /* without those twice */
        if (kept == 0 || by_text(&p.at[i], &p.at[kept - 1]) != 0)
            p.at[kept++] = p.at[i];
    for (size_t i = kept; i > 1; i--) {
        size_t j = chance(&seed, i);
        struct text other = p.at[i - 1];

        p.at[i - 1] = p.at[j];
        p.at[j] = other;
    }
    *count = kept;
    return kept ? p.at : NULL;
}
