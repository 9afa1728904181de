/*
 * The bytes of a corpus file in large blocks: plain, gzip (several members) or
 * zstd (several frames), told apart by their first bytes; files, pipes and
 * standard input.
 *
 * Threads     One; but stream_hash() only uses pread() and may be called by
 *             another.
 */
#ifndef BATCHTOP_SOURCE_STREAM_H
#define BATCHTOP_SOURCE_STREAM_H

#include "source/source.h"

struct stream;

enum stream_status { STREAM_BYTES, STREAM_END, STREAM_STOPPED, STREAM_FAILED };

/* window_bytes: what a zstd frame may ask for; 0: 128 MiB. */
struct stream *stream_open(const char *path, size_t window_bytes, int stop_fd,
                           struct error *err);
void stream_close(struct stream *s);

/* Up to `room` uncompressed bytes, *got of them (> 0 on STREAM_BYTES).
 * fails    LOCAL: read error, cut while it was read. INPUT: damaged, or more
 *          memory needed than there is; then each call says the same. */
enum stream_status stream_read(struct stream *s, char *to, size_t room,
                               size_t *got, struct error *err);

/* Go to this offset: any of a plain file, the beginning of a packed one. A
 * pipe goes nowhere. */
bool stream_seek(struct stream *s, uint64_t offset, struct error *err);

/* The same for a stream that was just opened, and of any kind: what cannot seek
 * reads forward. */
bool stream_reach(struct stream *s, uint64_t offset, struct error *err);

/* Raw bytes of the file consumed, and its size (0: unknown). */
void stream_progress(const struct stream *s, uint64_t *done, uint64_t *size);
/* Not a byte was taken from it, and none comes (file_is_dry()). */
bool stream_is_dry(const struct stream *s);
bool stream_seekable(const struct stream *s);
bool stream_plain(const struct stream *s); /* raw and read bytes are one */
/* The program that unpacks it ("gzip"); NULL: it is plain. Borrowed. */
const char *stream_packing(const struct stream *s);
int stream_fd(const struct stream *s);
const char *stream_name(const struct stream *s); /* printable */

#endif
