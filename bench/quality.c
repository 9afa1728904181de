/*
 * What embedders are worth, on texts that none of them was made from:
 *
 *     sh examples/wordnet.sh > wordnet.jsonl
 *     quality data/meaning FORTUNES wordnet.jsonl EMBEDDER...
 *
 * EMBEDDER is one that needs no service: hash, local, static:DIR. FORTUNES is
 * the folder of Debian's fortunes-de, -es and -ru, /usr/share/games/fortunes;
 * what is not there is left out.
 *
 * A line is a task, a column an embedder: the share of questions that have a
 * right answer among the ten nearest, and the mean of 1/rank.
 *
 * example     2,000 example sentences look for their synset among 12,000; the
 *             sentence itself is taken out of the indexed text.
 * class       2,000 nouns are told one of 25 lexicographer files by their 10
 *             nearest among 12,000 nouns.
 * asked       Questions in words of their own ("a vehicle that flies") look
 *             among 13,800 synsets. A synset that shares a word with the
 *             question does not count as right, so who matches words finds
 *             nothing. The 67 of "tuned" helped to choose the settings of the
 *             table, the 55 of "test" did not.
 * neighbours  1,000 definitions look for a hypernym, a hyponym or a sister that
 *             shares no word with them.
 * codes, misspelt, names, de, es, ru
 *             600 made-up codes, 600 words with one letter wrong and 454 names
 *             look for their text among 6,000 synsets and 4,500 foreign texts;
 *             300 foreign texts are looked for by three of their words.
 * whole       The same questions, and those whose answers share a word with
 *             them, in all of WordNet, where every synset of the right senses
 *             counts: right at first, among five, among ten.
 * us          Microseconds of the processor for a document, over the whole file.
 *
 * The choice of documents is random but always the same.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/quality_sets.h"
#include "embed/embedder.h"
#include "util/floats.h"

enum {
    NEAREST = 10,
    INDEXED = 12000,     /* of WordNet for most tasks */
    INDEXED_FEW = 6000,  /* beside foreign texts */
    EXAMPLES = 2000,
    CLASSED = 2000,
    PROVERBS = 1500,     /* of a language */
    PROVERBS_ASKED = 300,
    RIGHT_MAX = 512,     /* right answers of a question */
    EMBEDDERS_MAX = 4,
    TASKS_MAX = 32
};

static struct embedder *embedder;
static const char *sets_folder, *fortunes_folder;

/* ---- results ---- */

static struct task {
    char name[24];
    char result[EMBEDDERS_MAX][24];
} tasks[TASKS_MAX];
static size_t task_count, column; /* column: the present embedder's */

static char *task_result(const char *name)
{
    size_t i = 0;

    while (i < task_count && strcmp(tasks[i].name, name) != 0)
        i++;
    if (i == task_count)
        snprintf(tasks[task_count++].name, sizeof tasks[0].name, "%s", name);
    return tasks[i].result[column];
}

/* Ranks of questions: how many wrong texts are as near as a right one. */
struct score {
    size_t asked, first, five, ten;
    double reciprocal;
};

static void score_add(struct score *s, size_t better)
{
    s->asked++;
    s->first += better < 1;
    s->five += better < 5;
    s->ten += better < NEAREST;
    s->reciprocal += better < NEAREST ? 1.0 / (double)(better + 1) : 0;
}

static double share_of(size_t some, size_t all)
{
    return all ? 100.0 * (double)some / (double)all : 0;
}

static void score_put(const struct score *s, const char *name)
{
    if (s->asked)
        snprintf(task_result(name), sizeof tasks[0].result[0], "%.1f / %.3f",
                 share_of(s->ten, s->asked),
                 s->reciprocal / (double)s->asked);
}

/* ---- vectors ---- */

static void embed(struct text text, bool raw, float *v)
{
    struct embed_input in = { text, raw && memchr(text.ptr, '\\', text.len) };
    struct embed_usage use;
    struct error err;

    if (!embedder->ops->embed(embedder, &in, 1, v, &use, &err))
        quality_fail(err.text);
}

struct index {
    float *v;
    size_t count;
    size_t *entry; /* of each vector; entry_count: none */
    size_t *where; /* of an entry, plus 1; 0: it is not there */
};

static struct index index_make(size_t most)
{
    return (struct index){ calloc(most * embedder->dim, sizeof(float)), 0,
                           calloc(most, sizeof(size_t)),
                           calloc(entry_count + 1, sizeof(size_t)) };
}

static void index_free(struct index *x)
{
    free(x->v);
    free(x->entry);
    free(x->where);
}

static void index_add(struct index *x, size_t entry, struct text text, bool raw)
{
    embed(text, raw, x->v + x->count * embedder->dim);
    x->entry[x->count++] = entry;
    x->where[entry] = x->count;
}

static void index_add_entry(struct index *x, size_t entry)
{
    if (!x->where[entry])
        index_add(x, entry, entries[entry].text, true);
}

/* Where the right texts of a question are. */
struct right {
    size_t at[RIGHT_MAX];
    size_t count;
};

static void right_add(struct right *r, const struct index *x, struct text ids)
{
    struct text id;

    while (word_take(&ids, &id) && r->count < RIGHT_MAX) {
        size_t where = x->where[entry_find(id)];

        if (where)
            r->at[r->count++] = where - 1;
    }
}

static size_t rank_of(const struct index *x, const float *query,
                      const struct right *right)
{
    size_t dim = embedder->dim, better = 0;
    float best = -2;

    for (size_t i = 0; i < right->count; i++) {
        float mine = float_dot(query, x->v + right->at[i] * dim, dim);

        best = mine > best ? mine : best;
    }
    for (size_t i = 0; i < x->count; i++)
        better += float_dot(query, x->v + i * dim, dim) >= best;
    for (size_t i = 0; i < right->count; i++)
        better -= float_dot(query, x->v + right->at[i] * dim, dim) >= best;
    return better;
}

static void ask(const struct index *x, struct text question, bool raw,
                const struct right *right, struct score *s)
{
    float *query = calloc(embedder->dim, sizeof *query);

    embed(question, raw, query);
    if (right->count)
        score_add(s, rank_of(x, query, right));
    free(query);
}

/* ---- examples ---- */

static void index_without(struct index *x, size_t entry, struct text example)
{
    struct text t = entries[entry].text;
    size_t before = (size_t)(example.ptr - t.ptr);
    struct buf b = { 0 };

    buf_put(&b, t.ptr, before);
    buf_put(&b, example.ptr + example.len, t.len - before - example.len);
    index_add(x, entry, (struct text){ b.data, b.len }, true);
    buf_release(&b);
}

static void task_example(void)
{
    struct index x = index_make(INDEXED);
    struct text *example = calloc(INDEXED, sizeof *example);
    struct score s = { 0 };
    size_t asked = 0;

    for (size_t i = 0; i < INDEXED; i++) {
        struct text found;

        if (asked < EXAMPLES && entry_example(entries[i].text, &found)) {
            example[i] = found;
            asked++;
            index_without(&x, i, found);
        } else {
            index_add_entry(&x, i);
        }
    }
    for (size_t i = 0; i < INDEXED; i++)
        if (example[i].len)
            ask(&x, example[i], true, &(struct right){ { i }, 1 }, &s);
    score_put(&s, "example");
    free(example);
    index_free(&x);
}

/* ---- classes ---- */

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

static void nearest_of(const struct index *x, size_t q, size_t *near)
{
    size_t dim = embedder->dim;
    float score[NEAREST];
    int n = 0;

    for (size_t i = 0; i < x->count; i++) {
        float s = float_dot(x->v + q * dim, x->v + i * dim, dim);
        int at;

        if (i == q || (n == NEAREST && s <= score[n - 1]))
            continue;
        at = n < NEAREST ? n++ : n - 1;
        for (; at > 0 && score[at - 1] < s; at--) {
            score[at] = score[at - 1];
            near[at] = near[at - 1];
        }
        score[at] = s;
        near[at] = x->entry[i];
    }
}

static void task_class(void)
{
    struct index x = index_make(INDEXED);
    size_t right = 0;

    for (size_t i = 0; i < entry_count && x.count < INDEXED; i++) {
        struct text lex = entries[i].lex;

        if (memcmp(lex.ptr, "noun.", 5) == 0 && !text_is(lex, "noun.Tops"))
            index_add_entry(&x, i);
    }
    for (size_t q = 0; q < CLASSED; q++) {
        size_t near[NEAREST];

        nearest_of(&x, q, near);
        right += same_class(vote(near), x.entry[q]);
    }
    snprintf(task_result("class"), sizeof tasks[0].result[0], "%.1f",
             share_of(right, CLASSED));
    index_free(&x);
}

/* ---- meanings ---- */

static void index_add_ids(struct index *x, struct text ids)
{
    struct text id;

    while (word_take(&ids, &id)) {
        size_t entry = entry_find(id);

        if (entry < entry_count)
            index_add_entry(x, entry);
    }
}

static void ask_set(const struct index *x, const struct row *rows, size_t count,
                    const char *set, const char *name)
{
    struct score s = { 0 };

    for (size_t i = 0; i < count; i++) {
        struct right right = { .count = 0 };

        if (!text_is(rows[i].column[0], set))
            continue;
        right_add(&right, x, rows[i].column[2]);
        ask(x, rows[i].column[1], false, &right, &s);
    }
    score_put(&s, name);
}

static void ask_neighbours(const struct index *x, const struct row *rows,
                           size_t count)
{
    struct score s = { 0 };

    for (size_t i = 0; i < count; i++) {
        struct right right = { .count = 0 };
        size_t entry = entry_find(rows[i].column[0]);

        if (entry == entry_count)
            continue;
        right_add(&right, x, rows[i].column[1]);
        ask(x, entry_gloss(entries[entry].text), true, &right, &s);
    }
    score_put(&s, "neighbours");
}

static void task_asked(void)
{
    size_t asked, near;
    const struct row *questions = sets_read(sets_folder, "meaning.tsv", &asked);
    const struct row *glosses = sets_read(sets_folder, "neighbours.tsv", &near);
    struct index x = index_make(2 * INDEXED);

    for (size_t i = 0; i < INDEXED; i++)
        index_add_entry(&x, i);
    for (size_t i = 0; i < asked; i++) {
        index_add_ids(&x, questions[i].column[2]);
        index_add_ids(&x, questions[i].column[3]);
    }
    for (size_t i = 0; i < near; i++)
        index_add_ids(&x, glosses[i].column[1]);
    ask_set(&x, questions, asked, "tuned", "asked, tuned");
    ask_set(&x, questions, asked, "test", "asked, test");
    ask_neighbours(&x, glosses, near);
    index_free(&x);
}

/* ---- wordings ---- */

/* "ERR_7: {}": the entry's text takes the place of the braces. */
static void index_around(struct index *x, size_t entry, struct text around)
{
    const char *braces = memmem(around.ptr, around.len, "{}", 2);
    struct buf b = { 0 };

    if (!braces || x->where[entry])
        quality_fail("wording.tsv is not as it was");
    buf_put(&b, around.ptr, (size_t)(braces - around.ptr));
    buf_put(&b, entries[entry].text.ptr, entries[entry].text.len);
    buf_put(&b, braces + 2, (size_t)(text_end(around) - braces) - 2);
    index_add(x, entry, (struct text){ b.data, b.len }, true);
    buf_release(&b);
}

/* Three of the words of a proverb that has six of more than three letters. */
static bool proverb_question(struct text proverb, uint64_t *seed, char *to,
                             size_t size)
{
    struct text words[64], word;
    size_t n = 0, used = 0;

    while (n < 64 && word_take(&proverb, &word))
        if (word.len > 4)
            words[n++] = word;
    if (n < 6)
        return false;
    for (int i = 0; i < 3; i++, n--) {
        size_t k = chance(seed, n);

        used += (size_t)snprintf(to + used, size - used, "%.*s ",
                                 (int)words[k].len, words[k].ptr);
        words[k] = words[n - 1];
    }
    return used < size;
}

struct foreign {
    const char *language;
    struct text *proverbs;
    size_t count, begin; /* in the index */
};

static void ask_foreign(const struct index *x, const struct foreign *f)
{
    struct score s = { 0 };
    uint64_t seed = 6;

    for (size_t i = 0; i < f->count && s.asked < PROVERBS_ASKED; i++) {
        char question[1000];

        if (proverb_question(f->proverbs[i], &seed, question, sizeof question))
            ask(x, text_of(question), false,
                &(struct right){ { f->begin + i }, 1 }, &s);
    }
    score_put(&s, f->language);
}

static void task_wording(void)
{
    struct foreign foreign[] = { { .language = "de" }, { .language = "es" },
                                 { .language = "ru" } };
    size_t count;
    const struct row *rows = sets_read(sets_folder, "wording.tsv", &count);
    struct index x = index_make(INDEXED + 3 * PROVERBS);

    for (size_t i = 0; i < count; i++)
        if (rows[i].column[3].len)
            index_around(&x, entry_find(rows[i].column[2]), rows[i].column[3]);
    for (size_t i = 0; i < INDEXED_FEW; i++)
        index_add_entry(&x, i);
    for (int i = 0; i < 3; i++) {
        struct foreign *f = &foreign[i];

        f->proverbs = proverbs_read(fortunes_folder, f->language, &f->count);
        f->count = f->count < PROVERBS ? f->count : PROVERBS;
        f->begin = x.count;
        for (size_t k = 0; k < f->count; k++)
            index_add(&x, entry_count, f->proverbs[k], false);
    }
    ask_set(&x, rows, count, "codes", "codes");
    ask_set(&x, rows, count, "misspelt", "misspelt");
    ask_set(&x, rows, count, "names", "names");
    for (int i = 0; i < 3; i++)
        ask_foreign(&x, &foreign[i]);
    index_free(&x);
}

/* ---- all of WordNet ---- */

static void ask_whole(const struct index *x, const struct row *rows,
                      size_t count, const char *set)
{
    struct score s = { 0 };
    char name[24];

    for (size_t i = 0; i < count; i++) {
        struct right right = { .count = 0 };

        if (strncmp(rows[i].column[0].ptr, set, strlen(set)) != 0)
            continue;
        right_add(&right, x, rows[i].column[2]);
        right_add(&right, x, rows[i].column[3]);
        ask(x, rows[i].column[1], false, &right, &s);
    }
    snprintf(name, sizeof name, "whole, %s", set);
    snprintf(task_result(name), sizeof tasks[0].result[0], "%.0f %.0f %.0f",
             share_of(s.first, s.asked), share_of(s.five, s.asked),
             share_of(s.ten, s.asked));
}

static void task_whole(void)
{
    size_t count;
    const struct row *rows = sets_read(sets_folder, "meaning.tsv", &count);
    struct index x = index_make(entry_count);
    clock_t from = clock();

    for (size_t i = 0; i < entry_count; i++)
        index_add_entry(&x, i);
    snprintf(task_result("us"), sizeof tasks[0].result[0], "%.2f",
             (double)(clock() - from) * 1e6 / CLOCKS_PER_SEC /
                 (double)entry_count);
    ask_whole(&x, rows, count, "tuned");
    ask_whole(&x, rows, count, "test");
    index_free(&x);
}

/* ---- all of it ---- */

static struct embedder *open_embedder(const char *word)
{
    const char *colon = strchr(word, ':');
    struct text name = { word, colon ? (size_t)(colon - word) : strlen(word) };
    const struct embedder_ops *ops = embedder_find(name);
    struct embedder_config cfg = { .model = colon ? colon + 1 : "",
                                   .stop_fd = -1 };
    struct error err;
    struct embedder *e;

    if (!ops || ops->remote)
        quality_fail("an embedder is hash, local or static:PATH");
    e = ops->open(&cfg, &err);
    if (!e)
        quality_fail(err.text);
    return e;
}

static void print_results(char *const *embedders, size_t count)
{
    printf("%-14s", "");
    for (size_t i = 0; i < count; i++)
        printf("  %-14s", embedders[i]);
    for (size_t t = 0; t < task_count; t++) {
        printf("\n%-14s", tasks[t].name);
        for (size_t i = 0; i < count; i++)
            printf("  %-14s", tasks[t].result[i]);
    }
    printf("\n");
}

int main(int argc, char **argv)
{
    size_t count = argc > 4 ? (size_t)argc - 4 : 0;

    if (count == 0 || count > EMBEDDERS_MAX)
        quality_fail("usage: quality SETS FORTUNES WORDNET.JSONL EMBEDDER...");
    sets_folder = argv[1];
    fortunes_folder = argv[2];
    entries_read(argv[3]);
    entries_shuffle();
    for (column = 0; column < count; column++) {
        embedder = open_embedder(argv[4 + column]);
        task_example();
        task_class();
        task_asked();
        task_wording();
        task_whole();
        embedder->ops->close(embedder);
    }
    print_results(argv + 4, count);
    return 0;
}
