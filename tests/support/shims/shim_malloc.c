/*
 * LD_PRELOAD: the Nth allocation fails (SHIM_FAIL_AT), and SHIM_FAIL_FOR - 1
 * more behind it. For OS-05: what does the program do without memory?
 */
#include "config.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

static atomic_ulong calls;
static unsigned long first, past;

__attribute__((constructor)) static void set_up(void)
{
    const char *at = getenv("SHIM_FAIL_AT"), *n = getenv("SHIM_FAIL_FOR");

    atomic_store(&calls, 0);
    first = at ? strtoul(at, NULL, 10) : 0;
    past = first + (n ? strtoul(n, NULL, 10) : 1);
}

__attribute__((destructor)) static void say_count(void)
{
    if (getenv("SHIM_COUNT"))
        fprintf(stderr, "allocations %lu\n", atomic_load(&calls));
}

static int fails(void)
{
    unsigned long call = atomic_fetch_add(&calls, 1) + 1;

    if (!first || call < first || call >= past)
        return 0;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t n)
{
    return fails() ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
    return fails() ? NULL : __libc_realloc(p, n);
}
