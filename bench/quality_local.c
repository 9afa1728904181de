/*
 * What the embedder `hash` is worth, on WordNet:
 *
 *     sh examples/wordnet.sh > wordnet.jsonl
 *     quality_local wordnet.jsonl [DIM]
 *
 * R@10, MRR   2,000 example sentences look for their synset among 12,000;
 *             the sentence itself is taken out of the indexed text.
 * class       2,000 nouns are told one of 25 lexicographer files by their
 *             10 nearest among 12,000 nouns.
 * speed       microseconds a document over the whole file, one thread.
 *
 * The choice of documents is random but always the same.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "embed/embedder.h"
#include "sys/clock.h"
#include "util/floats.h"
#include "util/json.h"

enum { QUERIES = 2000, INDEXED = 12000, NEAREST = 10 };

struct entry {
    struct text text; /* raw JSON string contents */
    struct text lex;
};

static struct entry *entries;
static size_t entry_count;
static struct embedder *embedder;

static void fail(const char *what)
{
    fprintf(stderr, "quality_local: %s\n", what);
    exit(2);
}

/* The string value behind `"name":"` in a line that wordnet.sh made. */
static struct text member(const char *line, const char *end, const char *name)
{
    size_t n = strlen(name);
    const char *p = memmem(line, (size_t)(end - line), name, n);
    struct text t = { "", 0 };

    if (!p)
        fail("the file is not what examples/wordnet.sh makes");
    t.ptr = p + n;
    for (p = t.ptr; p < end && *p != '"'; p++)
        if (*p == '\\')
            p++;
    t.len = (size_t)(p - t.ptr);
    return t;
}

static char *read_entries(const char *path)
{
    FILE *f = fopen(path, "r");
    size_t cap = 1 << 26, len;
    char *all = malloc(cap);

    entries = calloc(200000, sizeof *entries);
    if (!f || !all || !entries)
        fail("cannot read the file");
    len = fread(all, 1, cap, f);
    fclose(f);
    for (char *p = all, *end; entry_count < 200000 && p < all + len;
         p = end + 1) {
        end = memchr(p, '\n', (size_t)(all + len - p));
        if (!end)
            break;
        entries[entry_count++] = (struct entry){
            member(p, end, "\"text\":\""), member(p, end, "\"lex\":\"")
        };
    }
    return all;
}

static void shuffle(void)
{
    uint64_t seed = 42;

    for (size_t i = entry_count - 1; i > 0; i--) {
        struct entry kept = entries[i];
        size_t j;

        seed = seed * 6364136223846793005U + 1442695040888963407U;
        j = (size_t)(seed >> 33) % (i + 1);
        entries[i] = entries[j];
        entries[j] = kept;
    }
}

static void embed(struct text raw, float *v)
{
    struct embed_input in = { raw, memchr(raw.ptr, '\\', raw.len) != NULL };
    struct embed_usage use;
    struct error err;

    if (!embedder->ops->embed(embedder, &in, 1, v, &use, &err))
        fail(err.text);
}

/* The first quoted example of at least four words. */
static bool find_example(struct text t, struct text *example)
{
    const char *end = t.ptr + t.len, *from = t.ptr, *to;
    int spaces = 0;

    from = memmem(from, (size_t)(end - from), "; \\\"", 4);
    if (!from)
        return false;
    from += 4;
    to = memmem(from, (size_t)(end - from), "\\\"", 2);
    if (!to)
        return false;
    for (const char *p = from; p < to; p++)
        spaces += *p == ' ';
    *example = (struct text){ from, (size_t)(to - from) };
    return spaces >= 3;
}

static void embed_without(struct text t, struct text example, float *v)
{
    struct buf b = { 0 };
    size_t before = (size_t)(example.ptr - t.ptr);

    buf_put(&b, t.ptr, before);
    buf_put(&b, example.ptr + example.len, t.len - before - example.len);
    embed((struct text){ b.data, b.len }, v);
    buf_release(&b);
}

static void retrieval(void)
{
    size_t dim = embedder->dim, queries = 0;
    float *index = malloc(INDEXED * dim * sizeof *index);
    float *query = malloc(QUERIES * dim * sizeof *query);
    size_t right[QUERIES];
    double found = 0, reciprocal = 0;

    for (size_t i = 0; i < INDEXED; i++) {
        struct text example;

        if (queries < QUERIES && find_example(entries[i].text, &example)) {
            embed_without(entries[i].text, example, index + i * dim);
            embed(example, query + queries * dim);
            right[queries++] = i;
        } else {
            embed(entries[i].text, index + i * dim);
        }
    }
    for (size_t q = 0; q < queries; q++) {
        const float *v = query + q * dim;
        float mine = float_dot(v, index + right[q] * dim, dim);
        int better = 0;

        for (size_t i = 0; i < INDEXED; i++)
            better += i != right[q] &&
                      float_dot(v, index + i * dim, dim) >= mine;
        found += better < NEAREST;
        reciprocal += better < NEAREST ? 1.0 / (better + 1) : 0;
    }
    printf("R@10 %.1f %%  MRR@10 %.3f  (%zu queries, %d documents)\n",
           100 * found / (double)queries, reciprocal / (double)queries,
           queries, INDEXED);
    free(index);
    free(query);
}

static bool same_class(size_t a, size_t b)
{
    struct text x = entries[a].lex, y = entries[b].lex;

    return x.len == y.len && memcmp(x.ptr, y.ptr, x.len) == 0;
}

/* The entry whose class most of the nearest have; a draw goes to the nearer. */
static size_t vote(const size_t *near)
{
    size_t best = near[0];
    int most = 0;

    for (int i = 0; i < NEAREST; i++) {
        int votes = 0;

        for (int j = 0; j < NEAREST; j++)
            votes += same_class(near[i], near[j]);
        if (votes > most) {
            most = votes;
            best = near[i];
        }
    }
    return best;
}

static void nearest_of(const float *index, const size_t *who, size_t q,
                       size_t *near)
{
    size_t dim = embedder->dim;
    float score[NEAREST];
    int n = 0;

    for (size_t i = 0; i < INDEXED; i++) {
        float s = float_dot(index + q * dim, index + i * dim, dim);
        int at;

        if (i == q || (n == NEAREST && s <= score[n - 1]))
            continue;
        at = n < NEAREST ? n++ : n - 1;
        for (; at > 0 && score[at - 1] < s; at--) {
            score[at] = score[at - 1];
            near[at] = near[at - 1];
        }
        score[at] = s;
        near[at] = who[i];
    }
}

static void classes(void)
{
    size_t dim = embedder->dim, n = 0, right = 0;
    float *index = malloc(INDEXED * dim * sizeof *index);
    size_t *who = malloc(INDEXED * sizeof *who);

    for (size_t i = 0; i < entry_count && n < INDEXED; i++) {
        struct text lex = entries[i].lex;

        if (memcmp(lex.ptr, "noun.", 5) != 0 || text_is(lex, "noun.Tops"))
            continue;
        embed(entries[i].text, index + n * dim);
        who[n++] = i;
    }
    for (size_t q = 0; q < QUERIES; q++) {
        size_t near[NEAREST];

        nearest_of(index, who, q, near);
        right += same_class(vote(near), who[q]);
    }
    printf("class %.1f %%  (%d nouns among %d, 25 classes)\n",
           100.0 * (double)right / QUERIES, QUERIES, INDEXED);
    free(index);
    free(who);
}

static void speed(void)
{
    float *v = malloc(embedder->dim * sizeof *v);
    int64_t from = clock_us();

    for (size_t i = 0; i < entry_count; i++)
        embed(entries[i].text, v);
    printf("speed %.2f us a document (%zu documents)\n",
           (double)(clock_us() - from) / (double)entry_count, entry_count);
    free(v);
}

int main(int argc, char **argv)
{
    struct embedder_config cfg = { .model = "", .stop_fd = -1 };
    struct error err;
    char *all;

    if (argc < 2)
        fail("usage: quality_local WORDNET.JSONL [DIM]");
    cfg.dim = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
    embedder = embedder_hash.open(&cfg, &err);
    if (!embedder)
        fail(err.text);
    all = read_entries(argv[1]);
    speed();
    shuffle();
    retrieval();
    classes();
    embedder->ops->close(embedder);
    free(entries);
    free(all);
    return 0;
}
