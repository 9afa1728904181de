/*
 * The figures of a run as OpenMetrics text, in a file that is whole at any
 * moment: for the textfile collector of a node exporter. docs/metrics.md has
 * the names.
 *
 * Format      OpenMetrics 1.0, read on 2026-11-30 at
 *             github.com/prometheus/OpenMetrics
 * Secrets     There are none in it: its labels are the job, words of ours and
 *             the release.
 */
#ifndef BATCHTOP_HOST_METRICS_H
#define BATCHTOP_HOST_METRICS_H

#include "api/snapshot.h"
#include "util/buf.h"

/* Append all figures that are known, up to the line that ends them. wall_s: the
 * time of the snapshot. */
void metrics_text(struct buf *to, const struct snapshot *s, int64_t wall_s);

/* Can the file be written, and replaced?
 *
 * fails    CONFIG: it cannot, with the reason of the system. */
bool metrics_check(const char *path, struct error *err);

/* Replace the file by the figures of now; an old one stays when that fails.
 *
 * fails    LOCAL */
bool metrics_write(const char *path, const struct snapshot *s,
                   struct error *err);

#endif
