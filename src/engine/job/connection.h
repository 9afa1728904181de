/*
 * A worker's connection: its own instance of the embedder or the store, opened
 * for its endpoint with that endpoint's key.
 *
 * Threads     The worker; before the worker starts, the ticker.
 */
#ifndef BATCHTOP_ENGINE_JOB_CONNECTION_H
#define BATCHTOP_ENGINE_JOB_CONNECTION_H

#include "engine/engine.h"

/* fails    as open() of the provider. */
bool connection_open(struct worker *w, const char *key, struct error *err);
void connection_close(struct worker *w);

/* After a resume from a hold: read the key again and open the provider again.
 * False when that failed and the stage holds again. */
bool connection_reload_key(struct worker *w);

/* What a person has to do when the service refuses the worker's key: a variable
 * cannot change during a run, a file can. */
void connection_key_remedy(const struct worker *w, char *to, size_t size);
/* The service wants a key and the user gave none: put the name of its variable
 * before the error's words. */
void connection_name_key(const struct stage *stage, struct error *err);

#endif
