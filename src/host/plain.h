/*
 * The run without a screen: one line at the start, one for each change of
 * state, one for each new kind of failure, and now and then one of progress.
 * Never a carriage return, never an escape code. The same events as NDJSON
 * with --progress=json.
 *
 * It also has the summary, which the console prints when it has left.
 */
#ifndef BATCHTOP_HOST_PLAIN_H
#define BATCHTOP_HOST_PLAIN_H

#include "api/run.h"
#include "options/options.h"

#include <stdio.h>

struct plain;

/* It prints lines to `to`; NULL without memory. */
struct plain *plain_new(FILE *to, const struct options *opt);
void plain_free(struct plain *p);

/* It joins a run that goes on, so what was before its first look is not told as
 * if it were new. NULL is fine. */
void plain_join(struct plain *p);

/* Print what changed since the last call. */
void plain_look(struct plain *p, const struct snapshot *s);

/* One moment as the progress event of --progress=json. */
void plain_status(FILE *to, const struct snapshot *s);

/* The final words, several lines. */
void plain_summary(FILE *to, const struct summary *sum,
                   const struct options *opt);
/* The --json object; note: a remark beside it, or NULL. */
void plain_json(FILE *to, const struct summary *sum, const char *note);
/* The object of a run that did not begin; job: "" if unknown; why: "note" if
 * the status is STORED, else "error". */
void plain_json_brief(FILE *to, const char *job, enum exit_status status,
                      const char *why);

#endif
