/*
 * Read a corpus file, pipe or standard input in large blocks: plain, gzip
 * (several members) or zstd (several frames), told apart by their first bytes.
 *
 * Threads     One at a time.
 */
#ifndef BATCHTOP_SOURCE_STREAM_H
#define BATCHTOP_SOURCE_STREAM_H

#include "source/source.h"

struct stream;

enum stream_status { STREAM_BYTES, STREAM_END, STREAM_STOPPED, STREAM_FAILED };

/* window_bytes: the largest window of a zstd frame; 0: 128 MiB. */
struct stream *stream_open(const char *path, size_t window_bytes, int stop_fd,
                           struct error *err);
void stream_close(struct stream *s);

/* Up to `room` uncompressed bytes, *got of them (> 0 on STREAM_BYTES).
 * fails    LOCAL: read error, file cut while we read it. INPUT: damaged, or too
 *          little memory; later calls then fail in the same way. */
enum stream_status stream_read(struct stream *s, char *to, size_t room,
                               size_t *got, struct error *err);

/* Go to this offset: any of a plain file, the beginning of a packed one. Not in
 * a pipe. */
bool stream_seek(struct stream *s, uint64_t offset, struct error *err);

/* The same for a newly opened stream of any kind: one that cannot seek reads
 * forward. */
bool stream_reach(struct stream *s, uint64_t offset, struct error *err);

/* Raw bytes of the file consumed, and its size (0: unknown). */
void stream_progress(const struct stream *s, uint64_t *done, uint64_t *size);
/* Nothing was read from it, and nothing will come (file_is_dry()). */
bool stream_is_dry(const struct stream *s);
bool stream_seekable(const struct stream *s);
bool stream_plain(const struct stream *s); /* raw bytes are what it returns */
/* The program that unpacks it ("gzip"); NULL: it is plain. Borrowed. */
const char *stream_packing(const struct stream *s);
int stream_fd(const struct stream *s);
const char *stream_name(const struct stream *s); /* printable */

#endif
