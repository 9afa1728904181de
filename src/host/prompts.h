/*
 * Commands to a run without a screen: lines that a user types, and questions
 * with numbered answers. It redraws nothing, so it works with any terminal, a
 * screen reader or a braille line.
 *
 * Threads     The one that follows the run. No function waits for a line.
 */
#ifndef BATCHTOP_HOST_PROMPTS_H
#define BATCHTOP_HOST_PROMPTS_H

#include "api/door.h"
#include "options/options.h"

#include <stdio.h>

struct prompts;

/* NULL if nobody can answer: no terminal at both ends, a corpus from the
 * terminal, or lines for a program (--json, --progress=json). It prints
 * questions to `to`. */
struct prompts *prompts_new(FILE *to, const struct door *door,
                            const struct options *opt);
void prompts_free(struct prompts *p); /* NULL is fine */

/* Do what the user typed since the last call; s: the run now. True while a
 * question waits for its answer. */
bool prompts_look(struct prompts *p, const struct snapshot *s);

#endif
