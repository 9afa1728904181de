/*
 * How fast vectors become JSON text and come back, against printf("%.9g") and
 * strtof() in the same run. Values like those of a normalised embedding.
 */
#include "config.h"
#include "util/floats.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { VECTORS = 64, DIM = 1536, COUNT = VECTORS * DIM, ROUNDS = 20 };

static float values[COUNT], back[COUNT];
static char ours[COUNT * (FLOAT_TEXT_MAX + 1) + 2];
static char theirs[COUNT * 24 + 2];

static double now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Sums of twelve uniform numbers are bell-shaped enough. */
static void make_values(void)
{
    uint32_t state = 1;

    for (int i = 0; i < COUNT; i++) {
        double sum = -6;

        for (int j = 0; j < 12; j++) {
            state = state * 1664525u + 1013904223u;
            sum += (double)state / 4294967296.0;
        }
        values[i] = (float)(sum / sqrt(DIM));
    }
}

static double best_of(double (*run)(void))
{
    double best = run();

    for (int i = 1; i < ROUNDS; i++)
        best = fmin(best, run());
    return best / COUNT;
}

static double put_ours(void)
{
    double start = now_ns();

    *float_put_array(ours, values, COUNT) = '\0';
    return now_ns() - start;
}

static double put_one_by_one(void)
{
    double start = now_ns();
    char *to = ours;

    for (int i = 0; i < COUNT; i++) {
        to = float_put(to, values[i]);
        *to++ = ',';
    }
    return now_ns() - start;
}

static double put_theirs(void)
{
    double start = now_ns();
    char *to = theirs;

    for (int i = 0; i < COUNT; i++)
        to += sprintf(to, "%.9g,", (double)values[i]);
    return now_ns() - start;
}

static double get_ours(void)
{
    double start = now_ns();
    size_t got;

    if (!float_get_array(ours, ours + sizeof ours, back, COUNT, &got))
        abort();
    return now_ns() - start;
}

static double get_theirs(void)
{
    double start = now_ns();
    char *from = theirs;

    for (int i = 0; i < COUNT; i++)
        back[i] = strtof(from, &from), from++;
    return now_ns() - start;
}

/* The sum keeps the compiler from leaving the work out. */
static double sink;

static double dot(void)
{
    double start = now_ns();

    for (int i = 0; i < VECTORS; i++)
        sink += (double)float_dot(values, values + i * DIM, DIM);
    return now_ns() - start;
}

static double usable(void)
{
    double start = now_ns();

    for (int i = 0; i < VECTORS; i++)
        sink += float_usable(values + i * DIM, DIM);
    return now_ns() - start;
}

static void row(const char *what, double us, double them, const char *name)
{
    printf("%-10s %7.2f ns/float   %s %7.2f ns/float   ratio %5.1f\n", what,
           us, name, them, them / us);
}

int main(void)
{
    double us, them;

    make_values();
    us = best_of(put_one_by_one);
    them = best_of(put_theirs);
    row("float_put", us, them, "printf");
    them = us;
    us = best_of(put_ours);
    row("in arrays", us, them, "alone ");
    us = best_of(get_ours);
    them = best_of(get_theirs);
    row("float_get", us, them, "strtof");
    printf("%-10s %7.3f ns/float\n", "float_dot", best_of(dot));
    printf("%-10s %7.3f ns/float\n", "usable", best_of(usable));
    return sink == 0;
}
