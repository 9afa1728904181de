/* This file recognises files that are no corpus by a table of magic numbers.
 * Two kinds need a closer look: a tar archive is known by the checksum in its
 * first header, an Office file by the first name in its zip archive. */
#include "config.h"
#include "source/container.h"

#include <string.h>

enum { TAR_SUM_AT = 148, TAR_SUM_LEN = 8, TAR_HEAD = 512, ZIP_NAME_AT = 30 };

#define MAGIC(bytes) bytes, sizeof bytes - 1
#define EXCEL "in2csv %s | csvjson"
#define FEATHER                                                                \
    "python3 -c \"import pandas as p,sys;print(p.read_feather(sys.argv[1])"   \
    ".to_json(orient='records'))\" %s"

/* The first bytes of each, as its own specification defines them; the command
 * writes to standard output. */
static const struct {
    const char *magic;
    size_t len;
    struct container is;
} known[] = {
    { MAGIC("BZh"), { "bzip2", "bzip2 -dc %s", "bzip2 -dc" } },
    { MAGIC("\xfd"
            "7zXZ\0"),
      { "xz", "xz -dc %s", "xz -dc" } },
    { MAGIC("\x5d\0\0"), { "lzma", "xz -dc %s", "xz -dc" } },
    { MAGIC("LZIP"), { "lzip", "lzip -dc %s", "lzip -dc" } },
    { MAGIC("\x04\x22\x4d\x18"), { "lz4", "lz4 -dc %s", "lz4 -dc" } },
    { MAGIC("\x1f\x9d"), { "compress (.Z)", "gzip -dc %s", "gzip -dc" } },
    { MAGIC("\xff\x06\0\0sNaPpY"), { "snappy", "snzip -dc %s", "snzip -dc" } },
    { MAGIC("PK\3\4"),
      { "a zip archive", "unzip -p %s", NULL } },
    { MAGIC("PK\5\6"), { "an empty zip archive", "unzip -p %s", NULL } },
    { MAGIC("7z\xbc\xaf\x27\x1c"), { "a 7z archive", "7z x -so %s", NULL } },
    { MAGIC("Rar!\x1a\7"), { "a RAR archive", "unrar p -inul %s", NULL } },
    { MAGIC("PAR1"),
      { "Parquet, which duckdb (of duckdb.org) reads", "duckdb -json -c \"from '%s'\"", NULL } },
    { MAGIC("PARE"), { "encrypted Parquet", NULL, NULL } },
    { MAGIC("ARROW1\0\0"), { "Arrow (Feather)", FEATHER, NULL } },
    { MAGIC("FEA1"), { "Feather", FEATHER, NULL } },
    { MAGIC("\xff\xff\xff\xff"), { "an Arrow stream", NULL, NULL } },
    { MAGIC("Obj\1"), { "Avro", "avro-tools tojson %s", NULL } },
    { MAGIC("ORC"), { "ORC", "orc-contents %s", NULL } },
    { MAGIC("SQLite format 3"),
      { "an SQLite database", "sqlite3 -json %s 'select * from TABLE'",
        NULL } },
    { MAGIC("\x80\2"), { "a Python pickle", NULL, NULL } },
    { MAGIC("\x80\3"), { "a Python pickle", NULL, NULL } },
    { MAGIC("\x80\4"), { "a Python pickle", NULL, NULL } },
    { MAGIC("\x80\5"), { "a Python pickle", NULL, NULL } },
    { MAGIC("\x93NUMPY"), { "a NumPy array", NULL, NULL } },
    { MAGIC("\x89HDF\r\n\x1a\n"), { "HDF5", NULL, NULL } },
    { MAGIC("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
      { "an old Excel or Word file", EXCEL, NULL } },
    { MAGIC("%PDF-"), { "a PDF", NULL, NULL } },
    { MAGIC("WARC/"), { "a WARC archive", NULL, NULL } },
    { MAGIC("\x7f"
            "ELF"),
      { "a program", NULL, NULL } },
};

static const struct container office = { "an Excel or other Office file",
                                         EXCEL, NULL };
static const struct container tar = { "a tar archive", "tar -xOf %s",
                                      "tar -xOf -" };
static const struct container twice = { "gzip", "gzip -dc %s", "gzip -dc" };
static const struct container twice_zstd = { "zstd", "zstd -dc %s",
                                             "zstd -dc" };

/* Octal digits between blanks and zeros; -1: something else. */
static long container_read_octal(const unsigned char *p, size_t n)
{
    long value = 0;
    size_t i = 0, digits = 0;

    while (i < n && p[i] == ' ')
        i++;
    for (; i < n && p[i] >= '0' && p[i] <= '7'; i++, digits++)
        value = value * 8 + (p[i] - '0');
    for (; i < n; i++)
        if (p[i] != ' ' && p[i] != '\0')
            return -1;
    return digits ? value : -1;
}

/* A tar archive has a sum in the head of its first file, even in the oldest
 * forms: of all bytes of the head, where its own eight count as blanks. */
static bool is_tar(const unsigned char *p, size_t n)
{
    long sum = TAR_SUM_LEN * ' ';

    if (n < TAR_HEAD || !p[0])
        return false;
    for (size_t i = 0; i < TAR_HEAD; i++)
        if (i < TAR_SUM_AT || i >= TAR_SUM_AT + TAR_SUM_LEN)
            sum += p[i];
    return container_read_octal(p + TAR_SUM_AT, TAR_SUM_LEN) == sum;
}

/* A zip archive that begins with the file that Office puts first. */
static bool is_office(const char *p, size_t n)
{
    static const char *const parts[] = { "[Content_Types].xml", "_rels/",
                                         "docProps/", "xl/", "mimetype" };

    if (n < ZIP_NAME_AT || memcmp(p, "PK\3\4", 4) != 0)
        return false;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        size_t len = strlen(parts[i]);

        if (n >= ZIP_NAME_AT + len &&
            memcmp(p + ZIP_NAME_AT, parts[i], len) == 0)
            return true;
    }
    return false;
}

const struct container *container_find(const void *first, size_t n,
                                       bool packed)
{
    if (is_office(first, n))
        return &office;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (n >= known[i].len &&
            memcmp(first, known[i].magic, known[i].len) == 0)
            return &known[i].is;
    if (packed && n >= 2 && memcmp(first, "\x1f\x8b", 2) == 0)
        return &twice;
    if (packed && n >= 4 && memcmp(first, "\x28\xb5\x2f\xfd", 4) == 0)
        return &twice_zstd;
    return is_tar(first, n) ? &tar : NULL;
}
