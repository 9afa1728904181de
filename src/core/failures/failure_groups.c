/* This file keeps the groups in a ring, by number; each counts its rows by
 * their state. A group whose counts are all zero is gone and is skipped. */
#include "config.h"
#include "core/failures/failure_groups.h"

#include <stddef.h>

/* Only the newest groups are joined, and each group began with a row. So the
 * oldest group that still has rows is never overwritten by the newest. */
struct failure_group *failure_groups_at(struct failure_groups *f,
                                        uint64_t group)
{
    return &f->group[group % (FAILURE_LOG_ROWS + GROUPS_RECENT)];
}

/* How many rows the group has, in any standing; 0: it is gone. */
static uint32_t failure_group_rows(const struct failure_group *x)
{
    uint32_t n = 0;

    for (int i = 0; i < STANDINGS; i++)
        n += x->count[i];
    return n;
}

uint32_t failure_group_open(const struct failure_group *x)
{
    return x->count[FAILURE_FINAL] + x->count[FAILURE_WAITING];
}

uint64_t failure_groups_find(struct failure_groups *f, uint64_t key)
{
    for (uint64_t n = f->count; n > 0 && f->count - n < GROUPS_RECENT; n--)
        if (failure_groups_at(f, n)->key == key &&
            failure_group_rows(failure_groups_at(f, n)))
            return n;
    return 0;
}

void failure_groups_add(struct failure_groups *f, uint64_t group, uint64_t key,
                        uint64_t row, size_t place,
                        enum failure_standing standing)
{
    struct failure_group *x;

    if (!group) {
        group = ++f->count;
        f->alive++;
        *failure_groups_at(f, group) = (struct failure_group){ .key = key };
    }
    x = failure_groups_at(f, group);
    f->of[place] = group;
    f->below[place] = x->newest;
    x->newest = x->shown = row + 1;
    x->count[standing]++;
}

void failure_groups_drop(struct failure_groups *f, size_t place,
                         enum failure_standing standing)
{
    struct failure_group *x = failure_groups_at(f, f->of[place]);

    if (!f->of[place])
        return;
    f->of[place] = 0;
    x->count[standing]--;
    f->alive -= failure_group_rows(x) == 0;
}

void failure_groups_mark(struct failure_groups *f, size_t place,
                         enum failure_standing was, enum failure_standing now)
{
    struct failure_group *x = failure_groups_at(f, f->of[place]);

    if (!f->of[place])
        return;
    x->count[was]--;
    x->count[now]++;
    x->shown = x->newest;
}

uint64_t failure_groups_nth(struct failure_groups *f, uint64_t n)
{
    uint64_t group = failure_groups_next(f, f->count + 1, -1);

    while (n-- > 0)
        group = failure_groups_next(f, group, -1);
    return group;
}

uint64_t failure_groups_next(struct failure_groups *f, uint64_t group, int step)
{
    do
        group += (uint64_t)step;
    while (group > 0 && group <= f->count &&
           !failure_group_rows(failure_groups_at(f, group)));
    return group;
}
