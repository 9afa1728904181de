/*
 * What the program says about its commands and options.
 *
 * Threads     The caller's.
 */
#ifndef BATCHTOP_CMD_CMD_HELP_H
#define BATCHTOP_CMD_CMD_HELP_H

#include <stdio.h>

#include "host/cmd.h"

/* Ten lines for somebody who typed the name alone. */
void help_short(FILE *to);
/* Every command, option, embedder and store. */
void help_all(FILE *to, const struct cmd *commands, size_t count);
/* A page for one command, with the options that matter most to it and two
 * examples. At most 24 lines of 80 columns. */
void help_page(FILE *to, const struct cmd *c);

#endif
