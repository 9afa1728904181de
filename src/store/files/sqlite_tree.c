/*
 * This file walks the b-tree of a table. A page with children ("interior")
 * lists their numbers, a leaf lists its cells (sqlite_record.c). Every number
 * that a page states is checked before it is used.
 *
 * Leaves that follow each other in the file are read together: a scan takes a
 * fifth less CPU than page by page. A mapped file would save no more, would
 * count as memory of the process, and would end it by a signal where the disk
 * cannot read.
 */
#include "config.h"
#include "store/files/sqlite_tree.h"

#include <stdlib.h>
#include <string.h>

enum {
    LEAF = 0x0d,
    INTERIOR = 0x05,
    LEAF_HEAD = 8,
    INTERIOR_HEAD = 12,
    MOST_DEPTH = 20, /* SQLite's own bound */
    LEAST_PAGE = 512,
    LEAST_USABLE = 480, /* of a page; both are SQLite's own */
    HEAD_BYTES = 100,       /* of the file */
    RUN_BYTES = 128 * 1024  /* are read at once: two pages of the largest */
};

/* ---- pages ---- */

bool tree_read(struct sqlite_tree *t, uint32_t number, size_t pages,
               unsigned char *to)
{
    size_t bytes = t->shape.page_bytes;
    sqlite3_int64 at = ((sqlite3_int64)number - 1) * (sqlite3_int64)bytes;

    if (number == 0 || number > t->shape.page_count ||
        pages - 1 > t->shape.page_count - number || pages > t->left)
        return false;
    t->left -= pages;
    return t->file->pMethods->xRead(t->file, to, (int)(pages * bytes), at) ==
           SQLITE_OK;
}

/* How many cells; SIZE_MAX: this is no such page. */
static size_t tree_cells(const struct sqlite_tree *t, const unsigned char *p,
                         int kind)
{
    size_t head = kind == LEAF ? LEAF_HEAD : INTERIOR_HEAD;
    size_t n;

    if (p[0] != kind)
        return SIZE_MAX;
    n = tree_two(p + 3);
    return head + 2 * n <= t->shape.usable ? n : SIZE_MAX;
}

/* ---- the way down ---- */

/* The i-th child of n + 1. 0: the cell is not in the page. */
static uint32_t tree_child(const struct sqlite_tree *t, const unsigned char *p,
                           size_t i, size_t n)
{
    size_t cell;

    if (i == n)
        return tree_four(p + 8);
    cell = tree_two(p + INTERIOR_HEAD + 2 * i);
    return cell + 4 <= t->shape.usable ? tree_four(p + cell) : 0;
}

/* The levels above the leaves, which are equally many everywhere; -1: odd. */
static int tree_depth(struct sqlite_tree *t)
{
    uint32_t number = t->shape.root;

    for (int depth = 0; depth < MOST_DEPTH; depth++) {
        size_t n;

        if (!tree_read(t, number, 1, t->run))
            return -1;
        if (tree_cells(t, t->run, LEAF) != SIZE_MAX)
            return depth;
        n = tree_cells(t, t->run, INTERIOR);
        number = n == SIZE_MAX ? 0 : tree_child(t, t->run, 0, n);
    }
    return -1;
}

struct tree_level {
    uint32_t *node;
    size_t n;
};

static bool tree_add_children(struct sqlite_tree *t, uint32_t number,
                              struct tree_level *to)
{
    uint32_t *more;
    size_t n;

    if (!tree_read(t, number, 1, t->run))
        return false;
    n = tree_cells(t, t->run, INTERIOR);
    if (n == SIZE_MAX || to->n + n + 1 > t->shape.page_count)
        return false; /* more nodes than pages: a circle */
    more = realloc(to->node, (to->n + n + 1) * sizeof *more);
    if (!more)
        return false;
    to->node = more;
    for (size_t i = 0; i <= n; i++)
        to->node[to->n++] = tree_child(t, t->run, i, n);
    return true;
}

/* Replace a level by the one below. */
static bool tree_descend(struct sqlite_tree *t, struct tree_level *level)
{
    struct tree_level below = { NULL, 0 };
    bool fine = true;

    for (size_t i = 0; fine && i < level->n; i++)
        fine = tree_add_children(t, level->node[i], &below);
    free(level->node);
    *level = below;
    return fine;
}

bool tree_nodes(struct sqlite_tree *t, uint32_t **nodes, size_t *n)
{
    struct tree_level level = { malloc(sizeof *level.node), 1 };
    int depth = tree_depth(t);
    bool fine = level.node && depth >= 0;

    if (level.node)
        level.node[0] = t->shape.root;
    for (int i = 1; fine && i < depth; i++)
        fine = tree_descend(t, &level);
    *nodes = level.node;
    *n = level.n;
    return fine;
}

/* ---- rows ---- */

/* The last cell of a page is the first in memory as a rule, and a processor
 * fetches ahead best if it is read upwards. */
static bool tree_leaf(struct sqlite_tree *t, const unsigned char *p,
                      void (*visit)(void *ctx, int64_t rowid,
                                    const void *vector),
                      void *ctx)
{
    size_t n = tree_cells(t, p, LEAF);

    if (n == SIZE_MAX)
        return false;
    for (size_t i = n; i > 0; i--) {
        size_t cell = tree_two(p + LEAF_HEAD + 2 * (i - 1));
        int64_t rowid = 0;
        const unsigned char *vector = tree_vector(t, p, cell, &rowid);

        if (!vector)
            return false;
        visit(ctx, rowid, vector);
    }
    return true;
}

/* How many of the n leaves follow each other in the file. */
static size_t tree_run(const struct sqlite_tree *t, const uint32_t *leaves,
                       size_t n)
{
    size_t most = RUN_BYTES / t->shape.page_bytes, run = 1;

    while (run < most && run < n && leaves[run] == leaves[run - 1] + 1)
        run++;
    return run;
}

static bool tree_leaves(struct sqlite_tree *t, const uint32_t *leaves,
                        size_t n,
                        void (*visit)(void *ctx, int64_t rowid,
                                      const void *vector),
                        void *ctx)
{
    size_t run;

    for (size_t i = 0; i < n; i += run) {
        run = tree_run(t, leaves + i, n - i);
        if (!tree_read(t, leaves[i], run, t->run))
            return false;
        for (size_t j = 0; j < run; j++)
            if (!tree_leaf(t, t->run + j * t->shape.page_bytes, visit, ctx))
                return false;
    }
    return true;
}

bool tree_rows(struct sqlite_tree *t, uint32_t node,
               void (*visit)(void *ctx, int64_t rowid, const void *vector),
               void *ctx)
{
    struct tree_level leaves = { NULL, 0 };
    bool fine;

    if (!tree_read(t, node, 1, t->run))
        return false;
    if (tree_cells(t, t->run, LEAF) != SIZE_MAX) /* a small table's root */
        return tree_leaf(t, t->run, visit, ctx);
    fine = tree_add_children(t, node, &leaves) &&
           tree_leaves(t, leaves.node, leaves.n, visit, ctx);
    free(leaves.node);
    return fine;
}

/* ---- the table ---- */

/* An integer that SQL answers with; -1: none. */
static int64_t tree_ask(sqlite3 *db, const char *sql, const char *table,
                        const char *column)
{
    sqlite3_stmt *q = NULL;
    int64_t n = -1;

    if (sqlite3_prepare_v2(db, sql, -1, &q, NULL) == SQLITE_OK) {
        if (table)
            sqlite3_bind_text(q, 1, table, -1, SQLITE_STATIC);
        if (column)
            sqlite3_bind_text(q, 2, column, -1, SQLITE_STATIC);
        if (sqlite3_step(q) == SQLITE_ROW &&
            sqlite3_column_type(q, 0) == SQLITE_INTEGER)
            n = sqlite3_column_int64(q, 0);
    }
    sqlite3_finalize(q);
    return n;
}

sqlite3_file *tree_file(sqlite3 *db)
{
    sqlite3_file *file = NULL;

    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) !=
            SQLITE_OK ||
        !file || !file->pMethods)
        return NULL;
    return file;
}

/* The page's size as the file says it, which knows what is reserved, too. */
static bool tree_read_head(struct tree_shape *s, sqlite3 *db)
{
    unsigned char head[HEAD_BYTES];
    sqlite3_file *file = tree_file(db);

    if (!file ||
        file->pMethods->xRead(file, head, HEAD_BYTES, 0) != SQLITE_OK ||
        memcmp(head, "SQLite format 3", 16) != 0)
        return false;
    s->page_bytes = tree_two(head + 16) == 1 ? 65536 : tree_two(head + 16);
    s->usable = s->page_bytes - head[20];
    return s->page_bytes >= LEAST_PAGE && s->usable >= LEAST_USABLE;
}

bool tree_find(struct tree_shape *s, sqlite3 *db, const char *table,
               const char *column, size_t vector_bytes)
{
    /* A column that is computed is not in the record: then all is odd. */
    int64_t at = tree_ask(db,
                          "SELECT cid FROM pragma_table_xinfo(?1) "
                          "WHERE name = ?2 AND NOT EXISTS("
                          "SELECT 1 FROM pragma_table_xinfo(?1) "
                          "WHERE hidden <> 0)",
                          table, column);
    int64_t root = tree_ask(db,
                            "SELECT rootpage FROM sqlite_master "
                            "WHERE type = 'table' AND name = ?1",
                            table, NULL);
    int64_t pages = tree_ask(db, "PRAGMA page_count", NULL, NULL);

    if (at < 0 || root < 2 || pages < root || pages > UINT32_MAX)
        return false;
    s->column = (size_t)at;
    s->root = (uint32_t)root;
    s->page_count = (uint32_t)pages;
    s->vector_bytes = vector_bytes;
    return tree_read_head(s, db);
}

bool tree_start(struct sqlite_tree *t, sqlite3_file *file)
{
    const struct tree_shape *s = &t->shape;

    t->file = file;
    t->left = 2 * (uint64_t)s->page_count; /* interior ones come twice */
    t->run = malloc(RUN_BYTES + s->page_bytes + s->vector_bytes);
    if (!t->run)
        return false;
    t->link = t->run + RUN_BYTES;
    t->vector = t->link + s->page_bytes;
    return true;
}

bool tree_open(struct sqlite_tree *t, const struct tree_shape *shape,
               sqlite3 *db)
{
    sqlite3_file *file = tree_file(db);

    t->shape = *shape;
    return file && tree_start(t, file);
}

void tree_close(struct sqlite_tree *t)
{
    free(t->run);
    t->run = NULL;
}
