/* The main of a target without libFuzzer: give it the files that are named. */
#include "config.h"
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_file(const char *path, struct buf *to)
{
    char block[4096];
    FILE *f = fopen(path, "rb");
    size_t n;
    bool fine;

    buf_clear(to);
    while (f && (n = fread(block, 1, sizeof block, f)) > 0)
        buf_put(to, block, n);
    fine = f && !ferror(f) && !to->failed;
    if (f)
        fclose(f);
    return fine;
}

/* In exactly as many bytes as it has, so that one more is a fault. */
static void replay(struct text bytes)
{
    uint8_t *exact = malloc(bytes.len ? bytes.len : 1);

    fuzz_claim(exact != NULL, "no memory");
    if (bytes.len)
        memcpy(exact, bytes.ptr, bytes.len);
    LLVMFuzzerTestOneInput(exact, bytes.len);
    free(exact);
}

int main(int argc, char **argv)
{
    struct buf bytes;
    int i;

    buf_init(&bytes);
    for (i = 1; i < argc && read_file(argv[i], &bytes); i++)
        replay((struct text){ bytes.data, bytes.len });
    buf_release(&bytes);
    if (i < argc)
        fprintf(stderr, "cannot read %s\n", argv[i]);
    return i < argc;
}
