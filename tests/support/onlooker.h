/*
 * One who looks at a run and presses keys, in memory: what a snapshot from
 * another process has to go through without harm.
 *
 * Threads     One; there is one onlooker.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_ONLOOKER_H
#define BATCHTOP_TESTS_SUPPORT_ONLOOKER_H

#include "api/snapshot.h"

bool onlooker_begin(void);
void onlooker_end(void);
/* As a console does: the screen, its dialogs, the next key of a script, and
 * the plain log. False: no memory. */
bool onlooker_use(const struct snapshot *s);

#endif
