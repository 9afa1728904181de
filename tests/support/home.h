/*
 * A folder of the test's own, empty when it begins and gone when it has ended.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_HOME_H
#define BATCHTOP_TESTS_SUPPORT_HOME_H

#include "tests/support/tap.h"

extern char home[64];
extern char checkpoints[80]; /* in it, for who wants it: nothing is there */

/* As cmocka's setup and teardown; any number of times. */
int make_home(void **state);
int remove_home(void **state);

/* A folder with all that is in it: 0 if nothing is left. */
int remove_tree(const char *path);

/* A name in the folder; lives until the fourth call from here. */
const char *in_home(const char *name);

/* The whole file, made anew; and what is in one, as a text. */
void write_file(const char *path, const void *bytes, size_t n);
void slurp(const char *path, char *to, size_t size);

/* A test that has such a folder. */
#define HOME_TEST(name)                                                        \
    cmocka_unit_test_setup_teardown(name, make_home, remove_home)

#endif
