/* Corpora in files, and what reading them to the end gives. */
#include "config.h"
#include "tests/support/source_tools.h"

#include <stdio.h>
#include <string.h>

struct reading got, again;

struct source_config config_of(const char *path)
{
    static const char *const text_field[] = { "text" };
    static const char *const metadata_field[] = { "metadata" };

    return (struct source_config){ .path = path,
                                   .json_path = "documents",
                                   .id_field = "id",
                                   .metadata_fields = metadata_field,
                                   .metadata_field_count = 1,
                                   .text_fields = text_field,
                                   .text_field_count = 1,
                                   .stop_fd = -1 };
}

struct source_config put_corpus(const char *name, const void *bytes, size_t n)
{
    static char path[96];

    snprintf(path, sizeof path, "%s/%s", home, name);
    write_file(path, bytes, n);
    return config_of(path);
}

struct source_config corpus(const char *name, const char *text)
{
    return put_corpus(name, text, strlen(text));
}

void copy_text(char *to, size_t size, struct text from)
{
    size_t n = from.len < size - 1 ? from.len : size - 1;

    if (n)
        memcpy(to, from.ptr, n);
    to[n] = '\0';
}

struct source *opened(const struct source_config *cfg)
{
    struct error err = { 0 };
    struct source *s = source_open(cfg, &err);

    if (!s)
        fail_msg("%s", err.text);
    return s;
}

bool see_next(struct source *s, struct reading *to)
{
    struct record r = { 0 };
    size_t i = to->count;

    to->err.text[0] = '\0';
    to->end = source_next(s, &r, &to->err);
    if (to->end != SOURCE_RECORD && to->end != SOURCE_REJECTED)
        return false;
    assert_true(i < READING_MAX);
    to->count++;
    memset(&to->at[i], 0, sizeof to->at[i]);
    to->at[i].pos = r.pos;
    to->at[i].line = r.line;
    to->at[i].offset = r.offset;
    to->at[i].length = r.length;
    to->at[i].rejected = to->end == SOURCE_REJECTED;
    to->at[i].id_number = r.id_number;
    to->at[i].text_escaped = r.text_escaped;
    copy_text(to->at[i].id, sizeof to->at[i].id, r.id);
    if (to->end == SOURCE_REJECTED) {
        to->rejected++;
        assert_int_equal(r.why.kind, ERROR_INPUT);
        strcpy(to->at[i].why, r.why.text);
    } else {
        copy_text(to->at[i].text, sizeof to->at[i].text, r.text);
    }
    return true;
}

void see_rest(struct source *s, struct reading *to)
{
    to->count = to->rejected = 0;
    while (see_next(s, to))
        ;
}

void read_all(const struct source_config *cfg)
{
    struct source *s = opened(cfg);

    see_rest(s, &got);
    source_close(s);
}

void read_text(const char *text)
{
    struct source_config cfg = corpus("corpus.jsonl", text);

    read_all(&cfg);
    assert_int_equal(got.end, SOURCE_END);
}

void assert_contains(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" does not say \"%s\"", text, part);
}

void assert_rejected(size_t i, const char *where, const char *what)
{
    assert_true(i < got.count);
    assert_true(got.at[i].rejected);
    assert_contains(got.at[i].why, where);
    assert_contains(got.at[i].why, what);
}

void assert_record(size_t i, const char *id, const char *text)
{
    assert_true(i < got.count);
    if (got.at[i].rejected)
        fail_msg("record %zu was rejected: %s", i, got.at[i].why);
    assert_string_equal(got.at[i].id, id);
    assert_string_equal(got.at[i].text, text);
}

void assert_refused(const struct source_config *cfg, const char *what)
{
    struct error err = { 0 };

    assert_null(source_open(cfg, &err));
    assert_int_equal(err.kind, ERROR_INPUT);
    assert_contains(err.text, what);
}

/* Give it back, and look where the source then is. */
static void unread(struct source *s, const struct record *rec)
{
    uint64_t offset, pos, line;
    struct trail past;

    source_unread(s, rec);
    source_tell(s, &offset, &pos, &line);
    assert_int_equal(offset, rec->offset);
    assert_int_equal(pos, rec->pos);
    assert_int_equal(line, rec->line);
    assert_true(source_get_past(s, &past));
    assert_int_equal(past.bytes, offset);
}

void assert_unreads_everywhere(const struct source_config *cfg)
{
    struct source *s = opened(cfg), *other = opened(cfg);
    struct record rec;
    struct error err;
    struct trail past, plain;
    enum source_status status;

    see_rest(other, &got);
    while ((status = source_next(s, &rec, &err)) == SOURCE_RECORD ||
           status == SOURCE_REJECTED) {
        if (status == SOURCE_REJECTED)
            continue;
        unread(s, &rec);
        again.count = 0;
        assert_true(see_next(s, &again));
        assert_memory_equal(again.at, got.at + rec.pos, sizeof *got.at);
    }
    assert_int_equal(status, SOURCE_END);
    assert_true(source_get_past(s, &past));
    assert_true(source_get_past(other, &plain));
    assert_true(trail_same(&past, &plain));
    source_close(s);
    source_close(other);
}

void assert_seeks_everywhere(const struct source_config *cfg)
{
    struct source *s = opened(cfg);

    see_rest(s, &got);
    assert_int_equal(got.end, SOURCE_END);
    source_close(s);
    s = opened(cfg);
    for (size_t k = 0; k < 2 * got.count; k++) {
        /* Back and forth: seeking goes both ways. */
        size_t i = k * 7 % got.count, left = got.count - i;
        struct error err;

        if (!source_seek(s, got.at[i].offset, got.at[i].pos,
                         got.at[i].line, &err))
            fail_msg("%s", err.text);
        see_rest(s, &again);
        assert_int_equal(again.end, SOURCE_END);
        assert_int_equal(again.count, left);
        assert_memory_equal(again.at, got.at + i, left * sizeof *got.at);
    }
    source_close(s);
}

void assert_tells_everywhere(const struct source_config *cfg)
{
    size_t done = 0;

    for (;;) {
        struct source *s = opened(cfg), *other = opened(cfg);
        uint64_t offset, pos, line;
        struct error err;
        size_t i = 0;

        for (again.count = 0; i < done; i++)
            assert_true(see_next(s, &again));
        source_tell(s, &offset, &pos, &line);
        assert_int_equal(pos, done);
        see_rest(s, &got);
        source_close(s);
        if (!source_seek(other, offset, pos, line, &err))
            fail_msg("%s", err.text);
        see_rest(other, &again);
        source_close(other);
        assert_int_equal(again.end, SOURCE_END);
        assert_int_equal(again.count, got.count);
        assert_memory_equal(again.at, got.at, got.count * sizeof *got.at);
        if (got.count == 0)
            return;
        done++;
    }
}
