/* The failures of the scripted moments of sample_snapshot.h. */
#ifndef BATCHTOP_TESTS_SUPPORT_SAMPLE_FAILURES_H
#define BATCHTOP_TESTS_SUPPORT_SAMPLE_FAILURES_H

#include "api/snapshot.h"

/* Add the rows of the log; then the kinds of those that are open, and their
 * counts. */
void sample_failures_rows(struct snapshot *s);
void sample_failures_causes(struct snapshot *s);
void sample_failures_kinds(struct snapshot *s);

#endif
