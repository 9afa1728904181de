/* Vectors that outlive their process, and are nobody else's. */
#include "config.h"
#include "ledger/spool.h"

#include "tests/support/await.h"
#include "tests/support/ledger_tools.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/str.h"

enum { DIM = 5, MOST = 64 };

static struct spool_config config(size_t dim, uint64_t identity)
{
    struct stat st;

    if (stat(checkpoints, &st) != 0)
        assert_int_equal(mkdir(checkpoints, 0700), 0);
    return (struct spool_config){ .path = in_dir("job.spool"),
                                  .identity = identity, .dim = dim,
                                  .most = MOST };
}

static struct spool *open_as(size_t dim, uint64_t identity)
{
    struct spool_config cfg = config(dim, identity);
    struct error err;
    struct spool *s = spool_open(&cfg, &err);

    if (!s)
        fail_msg("%s", err.text);
    return s;
}

static struct spool *open_spool(void)
{
    return open_as(DIM, 7);
}

static struct spool_key key_of(size_t i)
{
    char id[32], text[32];

    snprintf(id, sizeof id, "doc-%zu", i);
    snprintf(text, sizeof text, "text of %zu", i);
    return (struct spool_key){ .id_hash = str_hash64(id, strlen(id)),
                               .text_hash = str_hash64(text, strlen(text)),
                               .text_len = (uint32_t)strlen(text),
                               .pos = i };
}

static void vector_of(size_t i, float *to)
{
    for (size_t k = 0; k < DIM; k++)
        to[k] = (float)(i + 1) / (float)(k + 1);
}

/* Put documents first..first + n - 1; their slots. */
static bool put(struct spool *s, size_t first, size_t n, uint32_t *slot,
                struct error *err)
{
    struct spool_record rec[SPOOL_PUT_MAX];
    float vectors[SPOOL_PUT_MAX][DIM];
    bool fine;

    for (size_t i = 0; i < n; i++) {
        vector_of(first + i, vectors[i]);
        rec[i] = (struct spool_record){ .key = key_of(first + i),
                                        .paid = 1000 + first + i,
                                        .vector = vectors[i] };
    }
    fine = spool_put(s, rec, n, err);
    for (size_t i = 0; i < n; i++)
        slot[i] = rec[i].slot;
    return fine;
}

static void put_all(struct spool *s, size_t first, size_t n, uint32_t *slot)
{
    uint32_t mine[SPOOL_PUT_MAX];
    struct error err;

    if (!put(s, first, n, slot ? slot : mine, &err))
        fail_msg("%s", err.text);
}

/* Document i is there, and right. */
static bool take(struct spool *s, size_t i)
{
    struct spool_key key = key_of(i);
    float vector[DIM], wanted[DIM];
    uint32_t slot = 0;

    if (!spool_take(s, &key, vector, &slot))
        return false;
    vector_of(i, wanted);
    assert_memory_equal(vector, wanted, sizeof vector);
    assert_true(slot > 0);
    return true;
}

static size_t take_many(struct spool *s, size_t n)
{
    size_t got = 0;

    for (size_t i = 0; i < n; i++)
        got += take(s, i);
    return got;
}

static bool is_there(void)
{
    struct stat st;

    return lstat(in_dir("job.spool"), &st) == 0;
}

/* --- what it is for ------------------------------------------------------- */

static void fill_and_die(void)
{
    struct spool *s = open_spool();

    put_all(s, 0, 10, NULL);
    put_all(s, 10, 30, NULL);
}

static void what_a_killed_process_put_is_taken_once(void **state)
{
    struct spool *s;

    (void)state;
    in_a_killed_child(fill_and_die);
    s = open_spool();
    assert_int_equal(spool_left(s), 40);
    assert_int_equal(spool_paid(s), 1039);
    assert_int_equal(take_many(s, 50), 40);
    assert_int_equal(spool_left(s), 0);
    assert_int_equal(take_many(s, 50), 0);
    spool_close(s, false); /* under way still: as if killed again */
    s = open_spool();
    assert_int_equal(take_many(s, 50), 40);
    spool_close(s, true);
    assert_false(is_there());
}

static bool is_odd(void *ctx, const struct spool_key *key)
{
    (void)ctx;
    return key->pos % 2;
}

static void what_the_ledger_has_is_not_kept(void **state)
{
    struct spool_config cfg = config(DIM, 7);
    struct spool *s = open_spool();
    struct error err;

    (void)state;
    put_all(s, 0, 10, NULL);
    spool_close(s, false);
    cfg.wanted = is_odd;
    s = spool_open(&cfg, &err);
    assert_non_null(s);
    assert_int_equal(spool_left(s), 5);
    assert_int_equal(spool_paid(s), 1009);
    assert_false(take(s, 4));
    assert_true(take(s, 5));
    spool_close(s, true);
}

/* --- LD-27: damage -------------------------------------------------------- */

static size_t read_spool(char *to, size_t size)
{
    int fd = open(in_dir("job.spool"), O_RDONLY);
    ssize_t n = read(fd, to, size);

    assert_true(n > 0 && (size_t)n < size);
    close(fd);
    return (size_t)n;
}

static size_t left_in(const char *bytes, size_t n)
{
    struct spool *s;
    size_t got;

    write_file(in_dir("job.spool"), bytes, n);
    s = open_spool();
    assert_true(spool_paid(s) <= 1007); /* no damage makes it more */
    got = take_many(s, 8); /* each that is taken is compared */
    spool_close(s, true);
    return got;
}

static void a_flipped_bit_costs_its_own_document_at_most(void **state)
{
    char bytes[4096];
    struct spool *s = open_spool();
    size_t n;

    (void)state;
    put_all(s, 0, 8, NULL);
    spool_close(s, false);
    n = read_spool(bytes, sizeof bytes);
    assert_int_equal(left_in(bytes, n), 8);
    for (size_t at = 0; at < n; at++)
        for (int bit = 0; bit < 8; bit++) {
            size_t got;

            bytes[at] ^= (char)(1 << bit);
            got = left_in(bytes, n);
            /* In the head: not ours. In the padding: no harm. */
            assert_true(at < 64 ? got == 0 : got == 7 || got == 8);
            bytes[at] ^= (char)(1 << bit);
        }
}

static void a_torn_end_costs_the_documents_behind_it(void **state)
{
    char bytes[4096];
    struct spool *s = open_spool();
    size_t n, stride;

    (void)state;
    put_all(s, 0, 8, NULL);
    spool_close(s, false);
    n = read_spool(bytes, sizeof bytes);
    stride = (n - 64) / 8;
    for (size_t cut = 0; cut <= n; cut++)
        assert_int_equal(left_in(bytes, cut),
                         cut < 64 ? 0 : (cut - 64) / stride);
}

static void noise_is_no_spool(void **state)
{
    char bytes[4096];

    (void)state;
    config(DIM, 7); /* makes the folder */
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 2654435761u >> 13);
    assert_int_equal(left_in(bytes, sizeof bytes), 0);
    assert_int_equal(left_in("", 0), 0);
}

static void another_job_model_or_dimension_finds_nothing(void **state)
{
    struct spool *s = open_spool();

    (void)state;
    put_all(s, 0, 8, NULL);
    spool_close(s, false);
    s = open_as(DIM, 8);
    assert_int_equal(spool_left(s), 0);
    put_all(s, 0, 8, NULL);
    spool_close(s, false);
    s = open_as(DIM - 1, 8);
    assert_int_equal(spool_left(s), 0);
    spool_close(s, false);
    assert_false(is_there()); /* nothing is in it */
}

static void another_text_under_the_same_id_finds_nothing(void **state)
{
    struct spool_key key = key_of(3), other = key_of(4);
    struct spool *s = open_spool();
    float vector[DIM];
    uint32_t slot;

    (void)state;
    put_all(s, 0, 8, NULL);
    spool_close(s, false);
    s = open_spool();
    key.text_hash = other.text_hash;
    assert_false(spool_take(s, &key, vector, &slot));
    key = key_of(3);
    key.flags = SPOOL_ESCAPED;
    assert_false(spool_take(s, &key, vector, &slot));
    key = key_of(3);
    key.text_len++;
    assert_false(spool_take(s, &key, vector, &slot));
    key = key_of(3);
    key.pos = 999; /* the corpus may have moved */
    assert_true(spool_take(s, &key, vector, &slot));
    spool_close(s, true);
}

/* --- LD-28: it cannot be written ------------------------------------------ */

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_file_that_may_not_grow_keeps_what_it_has(void **state)
{
    struct spool *s = open_spool();
    uint32_t slot[16];
    struct error err;

    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    put_all(s, 0, 8, NULL);
    limit_files(spool_bytes(s) + 20); /* room for a part of the next */
    assert_false(put(s, 8, 8, slot, &err));
    assert_int_equal(err.kind, ERROR_LOCAL);
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(slot[i], 0);
    limit_files(RLIM_INFINITY);
    put_all(s, 16, 8, NULL);
    spool_close(s, false);
    s = open_spool();
    assert_int_equal(take_many(s, 8), 8);
    assert_false(take(s, 8));
    assert_true(take(s, 16));
    spool_close(s, true);
    signal(SIGXFSZ, SIG_DFL);
}

static void a_link_or_a_folder_in_its_place_is_refused(void **state)
{
    struct spool_config cfg = config(DIM, 7);
    char path[2][200];
    struct error err;

    (void)state;
    snprintf(path[0], sizeof path[0], "%s/job.spool", checkpoints);
    snprintf(path[1], sizeof path[1], "%s/precious", checkpoints);
    cfg.path = path[0];
    write_file(path[1], "precious", 8);
    assert_int_equal(symlink(path[1], path[0]), 0);
    assert_null(spool_open(&cfg, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_non_null(strstr(err.text, "symbolic link"));
    unlink(path[0]);
    assert_int_equal(link(path[1], path[0]), 0);
    assert_null(spool_open(&cfg, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    unlink(path[0]);
    assert_int_equal(mkdir(path[0], 0700), 0);
    assert_null(spool_open(&cfg, &err));
    rmdir(path[0]);
    slurp(path[1], path[0], sizeof path[0]);
    assert_string_equal(path[0], "precious");
}

/* --- LD-29: bounded, and gone at the end ---------------------------------- */

static void it_is_written_over_and_does_not_grow(void **state)
{
    struct spool *s = open_spool();
    uint32_t stuck[4], slot[2][16];
    uint64_t bytes;

    (void)state;
    put_all(s, 1000, 4, stuck); /* wait long for another try */
    put_all(s, 0, 16, slot[1]);
    put_all(s, 0, 16, slot[0]);
    bytes = spool_bytes(s);
    for (size_t i = 0; i < 1000; i++) {
        uint32_t *old = slot[(i + 1) % 2];

        for (size_t k = 0; k < 16; k++)
            spool_free(s, old[k]);
        put_all(s, i * 16, 16, old);
    }
    assert_int_equal(spool_bytes(s), bytes);
    spool_free(s, 0); /* none */
    spool_close(s, false);
    s = open_spool();
    assert_int_equal(spool_left(s), 36);
    assert_true(take(s, 1000) && take(s, 1003) && take(s, 999 * 16));
    spool_close(s, true);
}

static void what_nobody_comes_for_makes_room_at_the_bound(void **state)
{
    uint32_t slot[MOST];
    struct error err;
    struct spool *s;

    (void)state;
    for (size_t round = 0; round < 5; round++) {
        s = open_spool(); /* what was left is not judged: none is final */
        put_all(s, round * 1000, MOST, NULL);
        assert_true(spool_bytes(s) <= spool_bytes_most(MOST, DIM));
        spool_close(s, false);
    }
    s = open_spool();
    assert_true(take(s, 4000));
    put_all(s, 9000, MOST, slot);
    put_all(s, 9100, MOST - 1, slot);
    assert_int_equal(spool_left(s), 0);
    assert_false(put(s, 9200, 1, slot, &err)); /* that cannot be under way */
    spool_expect(s, MOST + 1);
    put_all(s, 9200, 1, slot);
    spool_close(s, true);
}

static void it_holds_no_text_and_goes_when_it_is_empty(void **state)
{
    struct spool *s = open_spool();
    char bytes[4096];
    uint32_t slot[8];
    size_t n;

    (void)state;
    put_all(s, 0, 8, slot);
    assert_int_equal(mode_of(in_dir("job.spool")), 0600);
    chmod(in_dir("job.spool"), 0644);
    n = read_spool(bytes, sizeof bytes);
    assert_null(memmem(bytes, n, "text of", 7));
    assert_null(memmem(bytes, n, "doc-", 4));
    spool_close(s, false);
    s = open_spool();
    assert_int_equal(mode_of(in_dir("job.spool")), 0600);
    for (size_t i = 0; i < 8; i++) {
        struct spool_key key = key_of(i);
        float vector[DIM];

        assert_true(spool_take(s, &key, vector, &slot[i]));
        spool_free(s, slot[i]);
    }
    spool_close(s, false);
    assert_false(is_there());
    spool_close(NULL, true);
}

/* --- many at once --------------------------------------------------------- */

enum { THREADS = 4, ROUNDS = 200, AT_ONCE = 8 };

struct team {
    struct spool *spool;
    size_t first;
    pthread_t thread;
};

/* Put and free by turns; what was put last stays. */
static void *work(void *arg)
{
    struct team *t = arg;
    uint32_t slot[AT_ONCE] = { 0 };

    for (size_t i = 0; i < ROUNDS; i++) {
        for (size_t k = 0; k < AT_ONCE; k++)
            spool_free(t->spool, slot[k]);
        put_all(t->spool, t->first, AT_ONCE, slot);
        take(t->spool, 5000 + i);
    }
    return NULL;
}

static void several_threads_share_it(void **state)
{
    struct team team[THREADS];
    struct spool *s = open_spool();

    (void)state;
    put_all(s, 5000, MOST / 2, NULL);
    spool_close(s, false);
    s = open_spool();
    for (size_t i = 0; i < THREADS; i++) {
        team[i] = (struct team){ .spool = s, .first = i * AT_ONCE };
        assert_int_equal(pthread_create(&team[i].thread, NULL, work, &team[i]),
                         0);
    }
    for (size_t i = 0; i < THREADS; i++)
        await_thread(team[i].thread);
    assert_int_equal(spool_left(s), 0);
    spool_close(s, false);
    s = open_spool();
    assert_int_equal(take_many(s, THREADS * AT_ONCE), THREADS * AT_ONCE);
    spool_close(s, true);
}

#define named(title, f)                                                        \
    { title, f, make_home, remove_home, NULL }

int main(void)
{
    const struct CMUnitTest tests[] = {
        named("LD-26 what a killed process put is taken, once",
              what_a_killed_process_put_is_taken_once),
        HOME_TEST(what_the_ledger_has_is_not_kept),
        named("LD-27 a flipped bit costs its own document at most",
              a_flipped_bit_costs_its_own_document_at_most),
        named("LD-27 a torn end costs the documents behind it",
              a_torn_end_costs_the_documents_behind_it),
        named("LD-27 noise is no spool", noise_is_no_spool),
        named("LD-27 another job, model or dimension finds nothing",
              another_job_model_or_dimension_finds_nothing),
        named("LD-27 another text under the same id finds nothing",
              another_text_under_the_same_id_finds_nothing),
        named("LD-28 a file that may not grow keeps what it has",
              a_file_that_may_not_grow_keeps_what_it_has),
        named("LD-28 a link or a folder in its place is refused",
              a_link_or_a_folder_in_its_place_is_refused),
        named("LD-29 it is written over and does not grow",
              it_is_written_over_and_does_not_grow),
        named("LD-29 at the bound, what nobody comes for makes room",
              what_nobody_comes_for_makes_room_at_the_bound),
        named("LD-29 it holds no text and goes when it is empty",
              it_holds_no_text_and_goes_when_it_is_empty),
        HOME_TEST(several_threads_share_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
