/* This file recognises text that is not JSON: tables, YAML, XML, prose. One
 * line that could be JSON is enough for us to read JSON, since a corpus may
 * have damaged lines. */
#include "config.h"
#include "source/container.h"

#include <stdio.h>
#include <string.h>

#include "util/json.h"

enum { LINES = 20, BINARY_HEAD = 512 };

#define TABLE(reader)                                                          \
    "python3 -c 'import csv,json,sys;[print(json.dumps(r))for r in "           \
    "csv.DictReader(sys.stdin" reader ")]'"

static const struct container csv = { "CSV", NULL, TABLE("") };
static const struct container semicolons = {
    "CSV", NULL, TABLE(",delimiter=\";\"")
};
static const struct container tsv = { "TSV", NULL,
                                      TABLE(",delimiter=\"\\t\"") };
static const struct container yaml = {
    "YAML", NULL,
    "python3 -c 'import json,sys,yaml;[print(json.dumps(r))for r in "
    "yaml.safe_load(sys.stdin)]'"
};
static const struct container xml = { "XML or HTML", NULL, NULL };
static const struct container binary = { "binary", NULL, NULL };
static const struct container no_gzip = {
    "not gzip in spite of its name, but binary", NULL, NULL
};
static const struct container no_zstd = {
    "not zstd in spite of its name, but binary", NULL, NULL
};
static const struct container prose = {
    "plain text", NULL,
    "python3 -c 'import json,sys;[print(json.dumps({\"id\":n,\"text\":l}))for "
    "n,l in enumerate(sys.stdin)if l.strip()]'"
};

/* A line without its end and without the blanks around it. */
static struct text container_trim(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\x1e'))
        p++;
    if (end - p >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
        p += 3;
    while (p < end && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
        end--;
    return (struct text){ p, (size_t)(end - p) };
}

/* Does the line open or close something, or is it a value of its own? */
static bool container_could_be_json(struct text line)
{
    struct json_cursor c;

    if (line.len == 0)
        return false;
    if (strchr("{[}]", *line.ptr) && *line.ptr)
        return true;
    json_begin(&c, line.ptr, line.len);
    c.lax_utf8 = c.lax_nan = true;
    return json_value(&c, NULL) && c.p == line.ptr + line.len;
}

static bool is_binary(const char *p, size_t n)
{
    for (size_t i = 0; i < n && i < BINARY_HEAD; i++) {
        unsigned char c = (unsigned char)p[i];

        if (c < ' ' && !strchr("\t\n\r\f\x1e\x1b", c))
            return true;
        if (c == '\0')
            return true;
    }
    return false;
}

/* Has the path this ending, perhaps before that of a packed file? */
static bool container_is_named(const char *path, const char *end)
{
    char packed[16];

    for (size_t i = 0; i < 3; i++) {
        snprintf(packed, sizeof packed, "%s%s", end,
                 (const char *[]){ "", ".gz", ".zst" }[i]);
        if (text_ends(text_of(path), packed))
            return true;
    }
    return false;
}

/* How often the character occurs in a line outside of quotes. */
static size_t container_count(struct text line, char what)
{
    size_t n = 0;
    bool quoted = false;

    for (size_t i = 0; i < line.len; i++) {
        if (line.ptr[i] == '"')
            quoted = !quoted;
        n += line.ptr[i] == what && !quoted;
    }
    return n;
}

/* Do the first two lines have equally many fields? */
static bool container_is_parted_by(const struct text line[2], char what)
{
    size_t n = container_count(line[0], what);

    return n > 0 && (line[1].len == 0 || container_count(line[1], what) == n);
}

static bool is_yaml(struct text line)
{
    const char *colon = memchr(line.ptr, ':', line.len);

    return (line.len >= 3 && memcmp(line.ptr, "---", 3) == 0) ||
           (line.len > 2 && memcmp(line.ptr, "- ", 2) == 0 && colon);
}

static const struct container *container_name_table(const struct text line[2],
                                                    const char *path)
{
    if (container_is_named(path, ".tsv"))
        return &tsv;
    if (container_is_named(path, ".csv"))
        return container_count(line[0], ';') > container_count(line[0], ',')
                   ? &semicolons
               : container_count(line[0], '\t') > container_count(line[0], ',')
                   ? &tsv
                   : &csv;
    if (container_is_named(path, ".yaml") || container_is_named(path, ".yml") ||
        is_yaml(line[0]))
        return &yaml;
    if (*line[0].ptr == '<')
        return &xml;
    if (container_is_named(path, ".txt") || container_is_named(path, ".md"))
        return &prose;
    return container_is_parted_by(line, '\t')  ? &tsv
           : container_is_parted_by(line, ';') ? &semicolons
           : container_is_parted_by(line, ',') ? &csv
                                               : &prose;
}

const struct container *container_text(const char *first, size_t n, bool last,
                                       const char *path, bool *doubt)
{
    const char *p = first, *end = first + n;
    struct text line[2] = { { "", 0 }, { "", 0 } };
    size_t lines = 0;

    *doubt = false;
    while (p < end && lines < LINES) {
        const char *lf = memchr(p, '\n', (size_t)(end - p));
        struct text one = container_trim(p, lf ? lf : end);

        if (container_could_be_json(one) ||
            (!lf && !last && one.len && *one.ptr == '"'))
            return NULL;
        if (!lf && !last)
            break;
        if (one.len > 0 && lines < 2)
            line[lines] = one;
        lines += one.len > 0;
        p = lf ? lf + 1 : end;
    }
    if (lines < LINES && !last) {
        *doubt = true;
        return NULL;
    }
    if (lines == 0)
        return NULL;
    if (is_binary(first, n))
        return text_ends(text_of(path), ".gz")    ? &no_gzip
               : text_ends(text_of(path), ".zst") ? &no_zstd
                                                  : &binary;
    return container_name_table(line, path);
}
