/*
 * A corpus file: every record is handed out in its place, and a reader that
 * begins at any of them sees the same from there on, as a resume does.
 *
 * In front of the file: two letters, six bits each (bits 0..5 of '@' are 0).
 *     1st  format (2 bits), packed here as nothing, gzip, zstd (2), lenient,
 *          NaN is null
 *     2nd  where ids come from (2), send blanks and take two fields of
 *          metadata, replace UTF-8, small limits, fields by pointers
 */
#include "config.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "source/source.h"

enum { SEEN_MAX = 512, LINE_SMALL = 64, DEPTH_SMALL = 4 };

struct place {
    uint64_t pos, line, offset, length;
    bool rejected;
};

struct reading {
    struct place at[SEEN_MAX];
    size_t count;
    enum source_status end;
};

static struct reading whole, part;

/* --- the file ------------------------------------------------------------- */

static void put_gzip(const char *path, struct text bytes)
{
    gzFile f = gzopen(path, "wb1");

    fuzz_claim(f != NULL, "no file for the input");
    if (bytes.len)
        gzwrite(f, bytes.ptr, (unsigned)bytes.len);
    gzclose(f);
}

static void put_zstd(const char *path, struct text bytes)
{
    size_t room = ZSTD_compressBound(bytes.len), n;
    char *to = malloc(room);

    fuzz_claim(to != NULL, "no memory");
    n = ZSTD_compress(to, room, bytes.ptr, bytes.len, 1);
    fuzz_write(path, (struct text){ to, n });
    free(to);
}

static struct source_config put_corpus(struct text input)
{
    static const char *const names[] = { "text", "title" };
    static const char *const pointers[] = { "/a/text", "/a/0" };
    static const char *const extras[] = { "metadata", "title" };
    static const char *const roots[] = { "/a", "/b" };
    unsigned first = fuzz_byte(&input), second = fuzz_byte(&input);
    const char *path = fuzz_path("corpus");

    switch (first >> 2 & 3) {
    case 1: put_gzip(path, input); break;
    case 2: put_zstd(path, input); break;
    default: fuzz_write(path, input);
    }
    return (struct source_config){
        .path = path,
        .format = (enum source_format)((first & 3) % 3),
        .lenient = first & 16,
        .nan_null = first & 32,
        .json_path = "documents",
        .id_from = (second & 3) % 3,
        .send_blank = second & 4,
        .replace_utf8 = second & 8,
        .limit_line = second & 16 ? LINE_SMALL : 0,
        .max_depth = second & 16 ? DEPTH_SMALL : 0,
        .id_field = second & 32 ? "/a/id" : "id",
        .metadata_fields = second & 32 ? roots : extras,
        .metadata_field_count = second & 4 ? 2 : 1,
        .text_fields = second & 32 ? pointers : names,
        .text_field_count = 2,
        .stop_fd = -1,
    };
}

/* --- reading it ----------------------------------------------------------- */

static void look(const struct record *r, bool rejected)
{
    unsigned sum = 0;

    for (size_t i = 0; i < r->id.len; i++)
        sum += (unsigned char)r->id.ptr[i];
    if (rejected) {
        fuzz_claim_said(&r->why);
        return;
    }
    for (size_t i = 0; i < r->text.len; i++)
        sum += (unsigned char)r->text.ptr[i];
    for (size_t i = 0; i < r->metadata.len; i++)
        sum += (unsigned char)r->metadata.ptr[i];
    fuzz_claim(r->id.len > 0 && sum > 0, "a record without an id");
}

static void read_on(struct source *s, struct reading *to)
{
    struct error err = { .text = "" };
    struct record r;

    memset(to, 0, sizeof *to);
    while (to->count < SEEN_MAX) {
        memset(&r, 0, sizeof r);
        to->end = source_next(s, &r, &err);
        if (to->end != SOURCE_RECORD && to->end != SOURCE_REJECTED)
            break;
        look(&r, to->end == SOURCE_REJECTED);
        to->at[to->count++] =
            (struct place){ r.pos, r.line, r.offset, r.length,
                            to->end == SOURCE_REJECTED };
    }
    fuzz_claim(to->end != SOURCE_STOPPED, "stopped by nobody");
    if (to->end == SOURCE_FAILED)
        fuzz_claim_said(&err);
}

static void claim_order(const struct reading *r)
{
    for (size_t i = 0; i < r->count; i++) {
        fuzz_claim(r->at[i].pos == i, "a position is not the next one");
        if (i == 0)
            continue;
        fuzz_claim(r->at[i].line >= r->at[i - 1].line, "lines go back");
        fuzz_claim(r->at[i].offset >= r->at[i - 1].offset +
                                          r->at[i - 1].length,
                   "two records share bytes");
    }
}

/* From record `from` on the same is seen. */
static void claim_same(const struct source_config *cfg, size_t from)
{
    const struct place *p = &whole.at[from];
    struct error err = { .text = "" };
    struct source *s = source_open(cfg, &err);
    size_t n = whole.count - from;

    fuzz_claim(s != NULL, "opened once, but not twice");
    fuzz_claim(source_seek(s, p->offset, p->pos, p->line, &err),
               "no way to a record that was read");
    read_on(s, &part);
    fuzz_claim(part.count >= n && memcmp(part.at, p, n * sizeof *p) == 0,
               "another record after a resume");
    source_close(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct source_config cfg =
        put_corpus((struct text){ (const char *)data, size });
    struct error err = { .text = "" };
    struct source *s = source_open(&cfg, &err);

    if (!s) {
        fuzz_claim_said(&err);
        return 0;
    }
    read_on(s, &whole);
    source_close(s);
    claim_order(&whole);
    if (whole.count > 0)
        claim_same(&cfg, size % whole.count);
    return 0;
}
