/*
 * This file gives a table of an older version, whose index over ids belongs to
 * its column, the form of today, whose index can go and come. Only the two rows
 * of the schema change: the b-trees are the same in both forms. So it takes a
 * few pages, and any SQLite reads the file as before.
 *
 * Source: https://www.sqlite.org/lang_altertable.html, "Making Other Kinds Of
 * Table Schema Changes"; pragma.html, writable_schema; read on 2026-11-30.
 */
#include "config.h"
#include "store/files/sqlite_parts.h"

#include <inttypes.h>
#include <stdio.h>

/* With any other word in it, it is not a table that we made. */
#define OLDER_TABLE                                                           \
    "'CREATE TABLE documents(id TEXT PRIMARY KEY, text TEXT, metadata TEXT, " \
    "embedding BLOB)'"

bool sqlite_older(struct sqlite_store *s, bool *is, struct error *err)
{
    sqlite3_stmt *q =
        sqlite_first(s, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND "
                        "name = 'documents' AND sql = " OLDER_TABLE, NULL, is,
                     err);

    sqlite3_finalize(q);
    return q != NULL;
}

/* Others, and our own statements, notice by this number. */
static bool older_count_schema(struct sqlite_store *s, struct error *err)
{
    int64_t version;
    char sql[64];

    if (!sqlite_number(s, "PRAGMA schema_version", &version, err))
        return false;
    snprintf(sql, sizeof sql, "PRAGMA schema_version = %" PRId64, version + 1);
    return sqlite_run(s, sql, "writing to", err);
}

bool sqlite_renew(struct sqlite_store *s, struct error *err)
{
    bool done = sqlite_run(
        s,
        "PRAGMA writable_schema = ON;"
        "UPDATE sqlite_master SET sql = 'CREATE TABLE documents(id TEXT, "
        "text TEXT, metadata TEXT, embedding BLOB, seq INTEGER PRIMARY KEY)' "
        "WHERE type = 'table' AND name = 'documents';"
        "UPDATE sqlite_master SET name = 'documents_id', sql = "
        "'CREATE UNIQUE INDEX documents_id ON documents(id)' "
        "WHERE type = 'index' AND name = 'sqlite_autoindex_documents_1'",
        "writing to", err) &&
        older_count_schema(s, err);

    /* This also lets SQLite read the schema again. */
    return sqlite_run(s, "PRAGMA writable_schema = RESET", "writing to",
                      done ? err : &(struct error){ 0 }) &&
           done;
}
