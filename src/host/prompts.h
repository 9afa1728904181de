/*
 * A hand on a run without a screen: what is typed into the terminal, a line at
 * a time, and questions with numbered answers. Nothing is redrawn, so it works
 * with any terminal, a screen reader or a braille line.
 *
 * Threads     The one that looks at the run. Nothing here waits for a line.
 */
#ifndef BATCHTOP_HOST_PROMPTS_H
#define BATCHTOP_HOST_PROMPTS_H

#include "api/door.h"
#include "options/options.h"

#include <stdio.h>

struct prompts;

/* NULL where nobody can answer: no terminal at both ends, a corpus that is
 * typed, or lines for a program (--json, --progress=json). Questions go to
 * `to`. */
struct prompts *prompts_new(FILE *to, const struct door *door,
                            const struct options *opt);
void prompts_free(struct prompts *p); /* NULL is fine */

/* Do what was typed since the last call; s: the run now. True while a
 * question waits for its answer. */
bool prompts_look(struct prompts *p, const struct snapshot *s);

#endif
