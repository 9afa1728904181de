/*
 * The option, the command or the variable that a word was probably meant for:
 * by what other programs call it, else by its letters (near.h).
 *
 * Threads     Any; guess_stray_variable() reads the environment.
 */
#ifndef BATCHTOP_OPTIONS_GUESS_H
#define BATCHTOP_OPTIONS_GUESS_H

#include <stdbool.h>
#include <stddef.h>

#include "options/options.h"

enum { GUESS_MAX = 80 };

/* As it is typed, with its dashes or "batchtop"; NULL: none. `word` has no
 * dashes. */
const char *guess_option(const char *word, char to[GUESS_MAX]);
/* `names` ends with NULL. What comes is typed as it stands: "batchtop jobs". */
const char *guess_command(const char *word, const char *const *names,
                          char to[GUESS_MAX]);

/* A sentence about the next variable BATCHTOP_NAME from *at on that is no
 * option's and no key, by its name or by an option. *at is 0 at first. False:
 * there is no more. */
bool guess_stray_variable(const struct options *o, size_t *at, char *to,
                          size_t size);

#endif
