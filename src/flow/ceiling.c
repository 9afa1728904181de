/* This file keeps what was learned in a few atomic numbers, so workers neither
 * lock nor wait here. Two workers that learn at once may lose one observation;
 * the next refusal brings it back. */
#include "config.h"
#include "flow/ceiling.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "util/str.h"

enum { STEP = 8 }; /* one step raises it by an eighth */

static void ceiling_lower(_Atomic uint64_t *to, uint64_t most)
{
    uint64_t old = atomic_load(to);

    while ((old == 0 || most < old) &&
           !atomic_compare_exchange_weak(to, &old, most))
        continue;
}

static void ceiling_raise(_Atomic uint64_t *to, uint64_t least)
{
    uint64_t old = atomic_load(to);

    while (least > old && !atomic_compare_exchange_weak(to, &old, least))
        continue;
}

static uint64_t ceiling_larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static void ceiling_learn(struct ceiling *c, size_t n, size_t bytes)
{
    uint64_t good_count = atomic_load(&c->good_count);
    uint64_t good_bytes = atomic_load(&c->good_bytes);
    uint64_t good_n = good_count, good_size = good_bytes;

    if (n <= good_count && bytes <= good_bytes) {
        /* It did fit once, so the limit has changed. */
        atomic_compare_exchange_strong(&c->good_count, &good_count, 0);
        atomic_compare_exchange_strong(&c->good_bytes, &good_bytes, 0);
        good_n = good_size = 0;
    }
    if (n > good_n)
        ceiling_lower(&c->count, ceiling_larger(n / 2, good_n));
    if (bytes > good_size)
        ceiling_lower(&c->bytes, ceiling_larger(bytes - bytes / 10, good_size));
    atomic_store(&c->fits, 0);
}

static bool ceiling_has_passed(struct ceiling *c, uint64_t n, uint64_t bytes)
{
    return n <= atomic_load(&c->good_count) &&
           bytes <= atomic_load(&c->good_bytes);
}

static void ceiling_suspect(struct ceiling *c, size_t n, size_t bytes,
                            uint32_t times)
{
    atomic_store(&c->suspect, n);
    atomic_store(&c->suspect_bytes, bytes);
    atomic_store(&c->failures, times);
}

/* One failure may be an accident, and a second one, too; but none is above a
 * ceiling, for a size that never passed. We count a size that did pass and one
 * that never did as two suspicions. */
static bool ceiling_is_suspected_again(struct ceiling *c, size_t n,
                                       size_t bytes)
{
    uint64_t old_n = atomic_load(&c->suspect);
    uint64_t old_bytes = atomic_load(&c->suspect_bytes);
    bool passed = ceiling_has_passed(c, n, bytes);
    bool same = old_n && ceiling_has_passed(c, old_n, old_bytes) == passed;
    uint32_t times = same ? atomic_load(&c->failures) + 1 : 1;

    if (!passed && atomic_load(&c->count) &&
        n > atomic_load(&c->good_count))
        return true;
    ceiling_suspect(c, same && old_n < n ? (size_t)old_n : n,
                    same && old_bytes < bytes ? (size_t)old_bytes : bytes,
                    times);
    return times >= CEILING_FAILURES;
}

void ceiling_failed(struct ceiling *c, size_t n, size_t bytes, bool sure)
{
    if (!sure && !ceiling_is_suspected_again(c, n, bytes))
        return;
    ceiling_learn(c, n, bytes);
    ceiling_suspect(c, 0, 0, 0);
    atomic_store(&c->unsure, !sure);
}

void ceiling_told(struct ceiling *c, size_t most)
{
    atomic_store(&c->count, most);
    atomic_store(&c->good_count, most);
    atomic_store(&c->fits, 0);
    atomic_store(&c->unsure, false);
}

void ceiling_served(struct ceiling *c, size_t n, size_t bytes)
{
    uint64_t count, size, doubted = atomic_load(&c->suspect);
    uint64_t probe = atomic_load(&c->unsure) ? CEILING_PROBE_UNSURE
                                             : CEILING_PROBE;

    if (doubted && n >= doubted && bytes >= atomic_load(&c->suspect_bytes))
        ceiling_suspect(c, 0, 0, 0);
    ceiling_raise(&c->good_count, n);
    ceiling_raise(&c->good_bytes, bytes);
    count = atomic_load(&c->count);
    size = atomic_load(&c->bytes);
    if ((!count && !size) ||
        (atomic_fetch_add(&c->fits, 1) + 1) % probe)
        return;
    if (count)
        ceiling_raise(&c->count, count + count / STEP + 1);
    if (size)
        ceiling_raise(&c->bytes, size + size / STEP + 1);
}

static size_t ceiling_smaller(size_t most, uint64_t learned)
{
    return learned && (most == 0 || learned < most) ? (size_t)learned : most;
}

size_t ceiling_docs(struct ceiling *c, size_t most)
{
    return ceiling_smaller(most, atomic_load(&c->count));
}

size_t ceiling_size(struct ceiling *c, size_t most)
{
    return ceiling_smaller(most, atomic_load(&c->bytes));
}

void ceiling_write(struct ceiling *c, const char *endpoint,
                   char text[CEILING_TEXT])
{
    uint64_t count = atomic_load(&c->count), bytes = atomic_load(&c->bytes);

    text[0] = '\0';
    if (count || bytes)
        snprintf(text, CEILING_TEXT, "%" PRIu64 " %" PRIu64 " %s", count,
                 bytes, endpoint);
}

bool ceiling_read(struct ceiling *c, const char *endpoint, const char *text)
{
    char same[CEILING_TEXT];
    uint64_t count, bytes;
    const char *at = text;

    if (!str_take_u64(&at, &count) || !str_take_u64(&at, &bytes))
        return false;
    snprintf(same, sizeof same, "%" PRIu64 " %" PRIu64 " %s", count, bytes,
             endpoint);
    if (strcmp(same, text) != 0)
        return false;
    atomic_store(&c->count, count);
    atomic_store(&c->bytes, bytes);
    return true;
}
