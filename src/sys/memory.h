/* Memory and CPU as the kernel reports them. */
#ifndef BATCHTOP_SYS_MEMORY_H
#define BATCHTOP_SYS_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

struct memory_use {
    double used_pct;      /* of the tighter of machine and cgroup */
    uint64_t used_bytes;  /* there */
    uint64_t total_bytes; /* there */
    uint64_t rss_bytes;   /* this process */
    bool cgroup;          /* the cgroup is the tighter one */
};

/* Tests name files of their own; NULL: the real ones. False when the kernel
 * reports nothing. Page cache counts as free. */
struct memory_files {
    const char *meminfo, *cgroup_dir;
};
bool memory_read(const struct memory_files *files, struct memory_use *out);

/* CPU milliseconds this process has used, user and system together. */
int64_t cpu_used_ms(void);

#endif
