/*
 * The failures as a file: one line of JSON each, for the command EXPORT.
 *
 * A file that was there is replaced only when that was asked for, and then as
 * a whole: until the new one is complete the old one stays.
 */
#ifndef BATCHTOP_ENGINE_FAILURE_EXPORT_H
#define BATCHTOP_ENGINE_FAILURE_EXPORT_H

#include "engine/engine.h"

/* May it go to this path? For whoever asks, before the command is queued.
 * fails    CONFIG; with code EEXIST when `overwrite` would allow it. */
bool failure_export_check(const struct command *c, struct error *err);

/* Write them; what came of it goes onto the message line. */
void failure_export(struct run *r, const struct command *c);

#endif
