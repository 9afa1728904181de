/* This file knows where the sockets are, and who may connect. */
#include "config.h"
#include "remote/remote.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

int remote_folder(const char *dir, bool make, struct error *err)
{
    char path[4096];
    struct stat st;
    int fd;

    if (snprintf(path, sizeof path, "%s/.run", dir) >= (int)sizeof path) {
        error_set(err, ERROR_LOCAL, ENAMETOOLONG,
                  "the name of the checkpoint directory is too long");
        return -1;
    }
    if (make && mkdir(path, 0700) != 0 && errno != EEXIST) {
        error_errno(err, errno, "making %.120s", path);
        return -1;
    }
    fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        error_errno(err, errno, "%.120s", path);
        return -1;
    }
    if (fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
        (st.st_mode & 077) == 0)
        return fd;
    close(fd);
    error_set(err, ERROR_FOREIGN, EPERM,
              "%.120s is not a folder for you alone: remove it", path);
    return -1;
}

void remote_address(struct sockaddr_un *to, int folder, const char *job)
{
    memset(to, 0, sizeof *to);
    to->sun_family = AF_UNIX;
    snprintf(to->sun_path, sizeof to->sun_path, "/proc/self/fd/%d/%.64s.sock",
             folder, job);
}

bool remote_same_user(int fd)
{
    struct ucred who;
    socklen_t size = sizeof who;

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 &&
           who.uid == geteuid();
}

bool remote_path(char *to, size_t size, const char *given, struct error *err)
{
    char *here = *given == '/' ? strdup("") : getcwd(NULL, 0);
    int n = here ? snprintf(to, size, "%s%s%s", here, *here ? "/" : "", given)
                 : -1;

    free(here);
    if (n > 0 && n < (int)size)
        return true;
    return error_set(err, ERROR_CONFIG, 0,
                     "the path of the export is too long: at most %zu bytes "
                     "with its directory",
                     size - 1);
}
