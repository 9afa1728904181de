/*
 * How fast the reader is, against a scan that only looks for line ends, in the
 * same run. Without an argument the corpus is made up: dictionary entries of
 * some 250 bytes, ASCII but for one in sixteen. `bench_json FILE` takes JSONL.
 */
#include "config.h"
#include "source/source.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "util/json.h"

enum { ROUNDS = 5, MADE_BYTES = 64 << 20 };

static struct buf corpus;
static char path[4096];
static uint64_t sink; /* keeps the compiler from leaving the work out */

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void make_corpus(void)
{
    for (unsigned i = 0; corpus.len < MADE_BYTES; i++)
        buf_printf(&corpus,
                   "{\"id\": \"wn-%08u-n\", \"text\": \"entity %u%s: that "
                   "which is perceived or known or inferred to have its own "
                   "distinct existence (living or nonliving); something that "
                   "was named \\\"entity\\\" once\", \"metadata\": {\"pos\": "
                   "\"noun\", \"lemmas\": [\"entity\", \"thing\"], "
                   "\"depth\": %u}}\n",
                   i, i, i % 16 ? "" : " \xc3\xa9" "t\xc3\xa9", i % 19);
}

static void write_corpus(void)
{
    const char *folder = getenv("TMPDIR");
    size_t put = 0;
    int fd;

    snprintf(path, sizeof path, "%s/bench_json.XXXXXX",
             folder ? folder : "/tmp");
    fd = mkstemp(path);
    while (fd >= 0 && put < corpus.len) {
        ssize_t n = write(fd, corpus.data + put, corpus.len - put);

        if (n <= 0)
            break;
        put += (size_t)n;
    }
    if (put < corpus.len)
        perror(path), exit(2);
    close(fd);
}

static void load_corpus(const char *from)
{
    int fd = open(from, O_RDONLY);
    ssize_t n = 1;

    snprintf(path, sizeof path, "%s", from);
    while (fd >= 0 && n > 0) {
        char *room = buf_reserve(&corpus, 1 << 20);

        n = room ? read(fd, room, 1 << 20) : 0;
        corpus.len += n > 0 ? (size_t)n : 0;
    }
    if (!corpus.len)
        perror(from), exit(2);
    close(fd);
}

/* Hand each line to `use`. */
static double by_line(void (*use)(const char *line, size_t n))
{
    const char *p = corpus.data, *end = p + corpus.len, *lf;
    double start = now_s();

    while (p < end && (lf = memchr(p, '\n', (size_t)(end - p)))) {
        use(p, (size_t)(lf - p));
        p = lf + 1;
    }
    return now_s() - start;
}

static void count_line(const char *line, size_t n)
{
    sink += n + (line != NULL);
}

static void parse_line(const char *line, size_t n)
{
    struct json_cursor c;

    json_begin(&c, line, n);
    sink += json_value(&c, NULL) && json_end(&c);
}

static double scan_lines(void)
{
    return by_line(count_line);
}

static double parse_lines(void)
{
    return by_line(parse_line);
}

static double read_records(void)
{
    static const char *const text[] = { "text" }, *const metadata = "metadata";
    struct source_config cfg = { .path = path,
                                 .format = SOURCE_JSONL,
                                 .json_path = "documents",
                                 .id_field = "id",
                                 .metadata_fields = &metadata,
                                 .metadata_field_count = 1,
                                 .text_fields = text,
                                 .text_field_count = 1,
                                 .stop_fd = -1 };
    double start = now_s();
    struct error err;
    struct source *s = source_open(&cfg, &err);
    struct record rec;

    while (s && source_next(s, &rec, &err) <= SOURCE_REJECTED)
        sink += rec.text.len;
    if (!s)
        fprintf(stderr, "%s\n", err.text), exit(2);
    source_close(s);
    return now_s() - start;
}

static double best_of(double (*run)(void))
{
    double best = run();

    for (int i = 1; i < ROUNDS; i++) {
        double s = run();

        best = s < best ? s : best;
    }
    return best;
}

static void row(const char *what, double s, double newline_s)
{
    printf("%-22s %7.0f MB/s   %5.2f of the newline scan\n", what,
           (double)corpus.len / 1e6 / s, newline_s / s);
}

int main(int argc, char **argv)
{
    double newline_s;

    if (argc > 1)
        load_corpus(argv[1]);
    else
        make_corpus(), write_corpus();
    newline_s = best_of(scan_lines);
    row("newline scan", newline_s, newline_s);
    row("tokenizer", best_of(parse_lines), newline_s);
    row("source_next from file", best_of(read_records), newline_s);
    if (argc < 2)
        unlink(path);
    buf_release(&corpus);
    return sink == 0;
}
