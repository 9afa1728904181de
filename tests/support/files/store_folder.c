/* This file makes and removes the folder of a test's store. */
#include "config.h"
#include "tests/support/files/store_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

char store_folder[64], store_path[96], store_url[128];

static int make_store_folder(const char *kind)
{
    snprintf(store_folder, sizeof store_folder, "/tmp/batchtop-%s-XXXXXX",
             kind);
    if (!mkdtemp(store_folder))
        return -1;
    snprintf(store_path, sizeof store_path, "%s/v.%s", store_folder, kind);
    snprintf(store_url, sizeof store_url, "%s:%s", kind, store_path);
    return 0;
}

int make_sqlite_folder(void **state)
{
    (void)state;
    return make_store_folder("sqlite");
}

int make_jsonl_folder(void **state)
{
    (void)state;
    return make_store_folder("jsonl");
}

int remove_store_folder(void **state)
{
    (void)state;
    unlink(store_path);
    return rmdir(store_folder);
}
