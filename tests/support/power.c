/*
 * A layer between SQLite and the disk (a VFS) keeps for each file what is
 * durable and what was written since. At every sync it builds two images of the
 * folder, with none and with some of the unsynced writes, and shows them to the
 * test.
 */
#include "config.h"
#include "tests/support/power.h"

#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES = 16, SECTOR = 512, PATHS = 512, TRACKED =
       SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL };

/* A write, or the cut of a file to `at` bytes (data NULL). */
struct change {
    struct change *next;
    sqlite3_int64 at;
    size_t len;
    unsigned char *data;
};

struct bytes {
    unsigned char *data;
    size_t len, cap;
};

/* A file as the disk has it, and what was done to it since. */
struct disk {
    char path[PATHS];
    bool there;           /* its name is on the disk */
    bool going;           /* deleted, and the folder not synced */
    struct bytes durable;
    struct change *first, **last;
};

struct watched { /* what SQLite holds open */
    sqlite3_file base;
    struct disk *disk; /* NULL: not watched */
    sqlite3_file *real;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct disk files[FILES];
static size_t file_count, failures;
static char folder[PATHS], image[PATHS];
static void (*show)(void *ctx, const char *image);
static void *show_ctx;
static uint64_t dice;
static sqlite3_vfs vfs, *real_vfs;

/* --- what is on the disk -------------------------------------------------- */

static void change_bytes(struct bytes *b, sqlite3_int64 at, const void *data,
                         size_t len)
{
    size_t end = (size_t)at + len;

    if (!data) {
        b->len = b->len < (size_t)at ? b->len : (size_t)at;
        return;
    }
    if (end > b->cap) {
        b->cap = end * 2;
        b->data = realloc(b->data, b->cap);
        if (!b->data)
            abort();
    }
    if (end > b->len) {
        memset(b->data + b->len, 0, end - b->len);
        b->len = end;
    }
    memcpy(b->data + at, data, len);
}

static void remember(struct disk *d, sqlite3_int64 at, const void *data,
                     size_t len)
{
    struct change *c = calloc(1, sizeof *c);

    if (!c || (data && !(c->data = malloc(len ? len : 1))))
        abort();
    c->at = at;
    c->len = len;
    if (data)
        memcpy(c->data, data, len);
    *d->last = c;
    d->last = &c->next;
}

/* What was done to the file is done: on the disk, or to no file any more. */
static void forget_changes(struct disk *d)
{
    for (struct change *c; (c = d->first); free(c)) {
        d->first = c->next;
        free(c->data);
    }
    d->last = &d->first;
}

static void make_durable(struct disk *d)
{
    for (struct change *c = d->first; c; c = c->next)
        change_bytes(&d->durable, c->at, c->data, c->len);
    forget_changes(d);
    d->there = true;
    d->going = false;
}

static void load(struct disk *d)
{
    unsigned char block[4096];
    FILE *f = fopen(d->path, "rb");
    size_t n;

    if (!f)
        return;
    d->there = true;
    while ((n = fread(block, 1, sizeof block, f)) > 0)
        change_bytes(&d->durable, (sqlite3_int64)d->durable.len, block, n);
    fclose(f);
}

/* An image of the folder may lie in it. */
static bool is_watched(const char *path)
{
    return path && strncmp(path, folder, strlen(folder)) == 0 &&
           strncmp(path, image, strlen(image)) != 0;
}

/* [lock] */
static struct disk *disk_of(const char *path)
{
    for (size_t i = 0; i < file_count; i++)
        if (strcmp(files[i].path, path) == 0)
            return &files[i];
    if (file_count == FILES)
        abort();
    snprintf(files[file_count].path, PATHS, "%s", path);
    files[file_count].last = &files[file_count].first;
    load(&files[file_count]);
    return &files[file_count++];
}

/* --- what a failure leaves ------------------------------------------------ */

static bool heads(void)
{
    dice = dice * 6364136223846793005u + 1442695040888963407u;
    return dice >> 63;
}

/* Of a write some sectors, of a cut all or nothing. */
static void keep_some(struct bytes *b, const struct change *c)
{
    if (!c->data) {
        if (heads())
            change_bytes(b, c->at, NULL, 0);
        return;
    }
    for (size_t from = 0, to; from < c->len; from = to) {
        size_t at = (size_t)c->at + from;

        to = from + SECTOR - at % SECTOR;
        to = to < c->len ? to : c->len;
        if (heads())
            change_bytes(b, (sqlite3_int64)at, c->data + from, to - from);
    }
}

static void put_file(const struct disk *d, bool some)
{
    struct bytes b = { .len = 0 };
    bool there = d->there, changed = d->first != NULL;
    char path[2 * PATHS];
    FILE *f;

    if (d->going && some)
        there = heads();
    else if (!there && changed && some)
        there = heads();
    snprintf(path, sizeof path, "%s/%s", image,
             strrchr(d->path, '/') + 1);
    unlink(path);
    if (!there)
        return;
    if (d->durable.len)
        change_bytes(&b, 0, d->durable.data, d->durable.len);
    for (const struct change *c = d->first; some && c; c = c->next)
        keep_some(&b, c);
    f = fopen(path, "wb");
    if (!f || fwrite(b.data ? b.data : (unsigned char *)"", 1, b.len, f) !=
                  b.len || fclose(f) != 0)
        abort();
    free(b.data);
}

/* [lock] */
static void fail(void)
{
    for (int round = 0; round < 2; round++) {
        char shm[2 * PATHS];

        for (size_t i = 0; i < file_count; i++) {
            put_file(&files[i], round > 0);
            snprintf(shm, sizeof shm, "%s/%s-shm", image,
                     strrchr(files[i].path, '/') + 1);
            unlink(shm);
        }
        failures++;
        show(show_ctx, image);
    }
}

/* --- between SQLite and the disk ------------------------------------------ */

#define REAL(file) (((struct watched *)(file))->real)
#define ITS(file) (REAL(file)->pMethods)

static int watched_close(sqlite3_file *f)
{
    return ITS(f)->xClose(REAL(f));
}

static int watched_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
    return ITS(f)->xRead(REAL(f), to, n, at);
}

static int watched_write(sqlite3_file *f, const void *from, int n,
                         sqlite3_int64 at)
{
    struct disk *d = ((struct watched *)f)->disk;
    int rc;

    if (!d)
        return ITS(f)->xWrite(REAL(f), from, n, at);
    pthread_mutex_lock(&lock);
    rc = ITS(f)->xWrite(REAL(f), from, n, at);
    if (rc == SQLITE_OK)
        remember(d, at, from, (size_t)n);
    pthread_mutex_unlock(&lock);
    return rc;
}

static int watched_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    struct disk *d = ((struct watched *)f)->disk;
    int rc;

    if (!d)
        return ITS(f)->xTruncate(REAL(f), size);
    pthread_mutex_lock(&lock);
    rc = ITS(f)->xTruncate(REAL(f), size);
    if (rc == SQLITE_OK)
        remember(d, size, NULL, 0);
    pthread_mutex_unlock(&lock);
    return rc;
}

static int watched_sync(sqlite3_file *f, int flags)
{
    struct disk *d = ((struct watched *)f)->disk;

    if (!d)
        return ITS(f)->xSync(REAL(f), flags);
    pthread_mutex_lock(&lock);
    fail();
    make_durable(d);
    pthread_mutex_unlock(&lock);
    return SQLITE_OK;
}

static int watched_size(sqlite3_file *f, sqlite3_int64 *size)
{
    return ITS(f)->xFileSize(REAL(f), size);
}

static int watched_lock(sqlite3_file *f, int level)
{
    return ITS(f)->xLock(REAL(f), level);
}

static int watched_unlock(sqlite3_file *f, int level)
{
    return ITS(f)->xUnlock(REAL(f), level);
}

static int watched_reserved(sqlite3_file *f, int *out)
{
    return ITS(f)->xCheckReservedLock(REAL(f), out);
}

static int watched_control(sqlite3_file *f, int op, void *arg)
{
    return ITS(f)->xFileControl(REAL(f), op, arg);
}

static int watched_sector(sqlite3_file *f)
{
    return ITS(f)->xSectorSize(REAL(f));
}

static int watched_traits(sqlite3_file *f)
{
    return ITS(f)->xDeviceCharacteristics(REAL(f));
}

static int watched_shm_map(sqlite3_file *f, int page, int size, int extend,
                           void volatile **out)
{
    return ITS(f)->xShmMap(REAL(f), page, size, extend, out);
}

static int watched_shm_lock(sqlite3_file *f, int at, int n, int flags)
{
    return ITS(f)->xShmLock(REAL(f), at, n, flags);
}

static void watched_shm_barrier(sqlite3_file *f)
{
    ITS(f)->xShmBarrier(REAL(f));
}

static int watched_shm_unmap(sqlite3_file *f, int remove)
{
    return ITS(f)->xShmUnmap(REAL(f), remove);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = watched_close,
    .xRead = watched_read,
    .xWrite = watched_write,
    .xTruncate = watched_truncate,
    .xSync = watched_sync,
    .xFileSize = watched_size,
    .xLock = watched_lock,
    .xUnlock = watched_unlock,
    .xCheckReservedLock = watched_reserved,
    .xFileControl = watched_control,
    .xSectorSize = watched_sector,
    .xDeviceCharacteristics = watched_traits,
    .xShmMap = watched_shm_map,
    .xShmLock = watched_shm_lock,
    .xShmBarrier = watched_shm_barrier,
    .xShmUnmap = watched_shm_unmap,
};

static int watched_open(sqlite3_vfs *v, const char *path, sqlite3_file *f,
                        int flags, int *out)
{
    struct watched *w = (struct watched *)f;
    struct disk *d = NULL;
    int rc;

    (void)v;
    w->real = (sqlite3_file *)(void *)(w + 1);
    w->base.pMethods = NULL;
    if ((flags & TRACKED) && is_watched(path)) {
        pthread_mutex_lock(&lock); /* as it was before it is made */
        d = disk_of(path);
        pthread_mutex_unlock(&lock);
    }
    rc = real_vfs->xOpen(real_vfs, path, w->real, flags, out);
    w->disk = d;
    if (w->real->pMethods)
        w->base.pMethods = &methods;
    return rc;
}

static int watched_delete(sqlite3_vfs *v, const char *path, int sync)
{
    struct disk *d;
    int rc;

    (void)v;
    if (!is_watched(path))
        return real_vfs->xDelete(real_vfs, path, sync);
    pthread_mutex_lock(&lock);
    d = disk_of(path);
    rc = real_vfs->xDelete(real_vfs, path, 0);
    if (rc == SQLITE_OK) {
        d->going = d->there;
        fail();
        if (sync) {
            forget_changes(d);
            d->durable.len = 0;
            d->there = d->going = false;
        }
    }
    pthread_mutex_unlock(&lock);
    return rc;
}

/* --- the watch ------------------------------------------------------------ */

bool power_watch(const char *watch, const char *images,
                 void (*fails)(void *ctx, const char *image), void *ctx)
{
    real_vfs = sqlite3_vfs_find(NULL);
    vfs = *real_vfs;
    vfs.zName = "power";
    vfs.szOsFile += (int)sizeof(struct watched);
    vfs.xOpen = watched_open;
    vfs.xDelete = watched_delete;
    snprintf(folder, sizeof folder, "%s/", watch);
    snprintf(image, sizeof image, "%s", images);
    show = fails;
    show_ctx = ctx;
    failures = 0;
    dice = 4711;
    return mkdir(images, 0700) == 0 &&
           sqlite3_vfs_register(&vfs, 1) == SQLITE_OK;
}

void power_unwatch(void)
{
    sqlite3_vfs_unregister(&vfs);
    sqlite3_vfs_register(real_vfs, 1);
    for (size_t i = 0; i < file_count; i++) {
        forget_changes(&files[i]);
        free(files[i].durable.data);
        files[i] = (struct disk){ .there = false };
    }
    file_count = 0;
    folder[0] = '\0';
}

size_t power_failures(void)
{
    return failures;
}
