/*
 * How fast static:DIR is, against `hash` in the same run, one thread each. The
 * model is made up: 30,000 words of two to four syllables, 1,024 "##"
 * syllables, 256 dimensions, as float32 and as float16. So are the texts: 12
 * words each, some frequent, one in five pieced together. `bench_static DIR` takes a model
 * of yours, whose tokens then decide how the texts are pieced.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "embed/embedder.h"
#include "sys/clock.h"
#include "util/buf.h"

enum {
    WORDS = 30000,
    SYLLABLES = 1024,
    TOKENS = 1 + WORDS + SYLLABLES,
    DIM = 256,
    TEXTS = 100000,
    WORDS_IN_TEXT = 12,
    BATCH = 100
};

static char folder[64] = "/tmp/bench_static.XXXXXX";
static struct buf texts;
static struct embed_input inputs[TEXTS];

static uint32_t next(uint32_t *state)
{
    *state = *state * 1664525U + 1013904223U;
    return *state >> 8;
}

/* Thirty-two consonants or pairs of them, each with one of 32 vowels. */
static void put_syllable(struct buf *b, uint32_t n)
{
    static const char consonants[] = "bcdfghjklmnpqrstvwxzblbrcrdrflgl"
                                     "grplprskslsmspsttr";
    static const char vowels[] = "aeiouy";

    n %= SYLLABLES;
    buf_putc(b, consonants[n / 32 % (sizeof consonants - 1)]);
    buf_putc(b, vowels[n % 6]);
    buf_putc(b, vowels[n % 32 / 6]);
}

/* Word n, of 60,000; the first half is in the vocabulary. */
static void put_word(struct buf *b, uint32_t n)
{
    uint32_t state = n;

    for (uint32_t i = 0; i < 2 + n % 3; i++)
        put_syllable(b, next(&state));
}

static void write_file(const char *name, const struct buf *b)
{
    char path[128];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "wb");
    if (!f || fwrite(b->data, 1, b->len, f) != b->len || fclose(f) != 0)
        perror(path), exit(2);
}

static void write_vocab(void)
{
    struct buf b;

    buf_init(&b);
    buf_puts(&b, "{\"normalizer\":{\"type\":\"BertNormalizer\"},"
                 "\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},\"model\":"
                 "{\"type\":\"WordPiece\",\"vocab\":{\"[UNK]\":0");
    for (uint32_t i = 0; i < WORDS; i++) {
        buf_puts(&b, ",\"");
        put_word(&b, i);
        buf_printf(&b, "\":%u", 1 + i);
    }
    for (uint32_t i = 0; i < SYLLABLES; i++) {
        buf_puts(&b, ",\"##");
        put_syllable(&b, i);
        buf_printf(&b, "\":%u", 1 + WORDS + i);
    }
    buf_puts(&b, "}}}");
    write_file("tokenizer.json", &b);
    buf_clear(&b);
    buf_puts(&b, "{\"normalize\":true}");
    write_file("config.json", &b);
    buf_release(&b);
}

/* Numbers of either width from 1 to 2: their bits above are those of 1. */
static void write_rows(bool half)
{
    unsigned long long bytes = (half ? 2ULL : 4ULL) * TOKENS * DIM;
    uint32_t state = 1;
    struct buf b, head;

    buf_init(&b);
    buf_init(&head);
    buf_printf(&head, "{\"embeddings\":{\"dtype\":\"%s\",\"shape\":[%d,%d],"
                      "\"data_offsets\":[0,%llu]}}",
               half ? "F16" : "F32", TOKENS, DIM, bytes);
    buf_put(&b, (char[8]){ (char)head.len }, 8);
    buf_put(&b, head.data, head.len);
    for (int i = 0; i < TOKENS * DIM; i++) {
        uint32_t bits = next(&state);

        if (half)
            bits = 0x3c00U | (bits & 0x3ffU);
        else
            bits = 0x3f800000U | (bits & 0x7fffffU);
        for (int k = 0; k < (half ? 2 : 4); k++)
            buf_putc(&b, (char)(bits >> 8 * k & 0xff));
    }
    write_file("model.safetensors", &b);
    buf_release(&b);
    buf_release(&head);
}

/* Few words are frequent, as in prose: the cube of an even number. */
static uint32_t some_word(uint32_t *state)
{
    uint64_t u = next(state); /* 24 bits */

    return (uint32_t)((((u * u >> 24) * u) >> 24) * (2 * WORDS) >> 24);
}

static void make_texts(void)
{
    uint32_t state = 7;

    for (int i = 0; i < TEXTS; i++) {
        size_t start = texts.len;

        for (int k = 0; k < WORDS_IN_TEXT; k++) {
            put_word(&texts, some_word(&state));
            buf_putc(&texts, ' ');
        }
        inputs[i].text.len = texts.len - start;
    }
    for (size_t i = 0, at = 0; i < TEXTS; at += inputs[i++].text.len)
        inputs[i].text.ptr = texts.data + at;
}

/* Documents a second. */
static double measure(const struct embedder_ops *ops, const char *model)
{
    struct embedder_config cfg = { .model = model, .stop_fd = -1 };
    struct embed_usage use;
    struct error err;
    struct embedder *e = ops->open(&cfg, &err);
    float *v = e ? calloc(BATCH * e->dim, sizeof *v) : NULL;
    int64_t begun = clock_ms(), took;

    if (!v)
        fprintf(stderr, "bench_static: %s\n", err.text), exit(2);
    for (int i = 0; i < TEXTS; i += BATCH)
        if (!ops->embed(e, inputs + i, BATCH, v, &use, &err))
            fprintf(stderr, "bench_static: %s\n", err.text), exit(2);
    took = clock_ms() - begun;
    free(v);
    ops->close(e);
    return TEXTS * 1000.0 / (double)(took ? took : 1);
}

static void report(const char *name, const char *model, double hash)
{
    double speed = measure(&embedder_static, model);

    printf("%-34s %9.0f docs/s  %5.2f of hash\n", name, speed,
           speed / hash);
}

static void made_up(double hash)
{
    static const char *const names[] = { "model.safetensors",
                                         "tokenizer.json", "config.json" };
    char path[128];

    if (!mkdtemp(folder))
        perror(folder), exit(2);
    write_vocab();
    write_rows(false);
    report("static, 31,025 x 256, float32", folder, hash);
    write_rows(true);
    report("static, 31,025 x 256, float16", folder, hash);
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

int main(int argc, char **argv)
{
    double hash;

    make_texts();
    hash = measure(&embedder_hash, "");
    printf("%-34s %9.0f docs/s\n", "hash", hash);
    if (argc > 1)
        report(argv[1], argv[1], hash);
    else
        made_up(hash);
    buf_release(&texts);
    return 0;
}
