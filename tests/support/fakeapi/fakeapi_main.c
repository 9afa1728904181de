/* fakeapi as a program, for end-to-end tests and benchmarks. */
#include "config.h"
#include "tests/support/fakeapi/fakeapi.h"
#include "tests/support/fakeapi/fakeapi_parts.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char help[] =
    "fakeapi: a loopback server that speaks like many\n"
    "  --port N          listen there (default: any; printed first)\n"
    "  --dim N           floats in a vector (1536)\n"
    "  --key KEY         requests without it answer 401\n"
    "  --poison WORD     texts with it answer 400; WORD%N: texts with the word\n"
    "                    right in front of a multiple of N\n"
    "  --poison-status N what such a text answers instead of 400\n"
    "  --rate-429 PCT    so many of 100 requests answer 429\n"
    "  --busy-first N    the first N requests answer 429\n"
    "  --docs-per-s N    of documents in a bulk (elastic), more answer 429\n"
    "  --pace FORM       how a 429 says when: ms, seconds, date, reset, none\n"
    "  --pace-ms N       what it says (200)\n"
    "  --fail-500 PCT    so many of 100 requests answer 500\n"
    "  --reset PCT       so many of 100 requests end in a TCP reset\n"
    "  --limit-bytes N   larger bodies answer 413\n"
    "  --large-status N  what they answer instead; 1: a TCP reset\n"
    "  --delay-ms N      before every answer\n"
    "  --auth-after N    from the Nth request on answer 401\n"
    "  --outage-ms A:B   cut every connection from A to B ms after the start\n"
    "  --outage-at N:MS  likewise for MS ms, from the Nth request on\n"
    "  --say FILE        what is in it is the body of every refusal\n"
    "  --no-store        only count points\n"
    "  --light           judge and count points, keep only their keys\n"
    "  --embed NAME=N,.. --store NAME=N,..   what that side alone is like:\n";

static const char help_end[] =
    "GET /control/stats /control/times /control/dump, POST /control/key\n"
    "dialects:";

/* What `--embed` and `--store` take. */
static const struct {
    const char *name, *help;
    size_t offset;
} of_side[] = {
#define SIDE_ROW(name, help) \
    { #name, help, offsetof(struct fakeapi_side, name) },
    FAKEAPI_SIDE(SIDE_ROW)
};

static bool set_side_one(struct fakeapi_side *side, const char *name,
                         const char *value)
{
    for (size_t i = 0; i < sizeof of_side / sizeof *of_side; i++)
        if (strcmp(name, of_side[i].name) == 0) {
            *(long *)(void *)((char *)side + of_side[i].offset) =
                strtol(value, NULL, 10);
            return true;
        }
    return false;
}

/* "ms=50,spread=30", taken apart where it stands. */
static bool set_side(struct fakeapi_side *side, char *list)
{
    char *one;

    while ((one = strsep(&list, ","))) {
        char *value = strchr(one, '=');

        if (!value)
            return false;
        *value++ = '\0';
        if (!set_side_one(side, one, value))
            return false;
    }
    return true;
}

static bool set_pace(struct fakeapi_options *o, const char *word)
{
    static const char *const words[] = { "ms", "seconds", "date", "reset",
                                         "none", "all" };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(word, words[i]) == 0) {
            o->pace = (enum fakeapi_pace)i;
            return true;
        }
    return false;
}

static bool set_say(struct fakeapi_options *o, const char *path)
{
    FILE *f = fopen(path, "r");
    char block[4096];
    struct buf said;
    size_t n;

    if (!f)
        return false;
    buf_init(&said); /* for as long as the server runs */
    while ((n = fread(block, 1, sizeof block, f)) > 0)
        buf_put(&said, block, n);
    fclose(f);
    o->say = (struct text){ said.data, said.len };
    return said.len > 0;
}

static void put_help(FILE *to)
{
    fputs(help, to);
    for (size_t i = 0; i < sizeof of_side / sizeof *of_side; i++)
        fprintf(to, "      %-13s %s\n", of_side[i].name, of_side[i].help);
    fputs(help_end, to);
    for (size_t i = 0; dialects[i]; i++)
        fprintf(to, " %s", dialects[i]->name);
    fprintf(to, "\nwires: HTTP/1.1%s\n",
            fakeapi_speaks_h2() ? " HTTP/2 gRPC" : "");
}

static bool set(struct fakeapi_options *o, const char *name, char *value)
{
    unsigned long n = strtoul(value, NULL, 10);
    char *colon = strchr(value, ':');

    if (strcmp(name, "--port") == 0)
        o->port = (int)n;
    else if (strcmp(name, "--dim") == 0)
        o->dim = n;
    else if (strcmp(name, "--key") == 0)
        o->key = value;
    else if (strcmp(name, "--poison") == 0)
        o->poison = value;
    else if (strcmp(name, "--poison-status") == 0)
        o->poison_status = (int)n;
    else if (strcmp(name, "--large-status") == 0)
        o->large_status = (int)n;
    else if (strcmp(name, "--rate-429") == 0)
        o->rate_429_pct = (int)n;
    else if (strcmp(name, "--busy-first") == 0)
        o->busy_first = n;
    else if (strcmp(name, "--docs-per-s") == 0)
        o->docs_per_s = n;
    else if (strcmp(name, "--fail-500") == 0)
        o->fail_500_pct = (int)n;
    else if (strcmp(name, "--reset") == 0)
        o->reset_pct = (int)n;
    else if (strcmp(name, "--pace") == 0)
        return set_pace(o, value);
    else if (strcmp(name, "--embed") == 0)
        return set_side(&o->embed, value);
    else if (strcmp(name, "--store") == 0)
        return set_side(&o->store, value);
    else if (strcmp(name, "--say") == 0)
        return set_say(o, value);
    else if (strcmp(name, "--pace-ms") == 0)
        o->pace_ms = (int)n;
    else if (strcmp(name, "--limit-bytes") == 0)
        o->limit_bytes = n;
    else if (strcmp(name, "--delay-ms") == 0)
        o->delay_ms = (int)n;
    else if (strcmp(name, "--auth-after") == 0)
        o->auth_after = n;
    else if (strcmp(name, "--outage-ms") == 0 && colon) {
        o->outage_from_ms = (int64_t)n;
        o->outage_to_ms = (int64_t)strtoul(colon + 1, NULL, 10);
    } else if (strcmp(name, "--outage-at") == 0 && colon) {
        o->outage_at = n;
        o->outage_for_ms = (int64_t)strtoul(colon + 1, NULL, 10);
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
        } else if (strcmp(argv[i], "--light") == 0) {
            o.light = true;
        } else if (i + 1 == argc || !set(&o, argv[i], argv[i + 1])) {
            put_help(strcmp(argv[i], "--help") ? stderr : stdout);
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
