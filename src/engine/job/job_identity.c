/* This file writes the fields that identify a job as pairs of a name and a
 * text, for the ledger to compare. A store's place counts without options that
 * only say how to reach it. */
#include "config.h"
#include "engine/job/job_identity.h"

#include <string.h>

static bool same_place(const char *was, const char *is)
{
    struct buf place = { 0 };
    bool same;

    store_place(was, &place);
    same = strcmp(buf_cstr(&place), is) == 0;
    buf_release(&place);
    return same;
}

/* "a,b" and a NUL; returns where it begins. */
static size_t put_names(const struct option_list *fields, struct buf *texts)
{
    size_t at = texts->len;

    for (size_t i = 0; i < fields->count; i++)
        buf_printf(texts, "%s%s", i ? "," : "", fields->item[i]);
    buf_putc(texts, '\0');
    return at;
}

void job_identity(const struct run *r, const struct job_identity_was *was,
                  struct buf *texts,
                  struct ledger_field field[IDENTITY_FIELDS])
{
    static const char *const words[] = { "field", "hash", "line" };
    const struct options *opt = r->opt;
    size_t names = put_names(&opt->text_field, texts);
    size_t metadata = put_names(&opt->metadata_field, texts);
    size_t store = texts->len;
    const char *all, *place, *embed = opt->embed;

    store_place(r->store_url, texts);
    buf_putc(texts, '\0');
    all = buf_cstr(texts);
    place = texts->failed ? r->store_url : all + store;
    if (was->store && same_place(was->store, place))
        place = was->store; /* as an older version wrote it */
    if (was->hash && strcmp(embed, "hash") == 0)
        embed = "local";
    memcpy(field,
           (struct ledger_field[IDENTITY_PLAIN]){
               { "embed", embed },
               { "store", place },
               { "id", words[opt->id] },
               { "id-field", opt->id_field },
               { "text-field", texts->failed ? "" : all + names },
               { "metadata-field", texts->failed ? "" : all + metadata },
               { "json-path", opt->json_path } },
           IDENTITY_PLAIN * sizeof *field);
    for (int i = 0; i < PHRASES; i++)
        field[IDENTITY_PLAIN + i] = (struct ledger_field){
            phrase_name((enum phrase)i), r->phrasing.of[i]
        };
}
