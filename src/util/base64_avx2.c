/*
 * This file decodes 32 characters of base64 at a time.
 *
 * The high half of a character says which row of the code table it is in, and a
 * row has one distance from character to value: '+' and '/' alone share a row
 * and differ. A row takes only some columns, the low half: each kind of row has
 * a bit, each column the bits of the rows that have a letter there, and a
 * character without a bit in common is none of the alphabet.
 *
 * Two multiplications join four values of six bits into 24, and a shuffle puts
 * their bytes in order.
 */
#include "config.h"
#include "util/base64_parts.h"

#ifdef BASE64_AVX2

#include <immintrin.h>
#include <stdbool.h>

#define WIDE static inline __attribute__((target("avx2"), always_inline))

enum { BLOCK = 8, BLOCK_CHARACTERS = 32, BLOCK_BYTES = 24,
       SPARE = 3 /* groups whose bytes a store of 32 bytes may touch */ };

/* The same table of 16 bytes for both halves of a register. */
#define TABLE(...) _mm256_broadcastsi128_si256(_mm_setr_epi8(__VA_ARGS__))

WIDE __m256i base64_rows(__m256i in)
{
    return _mm256_and_si256(_mm256_srli_epi32(in, 4), _mm256_set1_epi8(15));
}

/* Rows of one kind: '+' and '/'; digits; A to O and a to o; P to Z and p to
 * z. A byte above ASCII is in no column: the shuffle makes it zero. */
WIDE bool base64_all_known(__m256i in, __m256i row)
{
    const __m256i kind = TABLE(0, 0, 1, 2, 4, 8, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0);
    const __m256i column = TABLE(2 | 8, 14, 14, 14, 14, 14, 14, 14, 14, 14,
                                 4 | 8, 1 | 4, 4, 4, 4, 1 | 4);
    __m256i both = _mm256_and_si256(_mm256_shuffle_epi8(kind, row),
                                    _mm256_shuffle_epi8(column, in));

    return _mm256_movemask_epi8(
               _mm256_cmpeq_epi8(both, _mm256_setzero_si256())) == 0;
}

/* Six bits of each character. */
WIDE __m256i base64_values(__m256i in, __m256i row)
{
    const __m256i distance =
        TABLE(0, 0, 62 - '+', 52 - '0', -'A', -'A', 26 - 'a', 26 - 'a', 0, 0,
              0, 0, 0, 0, 0, 0);
    __m256i slash = _mm256_cmpeq_epi8(in, _mm256_set1_epi8('/'));
    __m256i value = _mm256_add_epi8(in, _mm256_shuffle_epi8(distance, row));

    /* The distance of '/' is three less than that of '+'. */
    return _mm256_add_epi8(value,
                           _mm256_and_si256(slash, _mm256_set1_epi8(-3)));
}

/* 24 bytes, and eight of zero behind them. */
WIDE __m256i base64_join(__m256i value)
{
    const __m256i order =
        TABLE(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
    const __m256i together = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7);
    __m256i twelve =
        _mm256_maddubs_epi16(value, _mm256_set1_epi16(1 << 8 | 1 << 6));
    __m256i all =
        _mm256_madd_epi16(twelve, _mm256_set1_epi32(1 << 16 | 1 << 12));

    return _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(all, order),
                                       together);
}

__attribute__((target("avx2"))) size_t
base64_groups_avx2(const unsigned char *p, size_t groups, unsigned char *to)
{
    size_t left = groups;

    for (; left >= BLOCK + SPARE; left -= BLOCK) {
        __m256i in = _mm256_loadu_si256((const __m256i *)(const void *)p);
        __m256i row = base64_rows(in);

        if (!base64_all_known(in, row))
            break;
        _mm256_storeu_si256((__m256i *)(void *)to,
                            base64_join(base64_values(in, row)));
        p += BLOCK_CHARACTERS;
        to += BLOCK_BYTES;
    }
    return groups - left;
}

#endif
