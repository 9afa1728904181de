/* What OpenAI's own service and Azure's have in common: the models and the body
 * of a request. For these two providers only. */
#ifndef BATCHTOP_EMBED_PROVIDERS_OPENAI_H
#define BATCHTOP_EMBED_PROVIDERS_OPENAI_H

#include "embed/embed_http.h"

enum { OPENAI_MOST_TEXTS = 2048 };

extern const struct embed_model openai_models[];

/* Write h->head, with `model` in it. */
void openai_head(struct embed_http *h, const char *model);

#endif
