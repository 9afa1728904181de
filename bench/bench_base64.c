/*
 * How fast vectors leave base64, per byte of vector, against reading the same
 * vectors as numbers in JSON.
 */
#include "config.h"
#include "util/base64.h"
#include "util/floats.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { DIM = 1536, VECTORS = 64, COUNT = DIM * VECTORS, ROUNDS = 50 };
enum { BYTES = COUNT * sizeof(float) };

static float values[COUNT], back[COUNT];
static char text[BYTES / 3 * 4 + 8];
static char json[COUNT * (FLOAT_TEXT_MAX + 1) + 2];
static size_t length, json_length;

static double now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void encode(void)
{
    length = (size_t)(base64_encode_floats(text, values, COUNT) - text);
}

static void decode(void)
{
    if (!base64_floats(text, length, back, COUNT))
        abort();
}

static void read_json(void)
{
    size_t got;

    if (!float_get_array(json, json + json_length, back, COUNT, &got))
        abort();
}

static double best_of(void (*run)(void))
{
    double best = 0;

    for (int i = 0; i < ROUNDS; i++) {
        double start = now_ns(), took;

        run();
        took = now_ns() - start;
        if (i == 0 || took < best)
            best = took;
    }
    return best / BYTES;
}

int main(void)
{
    double encoded, decoded, numbers;

    for (int i = 0; i < COUNT; i++)
        values[i] = (float)(i * 7919 % 20011 - 10005) * 1e-5f;
    json_length = (size_t)(float_put_array(json, values, COUNT) - json);
    encoded = best_of(encode);
    decoded = best_of(decode);
    numbers = best_of(read_json);
    printf("base64_encode_floats %6.3f ns/byte\n", encoded);
    printf("base64_floats        %6.3f ns/byte   JSON numbers %6.3f ns/byte"
           "   ratio %5.1f\n",
           decoded, numbers, numbers / decoded);
    return 0;
}
