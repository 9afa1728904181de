/*
 * Words for a shell.
 *
 * Pure.
 */
#ifndef BATCHTOP_OPTIONS_SHELL_H
#define BATCHTOP_OPTIONS_SHELL_H

#include "util/buf.h"

/* Append the word as a shell reads it back: as it is if it has only plain
 * letters, else within single quotes. */
void shell_quote(const char *word, struct buf *to);

#endif
