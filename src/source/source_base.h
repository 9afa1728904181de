/* What all sources share: a sliding window of the stream, the place in it, and
 * the fields. */
#ifndef BATCHTOP_SOURCE_SOURCE_BASE_H
#define BATCHTOP_SOURCE_SOURCE_BASE_H

#include "source/fields.h"
#include "source/stream.h"
#include "util/trail.h"

enum { SOURCE_BLOCK = 1 << 18, SOURCE_LINE_DEFAULT = 16 << 20 };

struct source_ops {
    enum source_status (*next)(struct source *s, struct record *out,
                               struct error *err);
};

struct source {
    const struct source_ops *ops;
    struct source_config cfg;
    struct stream *stream;
    struct fields *fields;
    char *data;           /* the window */
    size_t start, end, cap;
    size_t scanned;       /* from start: it has no line end so far */
    size_t hashed;        /* data[0..hashed) is in `past` */
    struct trail past;  /* of the stream's bytes up to `hashed` */
    bool past_known;      /* false: reading began in the middle */
    uint64_t watch;       /* the offset whose `watched` is wanted; 0: none */
    struct trail watched; /* `past` at that offset, once it was passed */
    uint64_t offset;      /* of data[start] in the stream */
    uint64_t pos, line;   /* of the next record */
    size_t limit;         /* bytes of a record */
    bool at_end;          /* the stream has no more */
    bool in_array;        /* json: inside an array, else top-level values */
    size_t around;        /* json: depth of objects around the array */
    bool ended;           /* json: read to the end, which was right */
    uint64_t end_offset, end_line; /* then: the place of the array's bracket */
    struct trail end_past;
    char where[64];       /* begins messages about the present record */
};

/* --- the window (source_window.c) ----------------------------------------- */

/* Read more bytes behind those in the window, which move to its front; it may
 * grow up to the limit. END: there are no more. */
enum stream_status source_more(struct source *s, struct error *err);
/* Drop the first n bytes of the window. */
void source_advance(struct source *s, size_t n);
enum source_status source_status_of(enum stream_status status);
/* Bring s->past up to the start of the window. */
void source_hash_passed(struct source *s);

/* --- the form (source_form.c) --------------------------------------------- */

enum source_form {
    FORM_LINES,
    FORM_ARRAY,  /* a document; one without the array is a value */
    FORM_VALUES, /* one behind another */
    FORM_MORE    /* internal: read more to decide */
};

/*
 * Fill the window with the first bytes and tell their form; the window then
 * begins behind a byte order mark.
 *
 * fails    INPUT: a container or encoding that we do not read. As
 *          stream_read(); MEMORY; STOPPED.
 */
bool source_find_form(struct source *s, enum source_form *form,
                      struct error *err);

/* Of FORM_LINES: is each line a record whatever json_path names? */
bool source_keeps_lines(const struct source *s);

enum source_array { ARRAY_NONE, ARRAY_HERE, ARRAY_UNSEEN };

/* Does the value that begins here have the array that json_path names? UNSEEN:
 * the window ends too early to know. */
enum source_array source_look_for_array(const struct source *s, const char *p,
                                        size_t n);

/* Find the array by cfg->json_path, from the start of the stream, and stop
 * behind its bracket; *found is false when there is none. */
bool source_find_array(struct source *s, bool *found, struct error *err);

extern const struct source_ops source_jsonl, source_json;

#endif
