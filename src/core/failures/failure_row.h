/* A failure as a row of the screen: its texts are cut and made printable. */
#ifndef BATCHTOP_CORE_FAILURES_FAILURE_ROW_H
#define BATCHTOP_CORE_FAILURES_FAILURE_ROW_H

#include "api/snapshot.h"

struct failure_row failure_row_of(const struct failure *x,
                                  enum failure_standing standing);
/* Equal errors have equal keys, in whatever document. */
uint64_t failure_row_key(const struct failure_row *row);
/* By the row's own texts: id, stage, code and message. */
bool failure_row_passes(const struct failure_row *row, const char *filter);

#endif
