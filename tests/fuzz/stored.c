/*
 * A file of vectors (jsonl:) that a kill left, or somebody else: refused with
 * words, or mended so that it is whole when it is looked at again.
 */
#include "config.h"
#include "fuzz.h"

#include <fcntl.h>
#include <unistd.h>

#include "store/files/jsonl_file.h"

static void look(int fd, const char *path, size_t dim)
{
    const struct text ids[] = { text_of("a"), text_of("b"), { NULL, 0 } };
    bool present[sizeof ids / sizeof *ids];
    struct error err = { .text = "" };
    uint64_t lines, again;
    size_t learned = 0;

    if (!jsonl_find(fd, path, ids, sizeof ids / sizeof *ids, present, &err))
        fuzz_claim_said(&err);
    fuzz_claim(jsonl_lines(fd, path, &lines, &err), err.text);
    fuzz_claim(jsonl_check(fd, path, true, &learned, &err), err.text);
    fuzz_claim(learned == dim, "another dimension");
    fuzz_claim(jsonl_lines(fd, path, &again, &err) && again == lines,
               "mended twice");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_path("out.jsonl");
    struct error err = { .text = "" };
    size_t dim = 0;
    int fd;

    fuzz_write(path, (struct text){ (const char *)data, size });
    fd = open(path, O_RDWR | O_CLOEXEC);
    fuzz_claim(fd >= 0, "no file");
    if (jsonl_check(fd, path, true, &dim, &err))
        look(fd, path, dim);
    else
        fuzz_claim_said(&err);
    close(fd);
    return 0;
}
