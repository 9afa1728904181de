/*
 * A file of word vectors, as text or ("=" in front) as the cache that is made
 * of it: each word of the file that is found has a whole row.
 */
#include "config.h"
#include "fuzz.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "embed/static/vec_file.h"
#include "embed/static/words.h"

static const char text_form[] = "cat 1 2\ndog 3 4\n";

/* It is believed when it names the size and the time of the text. */
enum { SIZE_AT = 32, TIME_AT = 40, HEAD = 64 };

static void put_cache(const char *path, struct text bytes)
{
    char *copy = malloc(bytes.len + 1);
    struct stat st;
    uint64_t size = sizeof text_form - 1, time_ns;

    fuzz_write(path, text_of(text_form));
    fuzz_claim(copy && stat(path, &st) == 0, "no file for the input");
    memcpy(copy, bytes.ptr, bytes.len);
    time_ns = (uint64_t)st.st_mtim.tv_sec * 1000000000U +
              (uint64_t)st.st_mtim.tv_nsec;
    if (bytes.len >= HEAD) {
        memcpy(copy + SIZE_AT, &size, sizeof size);
        memcpy(copy + TIME_AT, &time_ns, sizeof time_ns);
    }
    fuzz_write(fuzz_path("words.btcache"), (struct text){ copy, bytes.len });
    free(copy);
}

static void find_words(const struct vec_file *f, struct text text)
{
    struct word w;
    float sum = 0;

    while (word_next(&text, &w)) {
        const float *row = vec_file_row(f, w.hash);

        for (size_t i = 0; row && i < vec_file_dim(f); i++)
            sum += row[i];
    }
    (void)sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text bytes = { (const char *)data, size };
    const char *path = fuzz_path("words");
    struct error err = { .text = "" };
    struct vec_file *f;

    fuzz_clean();
    if (size > 0 && *data == '=') {
        fuzz_byte(&bytes);
        put_cache(path, bytes);
        bytes = text_of(text_form);
    } else {
        fuzz_write(path, bytes);
    }
    f = vec_file_open(path, &err);
    if (!f)
        fuzz_claim_said(&err);
    else
        find_words(f, bytes);
    vec_file_close(f);
    return 0;
}
