/*
 * Metadata for stores that take less than any JSON: every member is looked at
 * before it goes into a body, and a record with one that the store would not
 * take is set aside with a sentence that names the member.
 */
#ifndef BATCHTOP_STORE_STORE_META_H
#define BATCHTOP_STORE_STORE_META_H

#include "store/store_body.h"

/* What a store takes beyond strings, booleans and numbers. */
enum {
    META_STRINGS = 1,    /* lists of strings */
    META_LISTS = 2,      /* lists of one scalar type, none of them null */
    META_OBJECTS = 4,    /* nested objects and lists of anything */
    META_DOUBLES = 8,    /* but integers only up to 2^53: larger as strings */
    META_INT64 = 16,     /* but what has no point has to fit 64 bits: else as
                            a string */
};

struct meta_rules {
    const char *store; /* its name, for the sentence */
    const char *takes; /* "strings, numbers and booleans" */
    unsigned also;
    /* Why a member cannot have that name, "begins with \"$\""; NULL: it can. */
    const char *(*bad_name)(struct text name);
};

/* The options of the URL that every such store has. */
#define META_OPTIONS "metadata", "text"

struct store_meta {
    const struct meta_rules *rules;
    bool as_json;         /* ?metadata=json: one string, under "metadata" */
    const char *text_key; /* ?text=KEY or "text"; NULL: ?text=none */
    struct buf name;
};

/* Read the options; the words live as long as `s`. fails CONFIG. */
bool store_meta_init(struct store_meta *m, const struct store_http *s,
                     const struct meta_rules *rules, struct error *err);
void store_meta_release(struct store_meta *m);

/*
 * Append `"k":v` for each member of item->metadata, with a comma in front of
 * each when `comma`, else of each but the first. Null members are left out:
 * the record is replaced as a whole, so absent says the same.
 *
 * False: item->why says which member breaks what rule.
 */
bool store_meta_put(struct buf *b, struct store_meta *m,
                    struct upsert_item *item, bool comma);

#endif
