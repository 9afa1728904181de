/* The faces of the providers, for the table in embedders.c. */
#ifndef BATCHTOP_EMBED_PROVIDERS_H
#define BATCHTOP_EMBED_PROVIDERS_H

#include "embed/embedder.h"

extern const struct embedder_ops embedder_azure;
extern const struct embedder_ops embedder_cohere;
extern const struct embedder_ops embedder_exec;
extern const struct embedder_ops embedder_gemini;
extern const struct embedder_ops embedder_jina;
extern const struct embedder_ops embedder_local;
extern const struct embedder_ops embedder_mistral;
extern const struct embedder_ops embedder_ollama;
extern const struct embedder_ops embedder_openai;
extern const struct embedder_ops embedder_static;
extern const struct embedder_ops embedder_tei;
extern const struct embedder_ops embedder_voyage;

#endif
