/* How many requests each stage has in flight and how large they are, for the
 * lines, events and summaries of plain.c. */
#ifndef BATCHTOP_HOST_PLAIN_STAGES_H
#define BATCHTOP_HOST_PLAIN_STAGES_H

#include "api/snapshot.h"
#include "util/json_write.h"

#include <stdio.h>

/* "embed":{...},"upsert":{...} */
void plain_stages_json(struct json_writer *w, const struct snapshot *s);

/* "embed 8 in flight x 512, upsert 3 x 1,000"; "" before it is known. */
char *plain_stages_text(char *to, size_t size, const struct snapshot *s);

/* A line of the summary for each stage that sent something. */
void plain_stages_summary(FILE *to, const struct snapshot *s);

#endif
