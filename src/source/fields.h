/*
 * From the bytes of one record to its id, text and metadata.
 */
#ifndef BATCHTOP_SOURCE_FIELDS_H
#define BATCHTOP_SOURCE_FIELDS_H

#include "source/source.h"

struct fields;

/* The configuration is borrowed as long as the fields live. */
struct fields *fields_new(const struct source_config *cfg, struct error *err);
void fields_free(struct fields *f);

/*
 * Validate the record and find its fields. out->id, text and metadata point
 * into `raw` or into buffers of f, until the next call. `where` begins every
 * message ("line 7"). False: out->why says what is wrong (and out->id is set
 * when it was found).
 */
bool fields_find(struct fields *f, struct text raw, const char *where,
                 struct record *out);
/* The last record was no JSON object at all; else it only lacked something. */
bool fields_malformed(const struct fields *f);
/* A name that was asked for and that none of the records so far has: a sentence
 * with those that are there. False: there is none such. */
bool fields_unseen(const struct fields *f, char *to, size_t size);

#endif
