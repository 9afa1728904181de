/* Where the bytes of a corpus come from: files, pipes, and how often. */
#include "config.h"
#include "tests/support/await.h"
#include "tests/support/pack.h"
#include "tests/support/source_lines.h"
#include "tests/support/source_tools.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

enum { MIB = 1 << 20 };

/* --- IN_21, IN_22 ----------------------------------------------------------- */

static void IN_21_a_file_cut_while_it_is_read_is_noticed(void **state)
{
    enum { ROUNDS = 4 };
    char *much = malloc(lines_len * ROUNDS);
    struct source_config cfg;
    struct source *s;

    (void)state;
    for (size_t i = 0; i < ROUNDS; i++)
        memcpy(much + i * lines_len, lines, lines_len);
    cfg = put_corpus("corpus.jsonl", much, lines_len * ROUNDS);
    free(much);
    s = opened(&cfg);
    got.count = got.rejected = 0;
    assert_true(see_next(s, &got));
    assert_int_equal(truncate(cfg.path, 100), 0);
    while (got.count < READING_MAX && see_next(s, &got))
        ;
    assert_int_equal(got.end, SOURCE_FAILED);
    assert_int_equal(got.err.kind, ERROR_LOCAL);
    assert_contains(got.err.text, "corpus.jsonl: ends at byte");
    assert_int_equal(got.rejected, 0);
    /* It stays so, as often as somebody tries. */
    assert_false(see_next(s, &got));
    assert_int_equal(got.end, SOURCE_FAILED);
    source_close(s);
}

static void IN_21_a_file_that_grows_while_it_is_read_is_read_on(void **state)
{
    static const char more[] = "{\"id\":\"new\",\"text\":\"x\"}\n";
    struct source_config cfg =
        corpus("corpus.jsonl", "{\"id\":\"a\",\"text\":\"x\"}\n");
    struct source *s = opened(&cfg);
    int fd = open(cfg.path, O_WRONLY | O_APPEND);

    (void)state;
    assert_int_equal(write(fd, more, sizeof more - 1), sizeof more - 1);
    close(fd);
    see_rest(s, &got);
    assert_int_equal(got.end, SOURCE_END);
    assert_int_equal(got.rejected, 0);
    assert_true(got.count == 1 || got.count == 2);
    source_close(s);
}

static void IN_22_what_is_no_file_is_refused_with_a_reason(void **state)
{
    char path[160] = "";
    struct source_config cfg = config_of(path);

    (void)state;
    snprintf(path, sizeof path, "%s", home);
    assert_refused(&cfg, "is a directory");
    assert_refused(&cfg, home);
    snprintf(path, sizeof path, "%s/none.jsonl", home);
    assert_refused(&cfg, "none.jsonl: No such file");
    snprintf(path, sizeof path, "%s/dangling", home);
    assert_int_equal(symlink("nowhere", path), 0);
    assert_refused(&cfg, "dangling: No such file");
    snprintf(path, sizeof path, "%s/\x1b[2J", home);
    assert_refused(&cfg, "<1B>[2J: No such file");
}

static void IN_22_an_unreadable_file_is_refused(void **state)
{
    struct source_config cfg = corpus("corpus.jsonl", "{}");
    bool root = geteuid() == 0;

    (void)state;
    /* Root may read everything: leave the rights aside for the moment. */
    assert_int_equal(chmod(cfg.path, 0), 0);
    if (root) {
        assert_int_equal(chmod(home, 0755), 0);
        assert_int_equal(seteuid(65534), 0);
    }
    assert_refused(&cfg, "corpus.jsonl: Permission denied");
    if (root)
        assert_int_equal(seteuid(0), 0);
}

/* --- IN_23 ------------------------------------------------------------------ */

struct pourer {
    int fd, read_fd;
    const char *bytes;
    size_t n, piece;
    uint64_t times;
    pthread_t thread;
};

static void *pour(void *arg)
{
    struct pourer *p = arg;

    for (uint64_t i = 0; i < p->times; i++)
        for (size_t at = 0; at < p->n; at += p->piece) {
            size_t n = p->n - at < p->piece ? p->n - at : p->piece;

            if (write(p->fd, p->bytes + at, n) != (ssize_t)n)
                abort();
        }
    close(p->fd);
    return NULL;
}

/* The text comes through a pipe, in pieces of that size, from a thread; the
 * configuration reads it. */
static struct source_config piped(struct pourer *p, const char *bytes,
                                  size_t n, size_t piece)
{
    static char path[32];
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    *p = (struct pourer){ ends[1], ends[0], bytes, n, piece, 1, 0 };
    return config_of(path);
}

static void end_pipe(struct pourer *p)
{
    await_thread(p->thread);
    close(p->read_fd);
}

static void IN_23_a_pipe_gives_the_same_records_as_a_file(void **state)
{
    static const size_t pieces[] = { 1000, 65536, 7 };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct pourer p;
        struct source_config cfg = piped(&p, lines, lines_len, pieces[i]);

        assert_int_equal(pthread_create(&p.thread, NULL, pour, &p), 0);
        read_all(&cfg);
        end_pipe(&p);
        assert_all_lines();
    }
}

static void IN_23_every_form_can_come_through_a_pipe(void **state)
{
    static const char *const forms[] = {
        "[{\"id\":1,\"text\":\"x\"},\n{\"id\":2,\"text\":\"y\"}]",
        "{\"v\":[1],\"documents\":[{\"id\":1,\"text\":\"x\"},"
        "{\"id\":2,\"text\":\"y\"}]}",
        "{\n\"tags\":[1],\n\"id\":1,\n\"text\":\"x\"}\n"
        "{\"id\":2,\"text\":\"y\"}\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        for (size_t piece = 3; piece <= 1000; piece += 997) {
            struct pourer p;
            struct source_config cfg =
                piped(&p, forms[i], strlen(forms[i]), piece);

            assert_int_equal(pthread_create(&p.thread, NULL, pour, &p), 0);
            read_all(&cfg);
            end_pipe(&p);
            if (got.end != SOURCE_END)
                fail_msg("%s", got.err.text);
            assert_int_equal(got.count, 2);
            assert_record(0, "1", "x");
            assert_record(1, "2", "y");
        }
}

static void IN_23_a_pipe_is_resumed_by_reading_forward(void **state)
{
    struct fingerprint print;
    struct pourer p;
    struct source_config cfg = piped(&p, lines, lines_len, 4096);
    uint64_t done, size, hash;
    struct source *s;
    struct error err;

    (void)state;
    assert_int_equal(pthread_create(&p.thread, NULL, pour, &p), 0);
    s = opened(&cfg);
    assert_true(source_fingerprint(s, &print, &err));
    assert_false(print.seekable);
    assert_false(source_window_hash(s, 10, &hash, &err));
    assert_true(source_seek(s, line_at[1500], 1500, 1501, &err));
    see_rest(s, &got);
    source_progress(s, &done, &size);
    assert_int_equal(size, 0);
    assert_int_equal(done, lines_len);
    assert_int_equal(got.end, SOURCE_END);
    assert_int_equal(got.count, LINES - 1500);
    assert_string_equal(got.at[0].id, "1500");
    assert_int_equal(got.at[0].line, 1501);
    assert_false(source_seek(s, 0, 0, 1, &err));
    assert_contains(err.text, "cannot go back");
    source_close(s);
    end_pipe(&p);
}

static void IN_23_a_pipe_shorter_than_the_checkpoint_is_told(void **state)
{
    struct pourer p;
    struct source_config cfg = piped(&p, lines, 1000, 1000);
    struct source *s;
    struct error err;

    (void)state;
    assert_int_equal(pthread_create(&p.thread, NULL, pour, &p), 0);
    s = opened(&cfg);
    assert_false(source_seek(s, 5000, 50, 51, &err));
    assert_int_equal(err.kind, ERROR_FOREIGN);
    assert_contains(err.text, "before byte 5000, where the checkpoint");
    source_close(s);
    end_pipe(&p);
}

/* The line was read, and the test's own thread waits for more. */
static bool waits_for_more(int fd)
{
    int unread = 0;

    return ioctl(fd, FIONREAD, &unread) == 0 && !unread && is_asleep(getpid());
}

static void *pour_when_awaited(void *arg)
{
    struct pourer *p = arg;

    if (!comes_true(waits_for_more(p->read_fd)))
        abort();
    return pour(p);
}

static void IN_23_a_read_may_end_with_the_first_value(void **state)
{
    static const char first[] = "{\n\"id\":1,\n\"text\":\"x\"}",
                      rest[] = "\n{\"id\":2,\"text\":\"y\"}\n";
    struct pourer p;
    struct source_config cfg = piped(&p, rest, sizeof rest - 1, sizeof rest);

    (void)state;
    assert_int_equal(write(p.fd, first, sizeof first - 1), sizeof first - 1);
    assert_int_equal(pthread_create(&p.thread, NULL, pour_when_awaited, &p),
                     0);
    read_all(&cfg);
    end_pipe(&p);
    assert_int_equal(got.end, SOURCE_END);
    assert_int_equal(got.count, 2);
    assert_record(0, "1", "x");
    assert_record(1, "2", "y");
}

struct speaker {
    int fd, corpus_fd;
};

static void *speak_then(void *arg)
{
    const struct speaker *s = arg;

    if (!comes_true(waits_for_more(s->corpus_fd)) || write(s->fd, "!", 1) != 1)
        abort();
    return NULL;
}

static void IN_23_a_stop_ends_a_read_that_waits(void **state)
{
    static const char line[] = "{\"id\":\"a\",\"text\":\"x\"}\n";
    struct pourer p;
    struct source_config cfg = piped(&p, "", 0, 1);
    struct speaker speaker = { .corpus_fd = p.read_fd };
    pthread_t thread;
    struct source *s;
    int stop[2];

    (void)state;
    assert_int_equal(pipe(stop), 0);
    cfg.stop_fd = stop[0];
    speaker.fd = stop[1];
    assert_int_equal(write(p.fd, line, sizeof line - 1), sizeof line - 1);
    s = opened(&cfg);
    assert_int_equal(pthread_create(&thread, NULL, speak_then, &speaker), 0);
    see_rest(s, &got); /* the writer lives on and says nothing */
    assert_int_equal(got.end, SOURCE_STOPPED);
    assert_int_equal(got.count, 1);
    assert_record(0, "a", "x");
    source_close(s);
    await_thread(thread);
    assert_int_equal(pthread_create(&p.thread, NULL, pour, &p), 0);
    end_pipe(&p);
    close(stop[0]);
    close(stop[1]);
}

static void IN_23_a_half_read_standard_input_is_like_a_pipe(void **state)
{
    struct source_config cfg = config_of("-");
    int keep = dup(STDIN_FILENO), fd;
    struct fingerprint print;
    struct source *s;
    struct error err;

    (void)state;
    fd = open(put_corpus("corpus.jsonl", lines, lines_len).path, O_RDONLY);
    assert_true(fd >= 0 && dup2(fd, STDIN_FILENO) == STDIN_FILENO);
    assert_true(lseek(STDIN_FILENO, (off_t)line_at[1990], SEEK_SET) > 0);
    s = opened(&cfg);
    assert_true(source_fingerprint(s, &print, &err));
    see_rest(s, &got);
    source_close(s);
    dup2(keep, STDIN_FILENO);
    close(keep);
    close(fd);
    if (got.end != SOURCE_END)
        fail_msg("%s", got.err.text);
    assert_false(print.seekable);
    assert_int_equal(got.count, 10);
    assert_string_equal(got.at[0].id, "1990");
}

/* --- IN_07: memory ---------------------------------------------------------- */

static size_t resident_peak(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (size_t)usage.ru_maxrss * 1024;
}

static void IN_07_a_giant_line_needs_no_memory_of_its_size(void **state)
{
    static char block[MIB];
    size_t before;
    struct pourer p;
    struct source_config cfg = piped(&p, block, sizeof block, 65536);

    (void)state;
    memset(block, 'x', sizeof block);
    p.times = 96;
    cfg.limit_line = MIB;
    before = resident_peak();
    assert_int_equal(pthread_create(&p.thread, NULL, pour, &p), 0);
    read_all(&cfg);
    end_pipe(&p);
    assert_int_equal(got.end, SOURCE_END);
    assert_int_equal(got.count, 1);
    assert_rejected(0, "line 1", "line too long: 100,663,296 bytes, "
                                 "--max-line-mb allows 1 MiB");
    assert_true(resident_peak() - before < 16 * MIB);
}

static void IN_24_a_bomb_needs_no_memory_of_its_size(void **state)
{
    static unsigned char packed[MIB];
    size_t before = resident_peak(), n;
    struct source_config cfg;

    (void)state;
    n = pack_bomb('x', 64 * MIB, packed, sizeof packed);
    cfg = put_corpus("bomb.jsonl.gz", packed, n);
    cfg.limit_line = MIB;
    read_all(&cfg);
    assert_int_equal(got.count, 1);
    assert_rejected(0, "line 1", "line too long");
    assert_true(resident_peak() - before < 16 * MIB);
}

/* --- knowing a corpus again -------------------------------------------------- */

static struct fingerprint print_of(const char *bytes, size_t n)
{
    struct fingerprint print;
    struct source_config cfg;
    struct source *s;
    struct error err;

    cfg = put_corpus("corpus.jsonl", bytes, n);
    s = opened(&cfg);
    assert_true(source_fingerprint(s, &print, &err));
    source_close(s);
    return print;
}

static void a_fingerprint_tells_changes_and_growth(void **state)
{
    struct fingerprint first = print_of(lines, lines_len - 1000), other;
    char *edited = malloc(lines_len);

    (void)state;
    assert_non_null(edited);
    memcpy(edited, lines, lines_len);
    assert_true(first.seekable);
    assert_int_equal(first.size, lines_len - 1000);
    other = print_of(lines, lines_len - 1000);
    assert_true(other.head_hash == first.head_hash);
    assert_true(other.tail_hash == first.tail_hash);
    assert_true(other.inode == first.inode);
    other = print_of(lines, lines_len); /* appended */
    assert_int_equal(other.size, lines_len);
    assert_true(other.head_hash == first.head_hash);
    assert_false(other.tail_hash == first.tail_hash);
    edited[10] ^= 1;
    other = print_of(edited, lines_len - 1000);
    assert_false(other.head_hash == first.head_hash);
    edited[10] ^= 1;
    edited[lines_len - 1001] ^= 1;
    other = print_of(edited, lines_len - 1000);
    assert_true(other.head_hash == first.head_hash);
    assert_false(other.tail_hash == first.tail_hash);
    free(edited);
}

static void a_window_hash_is_of_the_bytes_before_a_place(void **state)
{
    uint64_t first, same, other;
    struct source_config cfg;
    struct source *s;
    struct error err;

    (void)state;
    cfg = put_corpus("corpus.jsonl", lines, lines_len);
    s = opened(&cfg);
    assert_true(source_window_hash(s, line_at[500], &first, &err));
    see_rest(s, &got); /* reading is not disturbed, nor does it disturb */
    assert_all_lines();
    assert_true(source_window_hash(s, line_at[500], &same, &err));
    assert_true(source_window_hash(s, line_at[501], &other, &err));
    assert_true(first == same);
    assert_false(first == other);
    assert_true(source_window_hash(s, 0, &other, &err));
    assert_false(source_window_hash(s, lines_len + 1, &other, &err));
    assert_contains(err.text, "shorter than it was");
    source_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOME_TEST(IN_07_a_giant_line_needs_no_memory_of_its_size),
        HOME_TEST(IN_24_a_bomb_needs_no_memory_of_its_size),
        HOME_TEST(IN_21_a_file_cut_while_it_is_read_is_noticed),
        HOME_TEST(IN_21_a_file_that_grows_while_it_is_read_is_read_on),
        HOME_TEST(IN_22_what_is_no_file_is_refused_with_a_reason),
        HOME_TEST(IN_22_an_unreadable_file_is_refused),
        HOME_TEST(IN_23_a_pipe_gives_the_same_records_as_a_file),
        HOME_TEST(IN_23_every_form_can_come_through_a_pipe),
        HOME_TEST(IN_23_a_read_may_end_with_the_first_value),
        HOME_TEST(IN_23_a_pipe_is_resumed_by_reading_forward),
        HOME_TEST(IN_23_a_pipe_shorter_than_the_checkpoint_is_told),
        HOME_TEST(IN_23_a_stop_ends_a_read_that_waits),
        HOME_TEST(IN_23_a_half_read_standard_input_is_like_a_pipe),
        HOME_TEST(a_fingerprint_tells_changes_and_growth),
        HOME_TEST(a_window_hash_is_of_the_bytes_before_a_place),
    };

    make_lines();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
