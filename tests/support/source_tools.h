/*
 * What the tests of the corpus readers share: corpora in files that live as
 * long as a test, and reading them to the end.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_SOURCE_TOOLS_H
#define BATCHTOP_TESTS_SUPPORT_SOURCE_TOOLS_H

#include "tests/support/tap.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source/source.h"

enum { SEEN_MAX = 3000 };

/* What a corpus gave: one entry a record, rejected ones too. */
struct seen {
    struct {
        uint64_t pos, line, offset, length;
        bool rejected, id_number, text_escaped;
        char id[40], text[40], why[256];
    } at[SEEN_MAX];
    size_t count, rejected;
    enum source_status end;
    struct error err;
};

static char home[64], corpus_path[96];
static const char *const text_field[] = { "text" };
static const char *const metadata_field[] = { "metadata" };
static struct seen seen, again;

static inline int make_home(void **state)
{
    (void)state;
    strcpy(home, "/tmp/source-test-XXXXXX");
    return mkdtemp(home) ? 0 : -1;
}

static inline int remove_one(const char *path, const struct stat *st, int type,
                             struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline int remove_home(void **state)
{
    (void)state;
    return nftw(home, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline struct source_config config_of(const char *path)
{
    return (struct source_config){ .path = path,
                                   .json_path = "documents",
                                   .id_field = "id",
                                   .metadata_fields = metadata_field,
                                   .metadata_field_count = 1,
                                   .text_fields = text_field,
                                   .text_field_count = 1,
                                   .stop_fd = -1 };
}

static inline void put_corpus(const char *name, const void *bytes, size_t n)
{
    int fd;

    snprintf(corpus_path, sizeof corpus_path, "%s/%s", home, name);
    fd = open(corpus_path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), (ssize_t)n);
    close(fd);
}

/* A file of this name with this text; the configuration to read it. */
static inline struct source_config corpus(const char *name, const char *text)
{
    put_corpus(name, text, strlen(text));
    return config_of(corpus_path);
}

static inline void copy_text(char *to, size_t size, struct text from)
{
    size_t n = from.len < size - 1 ? from.len : size - 1;

    if (n)
        memcpy(to, from.ptr, n);
    to[n] = '\0';
}

static inline struct source *opened(const struct source_config *cfg)
{
    struct error err = { 0 };
    struct source *s = source_open(cfg, &err);

    if (!s)
        fail_msg("%s", err.text);
    return s;
}

/* The next record into `to`; false at the end, however it came. */
static inline bool see_next(struct source *s, struct seen *to)
{
    struct record r = { 0 };
    size_t i = to->count;

    to->err.text[0] = '\0';
    to->end = source_next(s, &r, &to->err);
    if (to->end != SOURCE_RECORD && to->end != SOURCE_REJECTED)
        return false;
    assert_true(i < SEEN_MAX);
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

static inline void see_rest(struct source *s, struct seen *to)
{
    to->count = to->rejected = 0;
    while (see_next(s, to))
        ;
}

/* Read it all into `seen`. */
static inline void read_all(const struct source_config *cfg)
{
    struct source *s = opened(cfg);

    see_rest(s, &seen);
    source_close(s);
}

/* Read all of a text as corpus.jsonl and expect a clean end. */
static inline void read_text(const char *text)
{
    struct source_config cfg = corpus("corpus.jsonl", text);

    read_all(&cfg);
    assert_int_equal(seen.end, SOURCE_END);
}

static inline void assert_contains(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" does not say \"%s\"", text, part);
}

/* Record i was rejected, and its message has both words. */
static inline void assert_rejected(size_t i, const char *where,
                                   const char *what)
{
    assert_true(i < seen.count);
    assert_true(seen.at[i].rejected);
    assert_contains(seen.at[i].why, where);
    assert_contains(seen.at[i].why, what);
}

static inline void assert_record(size_t i, const char *id, const char *text)
{
    assert_true(i < seen.count);
    if (seen.at[i].rejected)
        fail_msg("record %zu was rejected: %s", i, seen.at[i].why);
    assert_string_equal(seen.at[i].id, id);
    assert_string_equal(seen.at[i].text, text);
}

static inline void assert_refused(const struct source_config *cfg,
                                  const char *what)
{
    struct error err = { 0 };

    assert_null(source_open(cfg, &err));
    assert_int_equal(err.kind, ERROR_INPUT);
    assert_contains(err.text, what);
}

/* From every record on, a source that is sent there reads what came before. */
static inline void assert_seeks_everywhere(const struct source_config *cfg)
{
    struct source *s = opened(cfg);

    see_rest(s, &seen);
    assert_int_equal(seen.end, SOURCE_END);
    source_close(s);
    s = opened(cfg);
    for (size_t k = 0; k < 2 * seen.count; k++) {
        /* Back and forth: seeking goes both ways. */
        size_t i = k * 7 % seen.count, left = seen.count - i;
        struct error err;

        if (!source_seek(s, seen.at[i].offset, seen.at[i].pos,
                         seen.at[i].line, &err))
            fail_msg("%s", err.text);
        see_rest(s, &again);
        assert_int_equal(again.end, SOURCE_END);
        assert_int_equal(again.count, left);
        assert_memory_equal(again.at, seen.at + i, left * sizeof *seen.at);
    }
    source_close(s);
}

/* The same by what source_tell() says between two records. */
static inline void assert_tells_everywhere(const struct source_config *cfg)
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
        see_rest(s, &seen);
        source_close(s);
        if (!source_seek(other, offset, pos, line, &err))
            fail_msg("%s", err.text);
        see_rest(other, &again);
        source_close(other);
        assert_int_equal(again.end, SOURCE_END);
        assert_int_equal(again.count, seen.count);
        assert_memory_equal(again.at, seen.at, seen.count * sizeof *seen.at);
        if (seen.count == 0)
            return;
        done++;
    }
}

#define in_home(name)                                                          \
    cmocka_unit_test_setup_teardown(name, make_home, remove_home)

#endif
