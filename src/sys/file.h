/* Files: the parts that must be done carefully, once. */
#ifndef BATCHTOP_SYS_FILE_H
#define BATCHTOP_SYS_FILE_H

#include "util/buf.h"
#include "util/error.h"

/* Append a whole file to `to`; one of more than `limit` bytes is an error. */
bool file_slurp(const char *path, size_t limit, struct buf *to,
                struct error *err);

/* A key file: regular, ours, no group or other bits, no symlink; the first
 * line without its end. CONFIG with the remedy otherwise. */
bool file_read_key(const char *path, struct buf *to, struct error *err);

/* read(2) until n bytes, the end or an error; EINTR is retried. Returns the
 * count, -1 with errno set. */
long file_read(int fd, void *to, size_t n);
bool file_write_all(int fd, const void *data, size_t n, struct error *err);

/* mkdir -p with mode 0700; an existing directory is fine. */
bool file_make_dir(const char *path, struct error *err);

/*
 * Can a file of that name be made, or the one that is there be written, and
 * another made beside it (a journal)? True, or LOCAL with the kernel's reason:
 * libraries that try again for reading report the second failure. Makes and
 * removes PATH.probe; opens nothing that is there, so no lock is lost.
 */
bool file_writable(const char *path, struct error *err);

/* Wait until fd can be read. 1 readable, 0 stop_fd spoke first (or -1 for
 * none), -1 error. */
int file_wait(int fd, int stop_fd);
/* Nothing comes out of it: a pipe whose other end is closed, waited for so
 * long; a device, be it the null device or a terminal, which is not waited
 * for. Takes nothing from it. */
bool file_is_dry(int fd, int wait_ms);

#endif
