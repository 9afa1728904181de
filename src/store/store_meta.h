/* Metadata for stores that take less than any JSON: we check every member
 * before we pay for the record, and set a record aside, with a sentence that
 * names the member, if the store would refuse one. */
#ifndef BATCHTOP_STORE_STORE_META_H
#define BATCHTOP_STORE_STORE_META_H

#include "store/store_body.h"
#include "util/json.h"

/* What a store takes beyond strings, booleans and numbers. */
enum {
    META_STRINGS = 1 << 0, /* lists of strings */
    META_LISTS = 1 << 1,   /* lists of one scalar type, none of them null */
    META_OBJECTS = 1 << 2, /* nested objects and lists of anything */
    META_FILLED = 1 << 3,  /* but no empty lists: they would vanish */
    META_DOUBLES = 1 << 4, /* but integers only up to 2^53: larger as strings */
    META_INT64 = 1 << 5,   /* but without a point it must fit 64 bits: else as a
                              string */
    META_EXACT53 = 1 << 6, /* but no integers above 2^53, not even nested: they
                              would be rounded */
    META_NESTED53 = 1 << 7, /* the same for nested ones only */
    META_EXACT64 = 1 << 8,  /* the same for those beyond signed 64 bits */
    META_LOWERED = 1 << 9,  /* it makes a name's first letter small: no two may
                               differ in that alone */
    META_TEXT_APART = 1 << 10 /* the text is no member: one may have its name */
};

struct meta_rules {
    const char *store; /* its name, for the sentence */
    const char *takes; /* "strings, numbers and booleans" */
    unsigned also;
    /* Why a member cannot have that name, "begins with \"$\""; NULL: it can. */
    const char *(*bad_name)(struct text name);
    /* Objects and lists as in meta_inside.h; NULL: any. */
    bool (*inner_name)(struct text name);
};

/* The options of the URL that every such store has. */
#define META_OPTIONS "metadata", "text"

struct store_meta {
    const struct meta_rules *rules;
    bool as_json;         /* ?metadata=json: one string, under "metadata" */
    const char *text_key; /* ?text=KEY or "text"; NULL: ?text=none */
};

/* Read the options, NULL if they are not given; their texts must live on. fails
 * CONFIG. */
bool store_meta_init(struct store_meta *m, const char *metadata,
                     const char *text, const struct meta_rules *rules,
                     struct error *err);

/* Does the store take item->metadata? False: item->why says which member breaks
 * what rule. `room` is scratch. */
bool store_meta_takes(const struct store_meta *m, struct upsert_item *item,
                      struct buf *room);

/*
 * Append `"k":v` for each member of metadata that the store takes, with a comma
 * in front of each when `comma`, else of each but the first. It leaves out null
 * members: a record is replaced as a whole, so absent means the same.
 */
void store_meta_put(struct buf *b, const struct store_meta *m,
                    const struct upsert_item *item, bool comma);

/* Are all of them one text, item->metadata itself? */
bool store_meta_whole(const struct store_meta *m,
                      const struct upsert_item *item);
/* The members that store_meta_put() writes, one by one; false: there are none,
 * or they are one text. */
bool store_meta_begin(const struct store_meta *m,
                      const struct upsert_item *item, struct json_cursor *c);
bool store_meta_next(struct json_cursor *c, struct json_value *name,
                     struct json_value *v);
/* Is that number written as a text, because the store would round it? */
bool store_meta_as_text(const struct store_meta *m,
                        const struct json_value *v);

#endif
