/* The fields of a record, shared only by the files that make them up: fields.c
 * (find), fields_take.c (check and take), fields_hint.c (say what is there). */
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
    bool lines;       /* each record is a line, see fields_set_lines() */
    bool nan;         /* the present record has a NaN or an Infinity */
    bool settled;     /* each field was seen */
    uint64_t records; /* objects until then */
    struct buf id_bytes, text_bytes, metadata_bytes;
    struct buf first; /* names in the first one, see fields_names() */
    uint64_t lacking; /* records without a field that none had before */
    struct buf mend;  /* for the first of them, see fields_mend() */
};

/* Check what was found; false: out->why says what is wrong. */
bool fields_take_id(struct fields *f, struct text raw, const char *where,
                    struct record *out);
bool fields_take_text(struct fields *f, struct text raw, const char *where,
                      struct record *out);
void fields_take_metadata(struct fields *f, struct record *out);

/* The name of a field inside the metadata: its own, or the last step of a
 * pointer, decoded. */
void fields_short_name(const struct field *field, char *to, size_t size);

/* The first few names in an object, quoted and separated by commas. */
void fields_names(struct text object, struct buf *to);
/* What a record that lacks something has instead, or is, and the option that
 * was probably meant; printable. `option`: that which names what it lacks;
 * NULL: guess none. `lines`: --json-path cannot read an array of it. */
void fields_hint(struct text object, const char *option, bool lines, char *to,
                 size_t size);
/* The options that read such a record, as they are typed: the array in it, else
 * the id and the text that it lacks. Nothing if nobody can tell. */
void fields_mend(const struct fields *f, struct text object, struct buf *to);

#endif
