/*
 * Write failures to a file, one line of JSON each, for the command EXPORT.
 *
 * It replaces an existing file only if the command says so, and as a whole: the
 * old one stays until the new one is complete.
 */
#ifndef BATCHTOP_ENGINE_FAILURE_EXPORT_H
#define BATCHTOP_ENGINE_FAILURE_EXPORT_H

#include "engine/engine.h"

/* May it write to this path? For the caller, before the command is queued.
 * fails    CONFIG; with code EEXIST when `overwrite` would allow it. */
bool failure_export_check(const struct command *c, struct error *err);

/* Write them; a notice tells the result. */
void failure_export(struct run *r, const struct command *c);

#endif
