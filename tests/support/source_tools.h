/*
 * What the tests of the corpus readers share: corpora in files that live as
 * long as a test, and reading them to the end.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_SOURCE_TOOLS_H
#define BATCHTOP_TESTS_SUPPORT_SOURCE_TOOLS_H

#include "source/source.h"
#include "tests/support/home.h"

enum { READING_MAX = 3000 };

/* What a corpus gave: one entry a record, rejected ones too. */
struct reading {
    struct {
        uint64_t pos, line, offset, length;
        bool rejected, id_number, text_escaped;
        char id[40], text[40], why[256];
    } at[READING_MAX];
    size_t count, rejected;
    enum source_status end;
    struct error err;
};

extern struct reading got, again;

struct source_config config_of(const char *path);

/* A file of this name with these bytes, or this text; the configuration to
 * read it, good until the next. */
struct source_config put_corpus(const char *name, const void *bytes, size_t n);
struct source_config corpus(const char *name, const char *text);

/* As much of it as there is room for. */
void copy_text(char *to, size_t size, struct text from);

struct source *opened(const struct source_config *cfg);

/* The next record into `to`; false at the end, however it came. */
bool see_next(struct source *s, struct reading *to);
void see_rest(struct source *s, struct reading *to);

/* Read it all into `got`. */
void read_all(const struct source_config *cfg);

/* Read all of a text as corpus.jsonl and expect a clean end. */
void read_text(const char *text);

void assert_contains(const char *text, const char *part);

/* Record i was rejected, and its message has both words. */
void assert_rejected(size_t i, const char *where, const char *what);
void assert_record(size_t i, const char *id, const char *text);
void assert_refused(const struct source_config *cfg, const char *what);

/* Each record that is given back comes again, from its place, and the hash of
 * what was read is that of a source that gave none back. */
void assert_unreads_everywhere(const struct source_config *cfg);

/* From every record on, a source that is sent there reads what came before. */
void assert_seeks_everywhere(const struct source_config *cfg);

/* The same by what source_tell() says between two records. */
void assert_tells_everywhere(const struct source_config *cfg);

#endif
