/*
 * The fields of a record, for the files that make them up: fields.c (finding),
 * fields_take.c (judging), fields_hint.c (what there is instead) only.
 */
#ifndef BATCHTOP_SOURCE_FIELDS_PARTS_H
#define BATCHTOP_SOURCE_FIELDS_PARTS_H

#include "source/fields.h"
#include "util/json.h"

struct field {
    const char *name; /* or a JSON pointer */
    size_t len;
    bool pointer, found;
    bool seen; /* some record had it */
    struct json_value value;
};

struct fields {
    const struct source_config *cfg;
    struct field id, *text, *metadata;
    bool pointers, malformed;
    bool nan;         /* the record at hand has a NaN or an Infinity */
    bool settled;     /* each field was seen */
    uint64_t records; /* objects until then */
    struct buf id_bytes, text_bytes, metadata_bytes;
    struct buf first; /* what the first of them has, as fields_names() says */
};

/* Judge what was found; false: out->why says what is wrong. */
bool fields_take_id(struct fields *f, struct text raw, const char *where,
                    struct record *out);
bool fields_take_text(struct fields *f, struct text raw, const char *where,
                      struct record *out);
void fields_take_metadata(struct fields *f, struct record *out);

/* The name that a field has inside the metadata: its own, or the last one of a
 * pointer, decoded. */
void fields_short_name(const struct field *field, char *to, size_t size);
/* The step of a JSON pointer (RFC 6901) that begins at `from`, decoded; returns
 * its length there. */
size_t fields_pointer_step(const char *from, char *to, size_t size);

/* The names in an object, the first few, quoted and parted by commas. */
void fields_names(struct text object, struct buf *to);
/* For a record that lacks something: what it has, or what it is; printable. */
void fields_hint(struct text object, char *to, size_t size);

#endif
