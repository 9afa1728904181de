/* How many bytes a ledger keeps for a document, and how fast. */
#include "config.h"
#include "tests/support/ledger_tools.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/clock.h"

static uint64_t seed = 1;

static unsigned next_random(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(seed >> 32);
}

static void name_wordnet(char *to, uint64_t i)
{
    sprintf(to, "wn-n%08u", (unsigned)(1740 + i * 130 + next_random() % 120));
}

static void name_uuid(char *to, uint64_t i)
{
    (void)i;
    sprintf(to, "%08x-%04x-4%03x-9%03x-%08x%04x", next_random(),
            next_random() & 0xffff, next_random() & 0xfff,
            next_random() & 0xfff, next_random(), next_random() & 0xffff);
}

static void name_sha256(char *to, uint64_t i)
{
    (void)i;
    for (int at = 0; at < 64; at += 8)
        sprintf(to + at, "%08x", next_random());
}

struct cost {
    double bytes_each, ns_each, open_ms;
};

/* 200,000 documents in batches of a hundred, a commit each five batches. */
static struct cost measure(const char *job, void (*name)(char *, uint64_t))
{
    enum { DOCUMENTS = 200000 };
    static char texts[BATCH][80];
    struct ledger_ack acks[BATCH];
    struct ledger *l = new_job(job);
    struct error err;
    struct stat st;
    int64_t spent = 0, started;
    struct cost cost;
    char file[96];

    for (uint64_t pos = 0; pos < DOCUMENTS; pos += BATCH) {
        for (uint64_t i = 0; i < BATCH; i++) {
            name(texts[i], pos + i);
            acks[i] = (struct ledger_ack){ pos + i, text_of(texts[i]) };
        }
        started = clock_us();
        assert_true(ledger_done(l, 0, acks, BATCH, &err));
        spent += clock_us() - started;
        frontier(l, pos + BATCH);
        if (pos / BATCH % 5 == 4)
            commit(l);
    }
    commit(l);
    snprintf(file, sizeof file, "%s.ledger-wal", job);
    assert_int_equal(stat(in_dir(file), &st), 0);
    assert_true(st.st_size <= 4 << 20);
    ledger_close(l);
    snprintf(file, sizeof file, "%s.ledger", job);
    assert_int_equal(stat(in_dir(file), &st), 0);
    cost.bytes_each = (double)st.st_size / DOCUMENTS;
    cost.ns_each = (double)spent * 1000 / DOCUMENTS;
    started = clock_us();
    l = open_job(job, LEDGER_RESUMED);
    assert_true(ledger_use_frontier(l, &err));
    cost.open_ms = (double)(clock_us() - started) / 1000;
    ledger_close(l);
    print_message("%s: %.1f bytes and %.0f ns per document, %.1f ms to open\n",
                  job, cost.bytes_each, cost.ns_each, cost.open_ms);
    return cost;
}

static void LD_16_a_document_costs_at_most_32_bytes(void **state)
{
    (void)state;
    assert_true(measure("wordnet", name_wordnet).bytes_each < 5);
    assert_true(measure("uuid", name_uuid).bytes_each < 22);
    /* Random hashes are 32 bytes of information; only the rest is ours. */
    assert_true(measure("sha256", name_sha256).bytes_each < 32 * 1.04);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOME_TEST(LD_16_a_document_costs_at_most_32_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
