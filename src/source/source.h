/*
 * A corpus file as a stream of records.
 *
 * Records are slices of large blocks: what source_next() hands out is borrowed
 * and dies with the next call. A position (pos) is the ordinal of a record in
 * its source, rejected ones included, blank lines not. Offsets count
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
    const char *json_path; /* names parted by '.', or a JSON pointer */
    /* Fields: a name, or a JSON pointer when it starts with '/'. */
    const char *id_field;
    const char *const *text_fields; /* those that are there, by a newline */
    const char *const *metadata_fields; /* several make an object */
    size_t text_field_count, metadata_field_count;
    bool metadata_named;  /* by the user: worth a word where no record has it */
    size_t limit_line;    /* bytes of a record; 0: 16 MiB */
    int max_depth;        /* 0: JSON_DEPTH_DEFAULT */
    bool replace_utf8;    /* --utf8=replace: U+FFFD instead of a rejection */
    bool send_blank;      /* a blank text is sent, not rejected (IN-26) */
    enum { SOURCE_ID_FIELD, SOURCE_ID_HASH, SOURCE_ID_LINE } id_from;
    bool nan_null;        /* NaN and Infinity are read as null */
    bool lenient;         /* a file that is damaged from its first byte on is
                             opened, and source_next() tells */
    size_t window_bytes;  /* what a zstd frame may ask for; 0: 128 MiB */
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

/* What a checkpoint remembers to know the corpus again (IN-20). */
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

/* As fields_unseen(): a name that no record so far has. */
bool source_unseen(const struct source *s, char *to, size_t size);

/* Go on at a record that began at `offset`, as handed out before (or the end
 * of the last one). Plain files seek; others read forward.
 * fails    FOREIGN: the file ends before. Like source_next(); STOPPED. */
bool source_seek(struct source *s, uint64_t offset, uint64_t pos,
                 uint64_t line, struct error *err);

/* Where the next record search begins: goes into the checkpoint. */
void source_tell(const struct source *s, uint64_t *offset, uint64_t *pos,
                 uint64_t *line);

/* A hash of all bytes before the place that source_tell() tells. False: not
 * known, for a plain file was entered in its middle; then whoever knows it as
 * of that place may say so. */
bool source_get_past(struct source *s, struct trail *out);
void source_set_past(struct source *s, const struct trail *past);

/* The same of a place that is still to come: true with it once it was passed,
 * wherever records begin and end. */
void source_watch(struct source *s, uint64_t offset);
bool source_watched(struct source *s, struct trail *out);

/*
 * The same of a file that nobody has open, up to byte `offset`, uncompressed.
 * Of "-" only where standard input is a regular file. Reads it all.
 *
 * fails    FOREIGN: it ends before. Like source_open() and source_next().
 */
bool source_file_past(const struct source_config *cfg, uint64_t offset,
                      struct trail *out, struct error *err);

/* Bytes of the file consumed (compressed ones, if so) and its size; size 0
 * when unknown (a pipe). For percent done. */
void source_progress(const struct source *s, uint64_t *done, uint64_t *size);

/* Nothing was taken from it and nothing comes: an empty file, the null device,
 * a pipe that is closed at its other end. Waits a second for a pipe. */
bool source_is_dry(struct source *s);

bool source_fingerprint(struct source *s, struct fingerprint *out,
                        struct error *err);
/* Hash of the up to 64 KiB of the file's raw bytes that end at byte `end`. */
bool source_window_hash(struct source *s, uint64_t end, uint64_t *hash,
                        struct error *err);
/* The same of a file that nobody has open. */
bool source_file_hash(const char *path, uint64_t end, uint64_t *hash,
                      struct error *err);

#endif
