/*
 * A folder with one store's file in it, for the tests of stores that are files.
 *
 * A failure fails the test. Threads: the test's.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_FILES_STORE_FOLDER_H
#define BATCHTOP_TESTS_SUPPORT_FILES_STORE_FOLDER_H

/* The file is not made; url is the store's, as --store takes it. */
extern char store_folder[64], store_path[96], store_url[128];

/* As cmocka's setups and teardown. */
int make_sqlite_folder(void **state);
int make_jsonl_folder(void **state);
/* Fails when more than the store's file was left behind. */
int remove_store_folder(void **state);

#endif
