/* Bounds for what would wait for ever: a thread's end, a child's, a read. */
#include "config.h"
#include "tests/support/await.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

void *await_thread(pthread_t thread)
{
    struct timespec until;
    void *result = NULL;
    int status;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += AWAIT_MS / 1000;
    status = pthread_timedjoin_np(thread, &result, &until);
    if (status)
        fail_msg("a thread did not end: %s", strerror(status));
    return result;
}

int await_child(pid_t child)
{
    int status = 0;

    await(waitpid(child, &status, WNOHANG) == child);
    return status;
}

void await_input(int fd)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };

    if (poll(&p, 1, AWAIT_MS) != 1)
        fail_msg("nothing came to be read");
}

/* The letter behind the name, which is in parentheses; X: there is none. */
static char state_of(pid_t thread)
{
    char path[64], state = 'X';
    FILE *f;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)thread);
    f = fopen(path, "r");
    if (f && fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
        state = 'X'; /* it went meanwhile */
    if (f)
        fclose(f);
    return state;
}

bool is_asleep(pid_t thread)
{
    return state_of(thread) == 'S';
}

bool is_dead(pid_t process)
{
    char state = state_of(process);

    return state == 'Z' || state == 'X';
}
