/*
 * What the files behind replies.h share: replies_rows.c reads vectors,
 * replies.c the rest.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_REPLIES_PARTS_H
#define BATCHTOP_TESTS_SUPPORT_REPLIES_PARTS_H

#include "tests/support/replies.h"

/* Abort unless it is so, with these words and the answer. */
void reply_claim(bool is_so, const char *what, struct text json);

bool rows_openai(struct text json, struct error *err);
bool rows_cohere(struct text json, struct error *err);
bool rows_gemini(struct text json, struct error *err);
bool rows_ollama(struct text json, struct error *err);
bool rows_bare(struct text json, struct error *err);

#endif
