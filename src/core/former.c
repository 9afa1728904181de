/* This file tells the former `local` from the present one by what a ledger or a
 * store does not say. */
#include "config.h"
#include "core/former.h"

#include <stdlib.h>
#include <string.h>

bool former_hash(const char *embed, const char *identity)
{
    return embed && strcmp(embed, "local") == 0 && (!identity || !*identity);
}

bool former_is_hash(struct ledger_view *v)
{
    char *embed = ledger_view_get(v, "identity.embed");
    char *dim = ledger_view_get(v, "dim");
    char *model = ledger_view_get(v, "model");
    bool is = dim && former_hash(embed, model);

    free(embed);
    free(dim);
    free(model);
    return is;
}

char *former_embed(struct ledger_view *v)
{
    return former_is_hash(v) ? strdup("hash")
                             : ledger_view_get(v, "identity.embed");
}

bool former_keep(struct options *opt, struct ledger_view *v, struct error *err)
{
    char *hash;

    if (strcmp(opt->embed, "local") != 0 || !former_is_hash(v))
        return true;
    hash = strdup("hash");
    if (!hash)
        return error_memory(err, "for a name");
    free(opt->embed);
    opt->embed = hash;
    return true;
}
