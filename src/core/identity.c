#include "config.h"
#include "core/identity.h"

#include <string.h>

void identity_of(const struct run *r, struct buf *texts,
                 struct ledger_field field[IDENTITY_FIELDS])
{
    static const char *const words[] = { "field", "hash", "line" };
    const struct options *opt = r->opt;

    for (size_t i = 0; i < opt->text_field.count; i++)
        buf_printf(texts, "%s%s", i ? "," : "", opt->text_field.item[i]);
    memcpy(field,
           (struct ledger_field[IDENTITY_FIELDS]){
               { "embed", opt->embed },
               { "store", r->store_url },
               { "id", words[opt->id] },
               { "id-field", opt->id_field },
               { "text-field", buf_cstr(texts) },
               { "metadata-field", opt->metadata_field },
               { "json-path", opt->json_path } },
           IDENTITY_FIELDS * sizeof *field);
}
