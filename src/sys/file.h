/* Operations on files that need care, in one place. */
#ifndef BATCHTOP_SYS_FILE_H
#define BATCHTOP_SYS_FILE_H

#include <dirent.h>

#include "util/buf.h"
#include "util/error.h"

enum { FILE_LIMIT_FEW = 4096 };

/* Append a whole file to `to`; one of more than `limit` bytes is an error. */
bool file_slurp(const char *path, size_t limit, struct buf *to,
                struct error *err);

/* Append the first line of a key file, without its end. It must be regular,
 * ours, no symlink, without group or other bits. CONFIG with the remedy
 * otherwise. */
bool file_read_key(const char *path, struct buf *to, struct error *err);

/* read(2) until n bytes, the end or an error; EINTR is retried. Returns the
 * count, -1 with errno set. */
long file_read(int fd, void *to, size_t n);
bool file_write_all(int fd, const void *data, size_t n, struct error *err);

/* mkdir -p with mode 0700; an existing directory is fine. */
bool file_make_dir(const char *path, struct error *err);

/*
 * Can we create the file, or write the existing one, and create another beside
 * it (a journal)? True, or LOCAL with the kernel's reason; libraries that open
 * again for reading would report the second failure. It makes and removes
 * PATH.probe and opens no existing file, so no lock is lost.
 */
bool file_writable(const char *path, struct error *err);

/* scandir() of the directory that is open at `dir`; -1: errno says why. */
int file_scan(int dir, struct dirent ***names,
              int (*wanted)(const struct dirent *),
              int (*order)(const struct dirent **, const struct dirent **));

/* Wait until fd can be read. 1: readable; 0: stop_fd (or -1 for none) became
 * readable first; -1: error. */
int file_wait(int fd, int stop_fd);
/* Can fd give nothing? True for a pipe whose other end is closed (waits wait_ms
 * for it) and for a device: the null device or a terminal, without a wait.
 * Reads nothing. */
bool file_is_dry(int fd, int wait_ms);

/* Let the process open so many files at once, or as many as the hard limit
 * allows, where the soft one is lower. */
void file_allow(size_t most);
/* How many more files the process may open; *most: how many at once in all
 * (ulimit -n). SIZE_MAX where that is more than FILE_LIMIT_FEW. */
size_t file_left(size_t *most);

#endif
