/* This file tells what a job learned about a service, for batchtop status. */
#include "config.h"
#include "cmd/learned.h"

#include <string.h>

#include "util/str.h"

enum { CEILING_NUMBERS = 2, KNEE_NUMBERS = 4 };

/* The endpoint stands behind so many numbers; NULL: it does not. */
static const char *learned_endpoint(const char *text, int numbers)
{
    for (int i = 0; text && i < numbers; i++) {
        text = strchr(text, ' ');
        text = text ? text + 1 : NULL;
    }
    return text;
}

void learned_read(struct learned *l, const char *ceiling, const char *knee,
                  const char *wire)
{
    const char *sized = learned_endpoint(ceiling, CEILING_NUMBERS);
    const char *sought = learned_endpoint(knee, KNEE_NUMBERS);

    memset(l, 0, sizeof *l);
    l->sizes = sized && ceiling_read(&l->ceiling, sized, ceiling);
    l->widths = sought && seek_knee_read(&l->knee, sought, knee);
    snprintf(l->wire, sizeof l->wire, "%.7s", wire ? wire : "");
}

static void learned_put_knee(FILE *to, const struct seek_knee *k)
{
    char n[32];

    fprintf(to, "knee %zu in flight", k->width);
    if (k->batch)
        fprintf(to, " x %s documents", str_count(n, sizeof n, k->batch));
    if (k->ceiling)
        fprintf(to, ", refused above %zu in flight", k->ceiling);
    if (k->per_s > 0)
        fprintf(to, ", paced at %.1f requests a second", k->per_s);
}

/* "learned     upsert: knee 24 in flight, over gRPC" */
static void learned_put_way(FILE *to, const char *stage,
                            const struct learned *l)
{
    if (!l->widths && !*l->wire)
        return;
    fprintf(to, "learned     %s: ", stage);
    if (l->widths)
        learned_put_knee(to, &l->knee);
    if (*l->wire)
        fprintf(to, "%s%s %s", l->widths ? ", " : "records go ",
                strcmp(l->wire, "JSON") == 0 ? "as" : "over", l->wire);
    fputc('\n', to);
}

void learned_put(FILE *to, const char *stage, struct learned *l)
{
    char docs[32], bytes[32];

    learned_put_way(to, stage, l);
    if (l->sizes)
        fprintf(to,
                "learned     %s: at most %s documents and %s bytes in a "
                "request (0: no limit found)\n",
                stage, str_count(docs, sizeof docs, ceiling_docs(&l->ceiling, 0)),
                str_count(bytes, sizeof bytes, ceiling_size(&l->ceiling, 0)));
}

static void learned_knee_json(struct json_writer *w, const struct seek_knee *k)
{
    json_put_u64(w, "knee", k->width);
    if (k->batch)
        json_put_u64(w, "batch", k->batch);
    if (k->ceiling)
        json_put_u64(w, "refused_above", k->ceiling);
    if (k->per_s > 0)
        json_put_real(w, "requests_per_s", k->per_s, 1);
}

void learned_put_json(struct json_writer *w, const char *stage,
                      struct learned *l)
{
    if (!l->widths && !l->sizes && !*l->wire)
        return;
    json_open(w, stage, '{');
    if (l->widths)
        learned_knee_json(w, &l->knee);
    if (*l->wire)
        json_put_text(w, "wire", l->wire);
    if (l->sizes) {
        json_put_u64(w, "documents", ceiling_docs(&l->ceiling, 0));
        json_put_u64(w, "bytes", ceiling_size(&l->ceiling, 0));
    }
    json_close(w, '}');
}
