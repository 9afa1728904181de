/* This file names a job after its first corpus file unless --job does, and
 * finds its ledger: the live one, else the newest in the archive. */
#include "config.h"
#include "engine/job/job_name.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/job/corpus_name.h"
#include "ledger/ledger.h"

void job_name(const struct options *opt, char *to, size_t size)
{
    const char *corpus = opt->corpus.count ? opt->corpus.item[0] : "-";
    const char *slash = strrchr(corpus, '/');
    const char *name = slash ? slash + 1 : corpus;
    size_t n = 0;

    if (*opt->job) {
        snprintf(to, size, "%s", opt->job);
        return;
    }
    if (corpus_is_stream(corpus))
        name = "stdin";
    for (; name[n] && n + 1 < size && n < 64; n++)
        to[n] = isalnum((unsigned char)name[n]) || strchr("._-", name[n])
                    ? name[n]
                    : '_';
    to[n] = '\0';
    for (char *dot; (dot = strrchr(to, '.')) && dot > to;) {
        if (strcmp(dot, ".gz") && strcmp(dot, ".zst") &&
            strcmp(dot, ".jsonl") && strcmp(dot, ".ndjson") &&
            strcmp(dot, ".json"))
            break;
        *dot = '\0';
    }
    if (!isalnum((unsigned char)to[0]))
        to[0] = 'x';
}

bool job_find(const char *dir, const char *job, char *path, size_t size,
              bool *archived)
{
    *archived = false;
    snprintf(path, size, "%s/%s.ledger", dir, job);
    if (access(path, F_OK) == 0)
        return true;
    *archived = true;
    return ledger_find_archived(dir, job, path, size);
}

bool job_repair_ledger(const char *dir, const char *job, struct error *err)
{
    char path[1200];
    bool archived;
    enum ledger_state state;
    struct ledger *l;
    struct ledger_view *v = NULL;
    struct error why = { 0 };

    if (!job_find(dir, job, path, sizeof path, &archived) || archived ||
        (v = ledger_view_open(path, &why)) || why.code != EUCLEAN) {
        ledger_view_close(v);
        return true;
    }
    l = ledger_open(dir, job, &state, err);
    ledger_close(l);
    return l != NULL;
}
