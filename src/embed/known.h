/*
 * What we know of models by their names: the words before a document and before
 * a query that they were trained with, extra members of a request, and whether
 * the first numbers of their vectors are vectors, too ("matryoshka"). Each row
 * names the page that says so.
 *
 * Threads     Any: all of it is constant.
 */
#ifndef BATCHTOP_EMBED_KNOWN_H
#define BATCHTOP_EMBED_KNOWN_H

#include <stdbool.h>
#include <stddef.h>

enum known_cut {
    KNOWN_CUT_UNKNOWN,
    KNOWN_CUT_FINE, /* trained to be cut */
    KNOWN_CUT_LOSES /* no: what we cut off is missed */
};

struct known_model {
    const char *pattern;  /* for fnmatch() with the model's name */
    const char *provider; /* for this embedder alone; NULL: for those whose
                             requests do not tell what a text is for */
    const char *doc_prefix, *query_prefix; /* NULL: none */
    const char *doc_extra, *query_extra;   /* a JSON object; NULL: none */
    bool passage;         /* "-passage" at the name's end becomes "-query" for
                             queries: the server goes by the name */
    enum known_cut cut;
    const char *source;
};

/* The first row that fits, for this provider; NULL: unknown. `tells`: its
 * requests tell what a text is for. */
const struct known_model *known_find(const char *provider, bool tells,
                                     const char *model);

/* The table, for tests and manuals; NULL behind the last. */
const struct known_model *known_at(size_t i);

#endif
