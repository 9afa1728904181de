/*
 * The groups lie in a ring of their own, addressed by their number, and each
 * counts its rows by how they stand. A group whose counts are all zero is gone
 * and is stepped over.
 */
#include "config.h"
#include "core/folds.h"

#include <stddef.h>

/* Only one of the newest folds is joined, and each fold has had a row: what is
 * not gone is never further apart than there are places. */
struct fold *folds_at(struct folds *f, uint64_t fold)
{
    return &f->fold[fold % (SIEVE_ROWS + FOLDS_RECENT)];
}

uint32_t fold_rows(const struct fold *x)
{
    uint32_t n = 0;

    for (int i = 0; i < STANDINGS; i++)
        n += x->count[i];
    return n;
}

uint32_t fold_owed(const struct fold *x)
{
    return x->count[FAILURE_FINAL] + x->count[FAILURE_WAITING];
}

uint64_t folds_find(struct folds *f, uint64_t key)
{
    for (uint64_t n = f->count; n > 0 && f->count - n < FOLDS_RECENT; n--)
        if (folds_at(f, n)->key == key && fold_rows(folds_at(f, n)))
            return n;
    return 0;
}

void folds_add(struct folds *f, uint64_t fold, uint64_t key, uint64_t row,
               size_t place, enum failure_standing standing)
{
    struct fold *x;

    if (!fold) {
        fold = ++f->count;
        f->alive++;
        *folds_at(f, fold) = (struct fold){ .key = key };
    }
    x = folds_at(f, fold);
    f->of[place] = fold;
    f->below[place] = x->newest;
    x->newest = x->shown = row + 1;
    x->count[standing]++;
}

void folds_drop(struct folds *f, size_t place, enum failure_standing standing)
{
    struct fold *x = folds_at(f, f->of[place]);

    if (!f->of[place])
        return;
    f->of[place] = 0;
    x->count[standing]--;
    f->alive -= fold_rows(x) == 0;
}

void folds_mark(struct folds *f, size_t place, enum failure_standing was,
                enum failure_standing now)
{
    struct fold *x = folds_at(f, f->of[place]);

    if (!f->of[place])
        return;
    x->count[was]--;
    x->count[now]++;
    x->shown = x->newest;
}

uint64_t folds_nth(struct folds *f, uint64_t n)
{
    uint64_t fold = folds_next(f, f->count + 1, -1);

    while (n-- > 0)
        fold = folds_next(f, fold, -1);
    return fold;
}

uint64_t folds_next(struct folds *f, uint64_t fold, int step)
{
    do
        fold += (uint64_t)step;
    while (fold > 0 && fold <= f->count && !fold_rows(folds_at(f, fold)));
    return fold;
}
