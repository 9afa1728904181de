/* A failed document as one line of JSON, for `failures` and the export. */
#ifndef BATCHTOP_CORE_FAILURES_FAILURE_JSON_H
#define BATCHTOP_CORE_FAILURES_FAILURE_JSON_H

#include "data/failure.h"
#include "util/buf.h"

/* {"id","stage","kind","code","message","tries","source","line","offset",
 *  "length","time"} and a newline; no "line" where it is not known. */
void failure_put_json(struct buf *to, const struct failure *f);

#endif
