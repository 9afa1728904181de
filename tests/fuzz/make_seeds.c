/*
 * Seeds that are no text, or that other files know: written anew each time by
 * the program's own code, so that they always are of today's form.
 *
 *     make_seeds DIR      makes DIR/TARGET/NAME
 */
#include "config.h"
#include "fuzz.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

#include "ledger/ledger_pack.h"
#include "ledger/spool.h"
#include "tests/support/grpc/messages.h"
#include "tests/support/replies.h"

enum { BATCHES = 3, BATCH = 8, SPOOLED = 5, SPOOL_DIM = 3, PAGE = 512 };

static const char *top;

static void put_seed(const char *target, const char *name, struct text front,
                     struct text bytes)
{
    char path[400];
    struct buf b;

    snprintf(path, sizeof path, "%s/%s", top, target);
    if (mkdir(path, 0777) != 0)
        fuzz_claim(errno == EEXIST, "no folder for seeds");
    snprintf(path, sizeof path, "%s/%s/%s", top, target, name);
    buf_init(&b);
    buf_put(&b, front.ptr, front.len);
    buf_put(&b, bytes.ptr, bytes.len);
    fuzz_write(path, (struct text){ b.data, b.len });
    buf_release(&b);
}

static void put_file(const char *target, const char *name, const char *front,
                     const char *from)
{
    static char bytes[1 << 22];
    FILE *f = fopen(from, "rb");
    size_t n = f ? fread(bytes, 1, sizeof bytes, f) : 0;

    fuzz_claim(n > 0, "a seed without bytes");
    fclose(f);
    put_seed(target, name, text_of(front), (struct text){ bytes, n });
}

/* --- replies ------------------------------------------------------------- */

static void replies(void)
{
    for (size_t i = 0; i < reply_reader_count; i++) {
        char name[24], front[64];

        snprintf(name, sizeof name, "sample-%zu", i);
        snprintf(front, sizeof front, "%s\n", reply_readers[i].name);
        put_seed("replies", name, text_of(front),
                 text_of(reply_readers[i].sample));
    }
}

static void messages(void)
{
    for (size_t i = 0; i < message_reader_count; i++) {
        const struct message_reader *r = &message_readers[i];
        char name[24], front[64];

        snprintf(name, sizeof name, "sample-%zu", i);
        snprintf(front, sizeof front, "#%s\n", r->name);
        put_seed("messages", name, text_of(front),
                 (struct text){ r->sample, r->n });
    }
}

/* --- packed corpora ------------------------------------------------------ */

static const char corpus[] = "{\"id\":\"a\",\"text\":\"one\"}\n"
                             "{\"id\":\"b\",\"text\":\"two\"}\n";

static void records(void)
{
    char packed[256];
    size_t n = ZSTD_compress(packed, sizeof packed, corpus, sizeof corpus - 1,
                             3);
    const char *path = fuzz_path("corpus.gz");
    gzFile f = gzopen(path, "wb");

    put_seed("records", "zstd", text_of("@@"), (struct text){ packed, n });
    fuzz_claim(f && gzputs(f, corpus) > 0 && gzclose(f) == Z_OK, "no gzip");
    put_file("records", "gzip", "@@", path);
}

/* --- a ledger ------------------------------------------------------------ */

static void fill(struct ledger *l)
{
    static const struct ledger_field identity[] = {
        { "embed", "local:hash" }, { "store", "jsonl:out" }
    };
    struct ledger_source s = { .path = (char *)"corpus.jsonl",
                               .print = { .size = 5000, .seekable = true } };
    struct ledger_totals totals = { .produced = 25, .stored = 24,
                                    .failed = 1, .batches = BATCHES };
    struct failure f = { .pos = 24, .offset = 240, .length = 9,
                         .cause = { .stage = "embed", .kind = ERROR_REFUSED,
                                    .code = 400 },
                         .tries = 1, .id = { "bad", 3 }, .message = "no" };
    struct ledger_ack acks[BATCH];
    char ids[BATCH][8];
    struct error err = { .text = "" };
    bool fine = ledger_identity(l, identity, 2, &err) &&
                ledger_source_set(l, 0, &s, &err) &&
                ledger_use_frontier(l, &err);

    for (uint64_t b = 0; fine && b < BATCHES; b++) {
        for (uint64_t i = 0; i < BATCH; i++) {
            snprintf(ids[i], sizeof ids[i], "d%u", (unsigned)(b * BATCH + i));
            acks[i] = (struct ledger_ack){ b * BATCH + i, text_of(ids[i]) };
        }
        fine = ledger_done(l, 0, acks, BATCH, &err);
    }
    fine = fine && ledger_fail(l, &f, &err) &&
           ledger_frontier(l, 0, 2 * BATCH, 160, 2 * BATCH + 1, &err) &&
           ledger_total_set(l, &totals, &err) && ledger_commit(l, &err);
    fuzz_claim(fine, err.text);
}

/* In small pages, for the fuzzer to have few bytes to change. */
static void shrink(const char *path)
{
    char sql[120];
    sqlite3 *db;

    snprintf(sql, sizeof sql,
             "PRAGMA journal_mode=DELETE; PRAGMA page_size=%d; VACUUM", PAGE);
    fuzz_claim(sqlite3_open(path, &db) == SQLITE_OK &&
                   sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK,
               "no smaller ledger");
    sqlite3_close(db);
}

static void ledger(void)
{
    const char *dir = fuzz_path("checkpoints");
    const char *path = fuzz_path("checkpoints/job.ledger");
    enum ledger_state state;
    struct error err = { .text = "" };
    struct ledger *l = ledger_open(dir, "job", &state, &err);

    fuzz_claim(l != NULL, err.text);
    fill(l);
    ledger_close(l);
    put_file("ledger", "whole", "", path);
    shrink(path);
    put_file("ledger", "small", "", path);
}

static void put_packed(const char *name, bool placed, const char *const *ids,
                       size_t n)
{
    struct ledger_ack acks[BATCH];
    struct packer p;
    struct text body;
    struct error err = { .text = "" };

    packer_init(&p);
    for (size_t i = 0; i < n; i++)
        acks[i] = (struct ledger_ack){ i * i, text_of(ids[i]) };
    fuzz_claim(packer_pack(&p, 1, placed, acks, n, &body, &err), err.text);
    put_seed("packed", name, text_of("A"),
             (struct text){ p.raw.data, p.raw.len });
    put_seed("packed", "as-it-is", text_of("@"), body);
    packer_release(&p);
}

static void packed(void)
{
    static const char *const texts[] = { "doc-1", "doc-20", "", "x" };
    static const char *const hex[] = {
        "0f4c0001-0000-4000-8000-00000000000a",
        "0f4c0002-0000-4000-8000-00000000000b",
    };

    put_packed("texts", true, texts, 4);
    put_packed("hex", true, hex, 2);
    put_packed("nowhere", false, hex, 2);
}

/* --- a spool ------------------------------------------------------------- */

static void spool(void)
{
    const char *path = fuzz_path("job.spool");
    struct spool_config cfg = { .path = path, .identity = 7,
                                .dim = SPOOL_DIM, .most = 16 };
    static const float vector[SPOOL_DIM] = { 1, 2, 3 };
    struct spool_record rec[SPOOLED];
    struct error err = { .text = "" };
    struct spool *s = spool_open(&cfg, &err);

    memset(rec, 0, sizeof rec);
    for (uint32_t i = 0; i < SPOOLED; i++)
        rec[i] = (struct spool_record){ .key = { .id_hash = i + 1, .pos = i },
                                        .paid = i, .vector = vector };
    fuzz_claim(s && spool_put(s, rec, SPOOLED, &err), err.text);
    spool_close(s, false);
    put_file("spool", "as-it-is", "@", path);
    put_file("spool", "mended", "C", path);
}

/* --- tensors ------------------------------------------------------------- */

static void tensors(const char *name, const char *header, size_t bytes)
{
    size_t len = strlen(header);
    unsigned char front[8] = { (unsigned char)len,
                               (unsigned char)(len >> 8) };
    struct buf b;

    buf_init(&b);
    buf_put(&b, front, sizeof front);
    buf_puts(&b, header);
    for (size_t i = 0; i < bytes; i++)
        buf_putc(&b, (char)i);
    put_seed("safetensors", name, text_of(""),
             (struct text){ b.data, b.len });
    buf_release(&b);
}

static void safetensors(void)
{
    tensors("floats", "{\"embeddings\":{\"dtype\":\"F32\",\"shape\":[4,2],"
                      "\"data_offsets\":[0,32]}}", 32);
    tensors("mapped", "{\"embeddings\":{\"dtype\":\"I8\",\"shape\":[2,3],"
                      "\"data_offsets\":[0,6]},\"mapping\":{\"dtype\":\"I64\","
                      "\"shape\":[2],\"data_offsets\":[6,22]},\"weights\":{"
                      "\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":"
                      "[22,26]}}", 26);
    tensors("halves", "{\"embeddings\":{\"dtype\":\"BF16\",\"shape\":[2,2],"
                      "\"data_offsets\":[0,8]},\"weights\":{\"dtype\":\"F64\","
                      "\"shape\":[2],\"data_offsets\":[8,24]}}", 24);
}

/* --- pages of a SQLite store --------------------------------------------- */

/* One page of rows, a level above them, two levels; in each some vectors lie in
 * a chain. */
static void pages(void)
{
    static const char *const rows[] = { "2", "30", "3000" };

    for (size_t i = 0; i < 3; i++) {
        const char *path = fuzz_path("store.sqlite");
        char sql[440];
        sqlite3 *db;

        snprintf(sql, sizeof sql,
                 "PRAGMA page_size = %d; CREATE TABLE documents("
                 "id, text, metadata, embedding BLOB); WITH RECURSIVE n(i) AS "
                 "(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %s) "
                 "INSERT INTO documents SELECT i, "
                 "printf('%%*s', i * i %% 7 * 200, ''), i / 3.0, "
                 "x'0000803F000000C00000003F00000000' FROM n",
                 PAGE, rows[i]);
        fuzz_claim(sqlite3_open(path, &db) == SQLITE_OK &&
                       sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK,
                   "no store");
        sqlite3_close(db);
        put_file("pages", rows[i], "C@", path);
        remove(path);
    }
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: make_seeds DIR\n");
        return 2;
    }
    top = argv[1];
    replies();
    messages();
    records();
    ledger();
    packed();
    spool();
    safetensors();
    pages();
    return 0;
}
