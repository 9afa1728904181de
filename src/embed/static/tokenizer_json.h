/* How to read a tokenizer.json, for tokenizer_load.c and tokenizer_vocab.c. */
#ifndef BATCHTOP_EMBED_STATIC_TOKENIZER_JSON_H
#define BATCHTOP_EMBED_STATIC_TOKENIZER_JSON_H

#include "embed/static/tokenizer_parts.h"
#include "util/json.h"

struct json_field {
    const char *name;
    struct json_value *to; /* unchanged when there is no such member */
};

/* False when it is not an object. */
bool json_fields(const struct json_value *object, struct json_field *fields,
                 size_t n);
/* Append the characters of a string; false when it is none, or no memory. */
bool json_runes(const struct json_value *v, struct runes *to);

/* CONFIG: "PATH: WHAT [PART]"; returns false. */
bool tokenizer_refuse(const struct tokenizer *t, struct error *err,
                      const char *what, const struct json_value *part);

/* The model and the added tokens (NULL: none), after the normalizers. */
bool tokenizer_load_vocab(struct tokenizer *t, const struct json_value *model,
                          const struct json_value *added, struct error *err);

#endif
