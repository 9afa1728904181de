/*
 * Power failures for what SQLite keeps: between it and the disk, everything
 * that is written to a folder is remembered, and what a sync has not reached
 * may be lost. At each sync, and at each file that is deleted, the folder is
 * made as a failure at that moment could have left it: without anything that
 * was not synced, and with some of it, in sectors, out of order.
 *
 * Real syncs are left out. Threads: any.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_POWER_H
#define BATCHTOP_TESTS_SUPPORT_POWER_H

#include <stdbool.h>
#include <stddef.h>

/* From here on, for files in `folder` and below; images of it are made in
 * `image`, one after the other, and each is shown. `fails` is called by the
 * thread that syncs, one at a time; what it opens is not watched. */
bool power_watch(const char *folder, const char *image,
                 void (*fails)(void *ctx, const char *image), void *ctx);
/* Once nothing in the folder is open any more. */
void power_unwatch(void);

/* Failures so far. */
size_t power_failures(void);

#endif
