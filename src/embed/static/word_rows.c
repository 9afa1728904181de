/* This file keeps rows in small sets. A set's words are next to each other,
 * apart from their rows and in the order of their last use, so that a look-up
 * touches one line of the processor's cache. */
#include "config.h"
#include "embed/static/word_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "embed/static/features.h"

enum { SETS = WORD_ROWS / WORD_WAYS, ALIGN = 64 };

/* The word used last comes first. */
struct word_set {
    uint64_t key[WORD_WAYS]; /* of the word's hash; 0: none */
    struct word_note {
        unsigned char way, level, halves;
    } note[WORD_WAYS];
};

struct word_rows {
    const struct meaning *meaning;
    float *part; /* WORD_ROW floats for each way of each set */
    float run_weight[FEATURE_RUNS_MAX + 1]; /* by the number of runs */
    float weight[256][3]; /* of a wording, by level and halves */
    struct word_set set[SETS];
};

/* A word's wording weighs idf squared, and less the better it is known. */
static void word_rows_weigh(struct word_rows *r)
{
    const struct meaning *m = r->meaning;

    for (unsigned level = 0; level < 256; level++)
        for (unsigned halves = 0; halves < 3; halves++) {
            double idf = (double)level / m->rare;
            double known = (double)halves / 2;

            r->weight[level][halves] =
                (float)(idf * idf * (1 - (1 - (double)m->damp) * known));
        }
    for (int i = 1; i <= FEATURE_RUNS_MAX; i++)
        r->run_weight[i] = (float)((double)m->runs / sqrt(i));
}

struct word_rows *word_rows_new(const struct meaning *m)
{
    struct word_rows *r = calloc(1, sizeof *r);

    if (!r)
        return NULL;
    r->meaning = m;
    r->part = aligned_alloc(ALIGN, (size_t)WORD_ROWS * WORD_ROW *
                                       sizeof *r->part);
    if (!r->part) {
        word_rows_free(r);
        return NULL;
    }
    word_rows_weigh(r);
    for (size_t i = 0; i < SETS; i++)
        for (unsigned char way = 0; way < WORD_WAYS; way++)
            r->set[i].note[way].way = way;
    return r;
}

void word_rows_free(struct word_rows *r)
{
    if (!r)
        return;
    free(r->part);
    free(r);
}

static inline uint64_t word_key(const struct word *w)
{
    return w->hash | 1;
}

static inline struct word_set *word_rows_set(struct word_rows *r,
                                             const struct word *w)
{
    return &r->set[(w->hash >> 1) % SETS];
}

static inline float *word_rows_part(const struct word_rows *r,
                                    const struct word_set *set,
                                    struct word_note note)
{
    return r->part +
           ((size_t)(set - r->set) * WORD_WAYS + note.way) * WORD_ROW;
}

static inline void word_rows_to_front(struct word_set *set, size_t from,
                                      uint64_t key, struct word_note note)
{
    for (; from > 0; from--) {
        set->key[from] = set->key[from - 1];
        set->note[from] = set->note[from - 1];
    }
    set->key[0] = key;
    set->note[0] = note;
}

bool word_rows_find(struct word_rows *r, const struct word *w,
                    struct word_row *row)
{
    struct word_set *set = word_rows_set(r, w);

    for (size_t i = 0; i < WORD_WAYS; i++)
        if (set->key[i] == word_key(w)) {
            struct word_note note = set->note[i];

            word_rows_to_front(set, i, word_key(w), note);
            *row = (struct word_row){ word_rows_part(r, set, note), note.level,
                                      note.halves };
            return true;
        }
    return false;
}

static void word_rows_fill(const struct word_rows *r, const struct word *w,
                           const struct meaning_sense *s, float *part)
{
    float weight = r->weight[s->level][s->halves];
    float *wording = part + MEANING_DIM;

    meaning_prefetch(r->meaning, s);
    memset(wording, 0, WORD_ROW_WORDING * sizeof *wording);
    features_add_word(wording, WORD_ROW_WORDING, w, weight,
                      weight * r->run_weight[features_runs(w->count)]);
    if (s->halves > 0)
        meaning_row(r->meaning, s, part);
    else
        memset(part, 0, MEANING_DIM * sizeof *part);
}

void word_rows_make(struct word_rows *r, const struct word *w,
                    struct word_row *row)
{
    struct meaning_sense s = meaning_of(r->meaning, w);
    struct word_set *set = word_rows_set(r, w);
    struct word_note note = { .way = set->note[WORD_WAYS - 1].way,
                              .level = (unsigned char)s.level,
                              .halves = (unsigned char)s.halves };
    float *part = word_rows_part(r, set, note);

    word_rows_fill(r, w, &s, part);
    word_rows_to_front(set, WORD_WAYS - 1, word_key(w), note);
    *row = (struct word_row){ part, s.level, s.halves };
}
