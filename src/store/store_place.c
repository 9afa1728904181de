/* This file is the preflight of all stores: look, make, look again, agree. */
#include "config.h"
#include "store/store_place.h"

/* A 404 to what makes a collection is not about the collection. */
static bool store_place_say_created(struct error *err, const char *noun,
                                    const char *name)
{
    if (err->code == 404)
        error_wrap(err, "nothing there makes a %s: is it the address of such "
                        "a store?", noun);
    return error_wrap(err, "creating %s %s", noun, name);
}

static bool store_place_create(struct store *s,
                               const struct store_place *place,
                               const char *name, bool *there,
                               struct error *err)
{
    if (!place->create(s, err))
        return err->code && store_place_say_created(err, place->noun, name);
    return place->look(s, there, err);
}

bool store_place_ready(struct store *s, const struct store_place *place,
                       const char *name, bool create, struct error *err)
{
    bool there;

    if (!place->look(s, &there, err) ||
        (!there && create && !store_place_create(s, place, name, &there, err)))
        return false;
    if (there)
        return place->agree(s, err);
    error_set(err, ERROR_CONFIG, 404, "there is no %s %s; --create makes it",
              place->noun, name);
    err->about = ABOUT_SERVICE;
    return false;
}

bool store_place_suits(struct store *s, const struct store_place *place,
                       const char *name, size_t dim, const char *metric,
                       struct error *err)
{
    if (dim && s->dim && dim != s->dim)
        return error_set(err, ERROR_CONFIG, 0,
                         "%s %s holds vectors of %zu dimensions, the embedder "
                         "gives %zu: name another one in --store, or what "
                         "gives %zu in --embed or --dim",
                         place->noun, name, dim, s->dim, dim);
    if (*metric && strcmp(metric, place->metric) != 0)
        return error_set(err, ERROR_CONFIG, 0,
                         "%s %s measures by %s, not %s: %s", place->noun, name,
                         metric, place->metric, place->remedy);
    if (dim)
        s->dim = dim;
    return true;
}
