/*
 * Completion of command lines, for the scripts that `batchtop completion`
 * prints: they ask `batchtop --complete WORD...`, so that they know no option,
 * command or job themselves.
 *
 * Threads     The caller's.
 */
#ifndef BATCHTOP_CMD_COMPLETE_H
#define BATCHTOP_CMD_COMPLETE_H

#include "host/cmd.h"

/*
 * Print what the last of the words could become: a line each, VALUE or VALUE,
 * a tab and what it is. A line "!files PREFIX" says that names of files fit
 * behind the prefix, too. The words are those behind "batchtop".
 */
void complete_words(FILE *to, const struct cmd *commands, size_t count,
                    char *const *words, size_t word_count);

/* batchtop completion SHELL. */
int cmd_completion(struct options *opt);

#endif
