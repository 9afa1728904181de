/*
 * How the words for --embed and --store begin: "openai:", "local",
 * "qdrant+https://".
 *
 * Pure.
 */
#ifndef BATCHTOP_CMD_SERVICE_FORMS_H
#define BATCHTOP_CMD_SERVICE_FORMS_H

#include "embed/embedder.h"
#include "store/store.h"

/* summary: what it is; key: the variable that holds its key, or NULL. */
typedef void service_form_fn(void *arg, const char *form, const char *summary,
                             const char *key);

void service_forms_embed(service_form_fn *each, void *arg);
void service_forms_store(service_form_fn *each, void *arg);

/* "local" or "openai:" in to[40]. */
const char *service_form_embed(const struct embedder_ops *e, char to[40]);

#endif
