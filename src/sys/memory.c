/*
 * The memory guard asks twice a second, so this file reads a few small kernel
 * files into the stack and allocates nothing.
 *
 * Two things can run out: the machine (all but MemAvailable is used) and a
 * control group (version 2: memory.current without inactive_file, which the
 * kernel drops first, against memory.max). The limits of all its ancestors bind
 * a group too, so we walk from our own group up to the root. The answer is the
 * fullest of all these, since that one ends us first.
 */
#include "config.h"
#include "sys/memory.h"

#include "sys/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { FILE_ROOM = 8192, PATH_ROOM = 4096 };

static const char cgroup_root[] = "/sys/fs/cgroup";

/* The file as a string, cut at FILE_ROOM; false when there is none. */
static bool memory_read_file(const char *path, char text[FILE_ROOM])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    long got;

    if (fd < 0)
        return false;
    got = file_read(fd, text, FILE_ROOM - 1);
    close(fd);
    text[got > 0 ? got : 0] = '\0';
    return got > 0;
}

static bool slurp_in(const char *dir, const char *name, char text[FILE_ROOM])
{
    char path[PATH_ROOM];
    int n = snprintf(path, sizeof path, "%s/%s", dir, name);

    return n > 0 && (size_t)n < sizeof path && memory_read_file(path, text);
}

static bool memory_number_at(const char *p, uint64_t *out)
{
    uint64_t n = 0;

    while (*p == ' ' || *p == '\t')
        p++;
    if (*p < '0' || *p > '9')
        return false;
    for (; *p >= '0' && *p <= '9'; p++)
        n = n * 10 + (uint64_t)(*p - '0');
    *out = n;
    return true;
}

/* The number behind `key` at the start of a line. */
static bool number_of(const char *text, const char *key, uint64_t *out)
{
    size_t n = strlen(key);

    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, n) == 0)
            return memory_number_at(line + n, out);
    }
    return false;
}

/* Keep the fuller of what is known and this one. */
static void memory_keep_fuller(struct memory_use *m, uint64_t used,
                               uint64_t total, bool cgroup)
{
    double pct = total > 0 ? 100.0 * (double)used / (double)total : 100.0;

    if (m->total_bytes > 0 && pct <= m->used_pct)
        return;
    m->used_pct = pct;
    m->used_bytes = used;
    m->total_bytes = total;
    m->cgroup = cgroup;
}

static bool read_machine(const char *path, struct memory_use *m)
{
    char text[FILE_ROOM];
    uint64_t total, available;

    if (!memory_read_file(path, text) ||
        !number_of(text, "MemTotal:", &total) ||
        !number_of(text, "MemAvailable:", &available) || total == 0)
        return false;
    if (available > total)
        available = total;
    memory_keep_fuller(m, (total - available) * 1024, total * 1024, false);
    return true;
}

/* A group without a limit ("max") or without the controller does not count. */
static void read_group(const char *dir, struct memory_use *m)
{
    char text[FILE_ROOM];
    uint64_t limit, used, cache;

    if (!slurp_in(dir, "memory.max", text) || !memory_number_at(text, &limit) ||
        limit == 0)
        return;
    if (!slurp_in(dir, "memory.current", text) ||
        !memory_number_at(text, &used))
        return;
    if (slurp_in(dir, "memory.stat", text) &&
        number_of(text, "inactive_file ", &cache))
        used -= cache < used ? cache : used;
    memory_keep_fuller(m, used, limit, true);
}

static bool is_group(const char *dir)
{
    char path[PATH_ROOM];
    int n = snprintf(path, sizeof path, "%s/cgroup.controllers", dir);

    return n > 0 && (size_t)n < sizeof path && access(path, F_OK) == 0;
}

/* Our own group. In a container the path may be the host's, outside the tree
 * that we see; then our group is the root that we see. */
static void find_group(char dir[PATH_ROOM])
{
    char text[FILE_ROOM];
    const char *at = NULL;
    int n = 0;

    if (memory_read_file("/proc/self/cgroup", text))
        at = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
    if (at) {
        at += *at == '\n';
        at += strlen("0::");
        n = snprintf(dir, PATH_ROOM, "%s%.*s", cgroup_root,
                     (int)strcspn(at, "\n"), at);
    }
    if (n <= 0 || n >= PATH_ROOM || !is_group(dir))
        memcpy(dir, cgroup_root, sizeof cgroup_root);
}

static void read_groups(const char *given, struct memory_use *m)
{
    char dir[PATH_ROOM];
    char *slash;

    if (!given)
        find_group(dir);
    else if (strlen(given) < sizeof dir)
        memcpy(dir, given, strlen(given) + 1);
    else
        return;
    do {
        read_group(dir, m);
        slash = strrchr(dir, '/');
        if (slash)
            *slash = '\0';
    } while (slash && is_group(dir));
}

static uint64_t read_rss(void)
{
    char text[FILE_ROOM];
    const char *second;
    uint64_t pages = 0;

    if (!memory_read_file("/proc/self/statm", text))
        return 0;
    second = strchr(text, ' ');
    if (second)
        memory_number_at(second, &pages);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

bool memory_read(const struct memory_files *files, struct memory_use *out)
{
    const char *meminfo = files ? files->meminfo : NULL;
    struct memory_use m = { 0 };

    if (!read_machine(meminfo ? meminfo : "/proc/meminfo", &m))
        return false;
    read_groups(files ? files->cgroup_dir : NULL, &m);
    m.rss_bytes = read_rss();
    *out = m;
    return true;
}

int64_t cpu_used_ms(void)
{
    struct timespec used;

    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) != 0)
        return 0;
    return (int64_t)used.tv_sec * 1000 + used.tv_nsec / 1000000;
}
