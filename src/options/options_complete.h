/*
 * The table of options, and the profiles of a configuration, as a shell's
 * completion needs them.
 *
 * Threads     Any.
 */
#ifndef BATCHTOP_OPTIONS_OPTIONS_COMPLETE_H
#define BATCHTOP_OPTIONS_OPTIONS_COMPLETE_H

#include "options/options.h"

enum option_wants {
    OPTION_WANTS_NOTHING, /* a flag */
    OPTION_WANTS_WORD,    /* one of *words, between '|' */
    OPTION_WANTS_FILE,    /* or a folder */
    OPTION_WANTS_TEXT,
    OPTION_UNKNOWN
};

/* What stands behind an option, by its name without the dashes ("k", "n" and
 * "q" are the short ones, too). */
enum option_wants options_wants(const char *name, size_t len,
                                const char **words);

/* Each option as "--name", with its help. */
void options_each(void (*each)(void *arg, const char *name, const char *help),
                  void *arg);

/* Each profile of this configuration; "": of the user's. None where it cannot
 * be read: a completion has no place to say why. */
void options_each_profile(const char *config,
                          void (*each)(void *arg, const char *name), void *arg);

#endif
