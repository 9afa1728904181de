/*
 * A corpus file as a stream of records.
 *
 * Records are slices of large blocks: what source_next() returns is borrowed
 * until the next call. A position (pos) is the ordinal of a record in its
 * source; rejected records count, blank lines do not. Offsets count
 * uncompressed bytes.
 *
 * Formats: JSONL; one JSON document with an array of documents inside
 * (json_path, default "documents", or a top-level array); concatenated or
 * pretty-printed values; .gz and .zst of them; "-" is standard input.
 * Memory: one block plus one record of at most limit_line bytes.
 *
 * Threads     One reader per source. stop_fd ends a blocked read.
 * Rows        IN-01 to IN-27 of the fault table.
 */
#ifndef BATCHTOP_SOURCE_SOURCE_H
#define BATCHTOP_SOURCE_SOURCE_H

#include "util/buf.h"
#include "util/error.h"
#include "util/trail.h"

struct source;

enum source_format { SOURCE_AUTO, SOURCE_JSONL, SOURCE_JSON };

struct source_config {
    const char *path; /* "-": standard input */
    enum source_format format;
    const char *json_path; /* names separated by '.', or a JSON pointer */
    bool json_path_named;  /* the user named it: warn if lines ignore it */
    /* Fields: a name, or a JSON pointer when it starts with '/'. */
    const char *id_field;
    const char *const *text_fields; /* joined by a newline, those that exist */
    const char *const *metadata_fields; /* several make an object */
    size_t text_field_count, metadata_field_count;
    bool metadata_named;  /* the user named them: warn if no record has one */
    size_t limit_line;    /* bytes of a record; 0: 16 MiB */
    int max_depth;        /* 0: JSON_DEPTH_DEFAULT */
    bool replace_utf8;    /* --utf8=replace: U+FFFD instead of a rejection */
    bool send_blank;      /* send a blank text, do not reject it (IN-26) */
    enum { SOURCE_ID_FIELD, SOURCE_ID_HASH, SOURCE_ID_LINE } id_from;
    bool nan_null;        /* read NaN and Infinity as null */
    bool lenient;         /* open a file that is damaged from its first byte on;
                             source_next() reports it */
    size_t window_bytes;  /* window that a zstd frame may need; 0: 128 MiB */
    int stop_fd; /* -1: none */
};

struct record {
    uint64_t pos, line, offset, length; /* line from 1; of the first byte */
    struct text id;       /* decoded, or the digits of a number */
    bool id_number;
    struct text text;     /* raw JSON string contents */
    bool text_escaped;
    struct text metadata; /* raw JSON value; len 0: none */
    struct error why;     /* SOURCE_REJECTED: INPUT, "line 7: ..." */
};

enum source_status {
    SOURCE_RECORD,
    SOURCE_REJECTED, /* pos, line, offset, length and why; id when known */
    SOURCE_END,
    SOURCE_STOPPED, /* stop_fd spoke */
    SOURCE_FAILED   /* err: LOCAL (read error), INPUT (truncated archive...) */
};

/* What a checkpoint keeps to recognise the corpus (IN-20). */
struct fingerprint {
    uint64_t size, mtime_ns, inode;
    uint64_t ctime_ns; /* not in the ledger's row of the source */
    uint64_t head_hash, tail_hash; /* of the first and last 64 KiB */
    bool seekable;
};

/*
 * fails    INPUT or LOCAL with one sentence that names the file: missing,
 *          a directory, unreadable, UTF-16 or UTF-32 (IN-05), a container
 *          that is no JSON (IN-30), damaged from its first byte on.
 */
struct source *source_open(const struct source_config *cfg, struct error *err);
void source_close(struct source *s);

enum source_status source_next(struct source *s, struct record *out,
                               struct error *err);

/* Give the record that source_next() has just returned as SOURCE_RECORD back:
 * source_tell() is in front of it again, and it is the next one. */
void source_unread(struct source *s, const struct record *last);

/* Like fields_unseen(): a name that no record has had so far. */
bool source_unseen(const struct source *s, char *to, size_t size);
/* Like fields_lacking(). */
uint64_t source_lacking(const struct source *s, char *to, size_t size);

/* Go on at a record that began at `offset`, as returned before (or at the end
 * of the last one). Plain files seek; others read forward.
 * fails    FOREIGN: the file ends before it. As source_next(); STOPPED. */
bool source_seek(struct source *s, uint64_t offset, uint64_t pos,
                 uint64_t line, struct error *err);

/* Where the search for the next record begins; for the checkpoint. */
void source_tell(const struct source *s, uint64_t *offset, uint64_t *pos,
                 uint64_t *line);

/* A hash of all bytes before the place of source_tell(). False: unknown,
 * because a plain file was entered in its middle; a caller that knows the hash
 * of that place can set it. */
bool source_get_past(struct source *s, struct trail *out);
void source_set_past(struct source *s, const struct trail *past);

/* The same for a place further on: true once the reader has passed it, wherever
 * records begin and end. */
void source_watch(struct source *s, uint64_t offset);
bool source_watched(struct source *s, struct trail *out);

/*
 * The same for a file that is not open, up to byte `offset`, uncompressed. For
 * "-" only if standard input is a regular file. Reads it all.
 *
 * fails    FOREIGN: it ends before that. As source_open() and source_next().
 */
bool source_file_past(const struct source_config *cfg, uint64_t offset,
                      struct trail *out, struct error *err);

/* Bytes of the file that were consumed (compressed, if it is) and its size;
 * size 0 when unknown (a pipe). For the percentage. */
void source_progress(const struct source *s, uint64_t *done, uint64_t *size);

/* Nothing was read and nothing will come: an empty file, the null device, a
 * pipe whose other end is closed. Waits a second for a pipe. */
bool source_is_dry(struct source *s);

bool source_fingerprint(struct source *s, struct fingerprint *out,
                        struct error *err);
/* Hash of the up to 64 KiB of the file's raw bytes that end at byte `end`. */
bool source_window_hash(struct source *s, uint64_t end, uint64_t *hash,
                        struct error *err);
/* The same for a file that is not open. */
bool source_file_hash(const char *path, uint64_t end, uint64_t *hash,
                      struct error *err);

#endif
