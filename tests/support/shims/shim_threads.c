/* LD_PRELOAD: pthread_create() succeeds SHIM_THREADS times and no more. */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

typedef int create_fn(pthread_t *, const pthread_attr_t *,
                      void *(*)(void *), void *);

int pthread_create(pthread_t *thread, const pthread_attr_t *attr,
                   void *(*begin)(void *), void *arg)
{
    static atomic_int made;
    const char *most = getenv("SHIM_THREADS");
    create_fn *real;

    *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
    if (most && atomic_fetch_add(&made, 1) >= atoi(most))
        return EAGAIN;
    return real(thread, attr, begin, arg);
}
