/* Get the id, text and metadata from the bytes of one record. */
#ifndef BATCHTOP_SOURCE_FIELDS_H
#define BATCHTOP_SOURCE_FIELDS_H

#include "source/source.h"

struct fields;

/* The fields borrow the configuration as long as they live. */
struct fields *fields_new(const struct source_config *cfg, struct error *err);
void fields_free(struct fields *f);
/* Each record is a line, whatever --json-path names. */
void fields_set_lines(struct fields *f);

/*
 * Validate the record and find its fields. out->id, text and metadata point
 * into `raw` or into buffers of f, until the next call. `where` begins every
 * message ("line 7"). False: out->why says what is wrong (and out->id is set if
 * the id was found).
 */
bool fields_find(struct fields *f, struct text raw, const char *where,
                 struct record *out);
/* Was the last record no JSON object? Otherwise it only lacked something. */
bool fields_malformed(const struct fields *f);
/* A requested name that no record has had so far: a sentence with the names
 * that there are; or a path that no line obeys. False: there is none. */
bool fields_unseen(const struct fields *f, char *to, size_t size);
/* How many records lacked a field that none had before, and in `to` the options
 * that read such a record, as they are typed; "": nobody can tell. */
uint64_t fields_lacking(const struct fields *f, char *to, size_t size);

#endif
