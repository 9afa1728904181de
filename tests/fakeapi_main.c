/* fakeapi as a program, for end-to-end tests and benchmarks. */
#include "config.h"
#include "fakeapi.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char help[] =
    "fakeapi: a loopback server that speaks OpenAI's embeddings and Qdrant\n"
    "  --port N          listen there (default: any; printed first)\n"
    "  --dim N           floats in a vector (1536)\n"
    "  --poison WORD     texts with it answer 400\n"
    "  --rate-429 PCT    so many of 100 requests answer 429\n"
    "  --fail-500 PCT    so many of 100 requests answer 500\n"
    "  --limit-bytes N   larger bodies answer 413\n"
    "  --delay-ms N      before every answer\n"
    "  --auth-after N    from the Nth request on answer 401\n"
    "  --outage-ms A:B   cut every connection from A to B ms after the start\n"
    "  --no-store        only count points\n"
    "GET /control/stats, GET /control/dump\n";

static bool set(struct fakeapi_options *o, const char *name, char *value)
{
    unsigned long n = strtoul(value, NULL, 10);
    char *colon = strchr(value, ':');

    if (strcmp(name, "--port") == 0)
        o->port = (int)n;
    else if (strcmp(name, "--dim") == 0)
        o->dim = n;
    else if (strcmp(name, "--poison") == 0)
        o->poison = value;
    else if (strcmp(name, "--rate-429") == 0)
        o->rate_429_pct = (int)n;
    else if (strcmp(name, "--fail-500") == 0)
        o->fail_500_pct = (int)n;
    else if (strcmp(name, "--limit-bytes") == 0)
        o->limit_bytes = n;
    else if (strcmp(name, "--delay-ms") == 0)
        o->delay_ms = (int)n;
    else if (strcmp(name, "--auth-after") == 0)
        o->auth_after = n;
    else if (strcmp(name, "--outage-ms") == 0 && colon) {
        o->outage_from_ms = (int64_t)n;
        o->outage_to_ms = (int64_t)strtoul(colon + 1, NULL, 10);
    } else {
        return false;
    }
    return true;
}

int main(int argc, char *argv[])
{
    struct fakeapi_options o = { 0 };
    struct fakeapi *f;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--no-store") == 0) {
            o.no_store = true;
        } else if (i + 1 == argc || !set(&o, argv[i], argv[i + 1])) {
            fputs(help, strcmp(argv[i], "--help") ? stderr : stdout);
            return strcmp(argv[i], "--help") ? 2 : 0;
        } else {
            i++;
        }
    }
    signal(SIGPIPE, SIG_IGN);
    f = fakeapi_start(&o);
    printf("port %d\n", fakeapi_port(f));
    fflush(stdout);
    for (;;)
        pause();
}
