/*
 * A run in which nothing is to be done, and one at a limit of requests, for the
 * tests of core/suggest.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_DESKS_SUGGEST_DESK_H
#define BATCHTOP_TESTS_SUPPORT_DESKS_SUGGEST_DESK_H

#include "core/suggest/suggest.h"

enum { DESK_WALL_S = 1795529232, SECOND_MS = 1000 };

extern struct snapshot desk_moment;
extern struct suggest desk_suggest;
extern struct suggest_facts desk_facts;
extern int64_t desk_wall_s;

/* The embedder is the bottleneck and everything is found out. */
int desk_begin(void **state);
void desk_stage(struct stage_view *v, uint32_t workers, uint32_t batch);
/* Workers wait for --rpm most of their time, with 20 documents a request. */
void desk_limit(void);
/* So many seconds go by, in which each worker has an answer. */
void desk_pass(int seconds);
void desk_says(const char *text);

#endif
