/* This file maps a file and closes it at once, since the mapping outlives the
 * descriptor. An empty file has no mapping and no data. */
#include "config.h"
#include "sys/mapped.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static bool map_fd(struct mapped *m, int fd, const char *path,
                   struct error *err)
{
    struct stat st;
    void *at;

    if (fstat(fd, &st) != 0)
        return error_errno(err, errno, "%s", path);
    if (!S_ISREG(st.st_mode))
        return error_set(err, ERROR_CONFIG, 0, "%s is not a regular file",
                         path);
    if (st.st_size == 0)
        return true;
    at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED)
        return error_errno(err, errno, "mapping %s", path);
    m->data = at;
    m->size = (size_t)st.st_size;
    return true;
}

bool mapped_open(struct mapped *m, const char *path, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool done;

    *m = (struct mapped){ 0 };
    if (fd < 0) {
        error_errno(err, errno, "%s", path);
        err->kind = ERROR_CONFIG;
        return false;
    }
    done = map_fd(m, fd, path, err);
    close(fd);
    return done;
}

void mapped_close(struct mapped *m)
{
    if (m->data)
        munmap((void *)(uintptr_t)m->data, m->size);
    *m = (struct mapped){ 0 };
}
