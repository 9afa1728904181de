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
/* The service refuses the worker's key, or wants one that is not there: put the
 * name of its variable or file, never the key, before the error's words. */
void connection_name_key(const struct worker *w, struct error *err);
/* The first answer did not come: what to look at before the same line is typed
 * again, with the option's name; "" where nothing but the service can help. */
void connection_first_aid(const struct worker *w, const struct error *err,
                          char *to, size_t size);

#endif
