/* A corpus of many lines, for the tests of where its bytes come from. */
#ifndef BATCHTOP_TESTS_SUPPORT_SOURCE_LINES_H
#define BATCHTOP_TESTS_SUPPORT_SOURCE_LINES_H

#include <stddef.h>

enum { LINES = 2000 };

/* LINES records with ids 0, 1, ... of 60 to 160 bytes, and where each begins;
 * made by make_lines(). */
extern char lines[LINES * 200];
extern size_t lines_len, line_at[LINES + 1];

void make_lines(void);

/* What was read last: the first n of them and no more, or all. */
void assert_lines(size_t n);
void assert_all_lines(void);

#endif
