/* This file takes a block of SHA-1 by the instructions of x86 for it: one makes
 * four steps, two make the next four words of the block's 80. */
#include "config.h"
#include "util/sha1/sha1_parts.h"

#ifdef SHA1_X86

#include <cpuid.h>
#include <immintrin.h>
#include <stdatomic.h>

#define SHA __attribute__((target("sha,ssse3,sse4.1")))

static bool sha1_x86_asks(void)
{
    unsigned a, b, c, d;

    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA) &&
           __builtin_cpu_supports("sse4.1");
}

bool sha1_x86_has(void)
{
    enum { UNASKED, NO, YES };
    static atomic_int known = UNASKED;
    int has = atomic_load_explicit(&known, memory_order_relaxed);

    if (has == UNASKED) {
        has = sha1_x86_asks() ? YES : NO;
        atomic_store_explicit(&known, has, memory_order_relaxed);
    }
    return has == YES;
}

struct sha1_x86 {
    __m128i abcd, before; /* and what abcd was four steps ago */
    __m128i w[4];         /* the last 16 words, or those of the block */
};

/* The next four of the 80 words; the first 16 are the block. */
SHA static inline __m128i sha1_x86_words(struct sha1_x86 *s, bool block)
{
    __m128i made = _mm_xor_si128(_mm_sha1msg1_epu32(s->w[0], s->w[1]),
                                 s->w[2]);
    __m128i next = block ? s->w[0] : _mm_sha1msg2_epu32(made, s->w[3]);

    s->w[0] = s->w[1];
    s->w[1] = s->w[2];
    s->w[2] = s->w[3];
    s->w[3] = next;
    return next;
}

/* Five times four steps. The instruction wants a constant, hence a macro. */
#define SHA1_QUARTER(s, quarter)                                               \
    for (unsigned i = 0; i < 5; i++) {                                         \
        __m128i add = sha1_x86_words(&(s), (quarter) == 0 && i < 4);           \
        __m128i e = (quarter) == 0 && i == 0                                   \
                        ? _mm_add_epi32((s).before, add)                       \
                        : _mm_sha1nexte_epu32((s).before, add);                \
                                                                               \
        (s).before = (s).abcd;                                                 \
        (s).abcd = _mm_sha1rnds4_epu32((s).abcd, e, quarter);                  \
    }

/* The first word of four is the highest, in the hash as in the block. */
SHA void sha1_block_x86(uint32_t h[SHA1_WORDS],
                        const unsigned char block[SHA1_BLOCK])
{
    const __m128i reversed = _mm_setr_epi8(15, 14, 13, 12, 11, 10, 9, 8, 7, 6,
                                           5, 4, 3, 2, 1, 0);
    __m128i *to = (__m128i *)(void *)h;
    __m128i abcd = _mm_shuffle_epi32(_mm_loadu_si128(to), 0x1b);
    __m128i fifth = _mm_setr_epi32(0, 0, 0, (int)h[4]);
    struct sha1_x86 s = { .abcd = abcd, .before = fifth };

    for (int i = 0; i < 4; i++)
        s.w[i] = _mm_shuffle_epi8(
            _mm_loadu_si128((const __m128i *)(const void *)(block + 16 * i)),
            reversed);
    SHA1_QUARTER(s, 0)
    SHA1_QUARTER(s, 1)
    SHA1_QUARTER(s, 2)
    SHA1_QUARTER(s, 3)
    abcd = _mm_add_epi32(abcd, s.abcd);
    _mm_storeu_si128(to, _mm_shuffle_epi32(abcd, 0x1b));
    fifth = _mm_sha1nexte_epu32(s.before, fifth);
    h[4] = (uint32_t)_mm_extract_epi32(fifth, 3);
}

#endif
