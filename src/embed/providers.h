/* The faces of the providers, for the table in embedders.c. */
#ifndef BATCHTOP_EMBED_PROVIDERS_H
#define BATCHTOP_EMBED_PROVIDERS_H

#include "embed/embedder.h"

extern const struct embedder_ops embedder_local, embedder_openai,
    embedder_static;

#endif
