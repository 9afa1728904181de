/*
 * The pages of a table of vectors: each vector that is found lies in memory
 * that was read, and there is an end.
 *
 * In front of the pages stand two bytes: the column of the vectors (@ABC: 0 to
 * 3), and how many bytes each page reserves (@ABC...: none, one, two ...). Pages
 * have 512 bytes, vectors 16, and the table's root is the second page.
 */
#include "config.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "store/files/sqlite_tree.h"

enum { PAGE = 512, BYTES = 16, MOST_VISITS = PAGE };

struct memory_file {
    sqlite3_file base;
    struct text bytes;
};

static int memory_read(sqlite3_file *base, void *to, int n, sqlite3_int64 at)
{
    const struct memory_file *f = (const struct memory_file *)base;

    if (at + n > (sqlite3_int64)f->bytes.len)
        return SQLITE_IOERR_SHORT_READ;
    memcpy(to, f->bytes.ptr + at, (size_t)n);
    return SQLITE_OK;
}

struct visits {
    uint64_t n, most;
    unsigned char sum;
};

static void visit(void *ctx, int64_t rowid, const void *vector)
{
    struct visits *v = ctx;
    unsigned char bytes[BYTES];

    (void)rowid;
    memcpy(bytes, vector, BYTES);
    for (size_t i = 0; i < BYTES; i++)
        v->sum ^= bytes[i];
    fuzz_claim(++v->n <= v->most, "more rows than the file has room for");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const sqlite3_io_methods methods = { .iVersion = 1,
                                                .xRead = memory_read };
    struct text input = { (const char *)data, size };
    struct sqlite_tree t = { .run = NULL };
    struct memory_file file = { .base.pMethods = &methods };
    struct visits seen = { 0, 0, 0 };
    uint32_t *nodes = NULL;
    size_t n = 0;
    bool fine;

    t.shape.column = fuzz_byte(&input) % 4;
    t.shape.usable = PAGE - fuzz_byte(&input) % 32;
    t.shape.page_bytes = PAGE;
    t.shape.root = 2;
    t.shape.page_count = (uint32_t)(input.len / PAGE);
    t.shape.vector_bytes = BYTES;
    file.bytes = input;
    seen.most = 2 * (uint64_t)t.shape.page_count * MOST_VISITS;
    fine = tree_start(&t, &file.base) && tree_nodes(&t, &nodes, &n);
    for (size_t i = 0; fine && i < n; i++)
        fine = tree_rows(&t, nodes[i], visit, &seen);
    free(nodes);
    tree_close(&t);
    return 0;
}
