/* The preflight calls this when the embedder is known: it refuses to mix
 * vectors of two kinds in one store, records how the new ones are made, and
 * tells the operator what the table of known models chose. */
#include "config.h"
#include "engine/job/vector_identity.h"

#include "engine/job/stored_identity.h"

/* Once: the user did not choose what the table chose, and cuts lose. */
void vector_identity_say(struct run *r)
{
    const struct embedder *e = r->embedder[0].embedder;
    const struct known_model *known = r->phrasing.known;
    char said[160];

    if (phrasing_say(&r->phrasing, said, sizeof said))
        notices_add(r->notices, "%.40s wants %s; an empty option turns it off",
                    r->opt->embed, said);
    if (e->own_dim)
        notices_add(r->notices, "vectors of %zu dimensions are cut to %zu and "
                               "scaled to length 1%s",
                    e->own_dim, e->dim,
                    known && known->cut == KNOWN_CUT_LOSES
                        ? "; this model was not made for it: quality is lost"
                        : "");
}

/* Beside the stored vectors put only vectors that were made in the same way. */
static bool check_kept(struct run *r, struct store *s, struct text json,
                       struct error *err)
{
    struct stored_identity k;
    char label[96];
    bool fine = stored_identity_read(&k, json, err);

    store_label(r->store_url, label, sizeof label);
    fine = fine && (stored_identity_agrees(&k, label, r->opt->embed,
                                           &r->phrasing, err) ||
                    stored_identity_store_is_empty(s));
    stored_identity_release(&k);
    return fine;
}

/* It is no harm if a store cannot keep the identity: the ledger has it, too. */
static void vector_identity_report_ledger_only(struct run *r,
                                               const struct error *why)
{
    notices_add(r->notices, "--store: how the vectors are made is kept in the "
                           "checkpoint alone: %s",
                why->text);
}

static void vector_identity_write_kept(struct run *r, struct store *s,
                                       struct text was)
{
    struct buf json = { 0 };
    struct error why;

    stored_identity_put(&json, r->opt->embed, r->embedder[0].embedder,
                        (size_t)r->opt->dim, r->opt->embed_url.count > 0,
                        &r->phrasing);
    if (!text_is(was, buf_cstr(&json)) &&
        !s->ops->keep(s, buf_cstr(&json), &why))
        vector_identity_report_ledger_only(r, &why);
    buf_release(&json);
}

bool vector_identity_keep(struct run *r, struct store *s, struct error *err)
{
    struct buf json = { 0 };
    struct text was;
    struct error why;
    bool fine = true;

    if (!s->ops->keep)
        return true;
    if (!s->ops->kept(s, &json, &why)) {
        vector_identity_report_ledger_only(r, &why);
    } else {
        was = (struct text){ buf_cstr(&json), json.len };
        fine = check_kept(r, s, was, err);
        if (fine)
            vector_identity_write_kept(r, s, was);
    }
    buf_release(&json);
    return fine;
}
