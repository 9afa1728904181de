/*
 * How fast the SQLite store takes documents with ascending and with random ids
 * (UUIDs), in turns: seconds with the end of the run, its share, bytes written,
 * and resident memory. `bench_sqlite [DOCUMENTS [DIMENSIONS [FOLDER [ROUNDS]]]]`
 */
#include "config.h"
#include "store/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 2000, ID = 37, TEXT = 120 };

struct figures {
    double seconds, end, cpu;
    double written; /* bytes */
    double resident;
};

static uint64_t dice = 4711;

static uint64_t roll(void)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    return dice ^= dice << 17;
}

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double written_bytes(void)
{
    FILE *f = fopen("/proc/self/io", "r");
    char line[80];
    double n = 0;

    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, "write_bytes:", 12) == 0)
            n = strtod(line + 12, NULL);
    if (f)
        fclose(f);
    return n;
}

static void make_id(char *to, uint64_t n, bool random)
{
    uint64_t a = roll(), b = roll();

    if (random)
        snprintf(to, ID, "%08x-%04x-4%03x-%04x-%012" PRIx64,
                 (unsigned)(uint32_t)a, (unsigned)(a >> 32 & 0xffff),
                 (unsigned)(a >> 48 & 0xfff), (unsigned)(b & 0xffff), b >> 16);
    else
        snprintf(to, ID, "document-%027" PRIu64, n);
}

static bool fill(struct store *s, uint64_t documents, bool random,
                 struct error *err)
{
    static struct upsert_item item[BATCH];
    static char id[BATCH][ID], text[TEXT];
    float *vector = calloc(s->dim, sizeof *vector);
    bool fine = vector != NULL;
    size_t taken;

    memset(text, 'x', sizeof text);
    for (size_t i = 0; fine && i < s->dim; i++)
        vector[i] = (float)(roll() >> 40);
    for (uint64_t n = 0; fine && n < documents; n += taken) {
        size_t want = documents - n < BATCH ? (size_t)(documents - n) : BATCH;

        for (size_t i = 0; i < want; i++) {
            make_id(id[i], n + i, random);
            item[i] = (struct upsert_item){ .id = text_of(id[i]),
                                            .text = { text, TEXT },
                                            .vector = vector };
        }
        fine = s->ops->upsert(s, item, want, &taken, err);
    }
    free(vector);
    return fine;
}

static bool measure(const char *url, uint64_t documents, size_t dim,
                    bool random, struct figures *f, struct error *err)
{
    struct store_config cfg = { .url = url, .dim = dim, .stop_fd = -1,
                                .model = "m" };
    double from = now_s(), between;
    struct store *s = store_sqlite.open(&store_sqlite, &cfg, err), *last;
    struct rusage use;
    bool fine = s && s->ops->preflight(s, err) &&
                fill(s, documents, random, err);

    between = now_s();
    cfg.read_only = true;
    last = fine ? store_sqlite.open(&store_sqlite, &cfg, err) : NULL;
    fine = last && (!last->ops->finish || last->ops->finish(last, err));
    store_sqlite.close(last);
    store_sqlite.close(s);
    f->seconds = now_s() - from;
    f->end = now_s() - between;
    getrusage(RUSAGE_SELF, &use);
    f->cpu = (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
             (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
    f->resident = (double)use.ru_maxrss * 1024;
    f->written = written_bytes();
    return fine;
}

/* In a process of its own, for its memory and its bytes. */
static bool measure_apart(const char *path, uint64_t documents, size_t dim,
                          bool random, struct figures *f)
{
    char url[4200];
    int pipes[2];
    pid_t child;
    bool fine;

    snprintf(url, sizeof url, "sqlite:%s", path);
    unlink(path);
    if (pipe(pipes) != 0)
        return false;
    child = fork();
    if (child == 0) {
        struct error err = { 0 };

        fine = measure(url, documents, dim, random, f, &err);
        if (!fine)
            fprintf(stderr, "bench_sqlite: %s\n", err.text);
        _exit(fine && write(pipes[1], f, sizeof *f) == sizeof *f ? 0 : 1);
    }
    close(pipes[1]);
    fine = child > 0 && read(pipes[0], f, sizeof *f) == sizeof *f;
    close(pipes[0]);
    waitpid(child, NULL, 0);
    unlink(path);
    return fine;
}

static void bench_sqlite_print(const char *ids, uint64_t documents,
                               const struct figures *f)
{
    printf("sqlite, %-9s ids: %8.0f documents/s, %6.1f s (the end %5.1f), "
           "%6.1f s of CPU, %6.0f bytes written a document, %5.1f MiB\n",
           ids, (double)documents / f->seconds, f->seconds, f->end, f->cpu,
           f->written / (double)documents, f->resident / (1 << 20));
    fflush(stdout);
}

int main(int argc, char **argv)
{
    uint64_t documents = argc > 1 ? strtoull(argv[1], NULL, 10) : 200000;
    size_t dim = argc > 2 ? strtoul(argv[2], NULL, 10) : 384;
    const char *folder = argc > 3 ? argv[3] : "/tmp";
    int rounds = argc > 4 ? atoi(argv[4]) : 1;
    char path[4100];

    snprintf(path, sizeof path, "%s/bench_sqlite.%ld", folder, (long)getpid());
    for (int i = 0; i < rounds; i++) {
        struct figures ascending, random;

        if (!measure_apart(path, documents, dim, false, &ascending) ||
            !measure_apart(path, documents, dim, true, &random))
            return 1;
        bench_sqlite_print("ascending", documents, &ascending);
        bench_sqlite_print("random", documents, &random);
        printf("sqlite, random over ascending ids: %.2f, CPU %.2f\n",
               ascending.seconds / random.seconds, ascending.cpu / random.cpu);
    }
    return 0;
}
