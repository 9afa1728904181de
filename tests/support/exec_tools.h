/*
 * What the tests of exec: share: the command is the test program itself, which
 * "serve" makes answer lines.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_EXEC_TOOLS_H
#define BATCHTOP_TESTS_SUPPORT_EXEC_TOOLS_H

#include "tests/support/tap.h"
#include "util/buf.h"
#include "util/error.h"

/* "PREFIX'/this/program' serve WORDS"; lives until the next call. */
const char *serving(const char *prefix, const char *words);

/* Answer each line of standard input, given without its end. */
int serve(void (*answer)(struct text line, struct buf *to));
void says(const struct error *err, enum error_kind kind, const char *words);

#endif
