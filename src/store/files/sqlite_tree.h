/*
 * The rows of one table, taken from the pages of the file without a statement.
 * A statement costs more for each row than comparing its vector does.
 *
 * Failures    Every function answers false, without a reason, where the file is
 *             not plainly what it should be: then ask by SQL, which knows every
 *             form of it and says what is wrong.
 * Threads     One tree for one thread, with a connection of its own. The caller
 *             sees to it that nobody writes: a read transaction, no WAL.
 * Source      https://www.sqlite.org/fileformat2.html, read on 2026-11-30.
 */
#ifndef BATCHTOP_STORE_FILES_SQLITE_TREE_H
#define BATCHTOP_STORE_FILES_SQLITE_TREE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the table's vectors are: the same for all connections. */
struct tree_shape {
    size_t page_bytes, usable; /* usable: without what a page reserves */
    uint32_t page_count, root;
    size_t column;             /* of the vector, in a record */
    size_t vector_bytes;
};

struct sqlite_tree {
    struct tree_shape shape;
    sqlite3_file *file;
    uint64_t left;         /* pages to be read yet: a circle has no end */
    unsigned char *run;    /* room for leaves that follow each other */
    unsigned char *link;   /* for a page of a chain */
    unsigned char *vector; /* for one out of a chain */
};

/* The file of a connection, to read bytes of it; NULL: there is none. */
sqlite3_file *tree_file(sqlite3 *db);

/* Find a table with a rowid and its column of vectors. */
bool tree_find(struct tree_shape *shape, sqlite3 *db, const char *table,
               const char *column, size_t vector_bytes);

/* The pages whose children are leaves, in an array to free(); each is work for
 * a thread. */
bool tree_nodes(struct sqlite_tree *t, uint32_t **nodes, size_t *n);

/* Pass each row below such a page to `visit`, in any order. The vector is at
 * any address and dies with the call. False, too, if one has other bytes than
 * vector_bytes. */
bool tree_rows(struct sqlite_tree *t, uint32_t node,
               void (*visit)(void *ctx, int64_t rowid, const void *vector),
               void *ctx);

/* tree_close() is due in either case. tree_start() takes the shape that is in
 * the tree, and any file. */
bool tree_open(struct sqlite_tree *t, const struct tree_shape *shape,
               sqlite3 *db);
bool tree_start(struct sqlite_tree *t, sqlite3_file *file);
void tree_close(struct sqlite_tree *t); /* one of zeros is fine */

/* ---- between sqlite_tree.c and sqlite_record.c ---- */

/* Pages that follow each other in the file. */
bool tree_read(struct sqlite_tree *t, uint32_t number, size_t pages,
               unsigned char *to);

/* The vector of the cell at that offset of a leaf, there or in t->vector. NULL:
 * it is no such cell. */
const unsigned char *tree_vector(struct sqlite_tree *t,
                                 const unsigned char *page, size_t cell,
                                 int64_t *rowid);

/* Numbers as the file has them. */
static inline uint32_t tree_two(const unsigned char *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

static inline uint32_t tree_four(const unsigned char *p)
{
    return tree_two(p) << 16 | tree_two(p + 2);
}

#endif
