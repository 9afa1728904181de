/* A folder for each test: made, named into, and removed with all it holds. */
#include "config.h"
#include "tests/support/home.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FOLDERS_OPEN = 16 };

char home[64], checkpoints[80];

int make_home(void **state)
{
    (void)state;
    strcpy(home, "/tmp/batchtop-test-XXXXXX");
    if (!mkdtemp(home))
        return -1;
    snprintf(checkpoints, sizeof checkpoints, "%s/checkpoints", home);
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

int remove_tree(const char *path)
{
    return nftw(path, remove_one, FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS);
}

int remove_home(void **state)
{
    (void)state;
    return remove_tree(home);
}

const char *in_home(const char *name)
{
    static char path[4][160];
    static unsigned turn;

    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", home, name);
    return path[turn];
}

void write_file(const char *path, const void *bytes, size_t n)
{
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), (ssize_t)n);
    close(fd);
}

void slurp(const char *path, char *to, size_t size)
{
    FILE *f = fopen(path, "r");
    size_t n;

    assert_non_null(f);
    n = fread(to, 1, size - 1, f);
    to[n] = '\0';
    fclose(f);
}
