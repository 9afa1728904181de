/*
 * The tools of the fuzz targets: bytes are taken from the front of an input, a
 * claim that does not hold aborts, and files go into a folder that is removed
 * at the end.
 */
#include "config.h"
#include "fuzz.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/str.h"

enum { FOLDERS_OPEN = 16, NAMES = 4 };

static char folder[200];

uint8_t fuzz_byte(struct text *input)
{
    if (input->len == 0)
        return 0;
    input->len--;
    return (uint8_t)*input->ptr++;
}

struct text fuzz_until(struct text *input, char end)
{
    const char *at = input->len ? memchr(input->ptr, end, input->len) : NULL;
    struct text taken = { input->ptr,
                          at ? (size_t)(at - input->ptr) : input->len };
    size_t used = taken.len + (at != NULL);

    *input = used ? (struct text){ input->ptr + used, input->len - used }
                  : *input;
    return taken;
}

void fuzz_claim(bool is_so, const char *what)
{
    if (is_so)
        return;
    fprintf(stderr, "fuzz: %s\n", what);
    abort();
}

void fuzz_claim_said(const struct error *err)
{
    char shown[sizeof err->text * 4];

    fuzz_claim(err->text[0] != '\0', "a failure without words");
    str_printable(shown, sizeof shown, text_of(err->text));
    if (strcmp(shown, err->text) != 0)
        fprintf(stderr, "said: %s\n", shown);
    fuzz_claim(strcmp(shown, err->text) == 0, "words that are not printable");
}

/* --- files ---------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *ftw)
{
    (void)st;
    (void)type;
    return ftw->level == 0 ? 0 : remove(path);
}

void fuzz_clean(void)
{
    if (folder[0])
        nftw(folder, remove_one, FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS);
}

static void leave(void)
{
    fuzz_clean();
    rmdir(folder);
}

static void make_folder(void)
{
    const char *parent = getenv("TMPDIR");

    snprintf(folder, sizeof folder, "%s/batchtop-fuzz-XXXXXX",
             parent && *parent ? parent : "/tmp");
    fuzz_claim(mkdtemp(folder) != NULL, "no folder for files");
    atexit(leave);
}

const char *fuzz_path(const char *name)
{
    static char path[NAMES][300];
    static size_t turn;

    if (!folder[0])
        make_folder();
    turn = (turn + 1) % NAMES;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

void fuzz_write(const char *path, struct text bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    fuzz_claim(fd >= 0, "no file for the input");
    while (bytes.len > 0) {
        ssize_t n = write(fd, bytes.ptr, bytes.len);

        fuzz_claim(n > 0, "no room for the input");
        bytes.ptr += n;
        bytes.len -= (size_t)n;
    }
    close(fd);
}
