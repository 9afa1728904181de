/* This file has a table that says for each phrase which option holds it and
 * which embedders can use it. The functions find the value of each phrase,
 * check it, give it to an embedder and describe it for the screen. */
#include "config.h"
#include "core/phrasing.h"

#include <stdio.h>
#include <stdlib.h>

#include "embed/extra.h"
#include "util/json.h"
#include "util/str.h"

struct phrase_row {
    const char *name;
    enum embedder_takes takes;
};

static const struct phrase_row rows[PHRASES] = {
    [PHRASE_DOC_PREFIX] = { "doc-prefix", EMBEDDER_PREFIX },
    [PHRASE_EMBED_EXTRA] = { "embed-extra", EMBEDDER_EXTRA },
    [PHRASE_QUERY_PREFIX] = { "query-prefix", EMBEDDER_PREFIX },
    [PHRASE_QUERY_EXTRA] = { "query-extra", EMBEDDER_EXTRA },
    [PHRASE_QUERY_MODEL] = { "query-model", EMBEDDER_QUERY_MODEL },
};

const char *phrase_name(enum phrase which)
{
    return rows[which].name;
}

static const char *option_value(const struct options *opt, enum phrase which)
{
    const char *const values[PHRASES] = {
        [PHRASE_DOC_PREFIX] = opt->doc_prefix,
        [PHRASE_EMBED_EXTRA] = opt->embed_extra,
        [PHRASE_QUERY_PREFIX] = opt->query_prefix,
        [PHRASE_QUERY_EXTRA] = opt->query_extra,
        [PHRASE_QUERY_MODEL] = opt->query_model,
    };

    return values[which];
}

const char *phrase_given(const struct options *opt, enum phrase which)
{
    return options_given(opt, rows[which].name) ? option_value(opt, which)
                                                : NULL;
}

/* --- what the table says -------------------------------------------------- */

/* "x-passage" is "x-query" for queries. */
static char *name_for_queries(const char *model)
{
    static const char end[] = "-passage", instead[] = "-query";
    size_t stem = strlen(model) - (sizeof end - 1);
    char *name = malloc(stem + sizeof instead);

    if (name) {
        memcpy(name, model, stem);
        memcpy(name + stem, instead, sizeof instead);
    }
    return name;
}

static char *of_table(const struct known_model *k, const char *model,
                      enum phrase which)
{
    const char *const values[PHRASES] = {
        [PHRASE_DOC_PREFIX] = k->doc_prefix,
        [PHRASE_EMBED_EXTRA] = k->doc_extra,
        [PHRASE_QUERY_PREFIX] = k->query_prefix,
        [PHRASE_QUERY_EXTRA] = k->query_extra,
    };

    if (which == PHRASE_QUERY_MODEL && k->passage &&
        strlen(model) > strlen("-passage"))
        return name_for_queries(model);
    return strdup(values[which] ? values[which] : "");
}

/* --- making one ----------------------------------------------------------- */

/* Refuse an option that has no effect with this embedder. */
static bool check_use(const struct embedder_ops *ops, enum phrase which,
                      struct error *err)
{
    static const char *const why[] = {
        [EMBEDDER_PREFIX] = "has no model that was trained with words before "
                            "a text",
        [EMBEDDER_EXTRA] = "sends no request that it could stand in",
        [EMBEDDER_QUERY_MODEL] = "asks no service for a model by its name",
    };

    return (ops->takes & rows[which].takes) != 0 ||
           error_set(err, ERROR_CONFIG, 0,
                     "--%s: the embedder %s %s: leave it out",
                     rows[which].name, ops->name, why[rows[which].takes]);
}

static bool check_value(enum phrase which, const char *value,
                        struct error *err)
{
    char option[32];

    snprintf(option, sizeof option, "--%s", rows[which].name);
    if (!utf8_valid(value, strlen(value)))
        return error_set(err, ERROR_CONFIG, 0, "%s is not UTF-8", option);
    return rows[which].takes != EMBEDDER_EXTRA ||
           extra_check(value, option, err);
}

static bool phrasing_make_one(struct phrasing *p, enum phrase which,
                              const struct options *opt,
                              const struct embedder_ops *ops, const char *model,
                              struct error *err)
{
    const char *given = phrase_given(opt, which);

    if (given) {
        if ((*given && !check_use(ops, which, err)) ||
            !check_value(which, given, err))
            return false;
        p->of[which] = strdup(given);
    } else {
        p->of[which] = p->known ? of_table(p->known, model, which)
                                : strdup("");
        p->by_table[which] = p->of[which] && *p->of[which];
    }
    return p->of[which] || error_memory(err, "for a prefix");
}

bool phrasing_make(struct phrasing *p, const struct options *opt,
                   const struct embedder_ops *ops, struct error *err)
{
    const char *colon = strchr(opt->embed, ':');
    const char *model = colon && ops->takes & EMBEDDER_QUERY_MODEL ? colon + 1
                                                                   : "";

    *p = (struct phrasing){ .known = known_find(ops->name, ops->tells,
                                                model) };
    for (int i = 0; i < PHRASES; i++)
        if (!phrasing_make_one(p, (enum phrase)i, opt, ops, model, err))
            return false;
    return true;
}

void phrasing_release(struct phrasing *p)
{
    for (int i = 0; i < PHRASES; i++)
        free(p->of[i]);
    *p = (struct phrasing){ .known = NULL };
}

bool phrasing_set(struct phrasing *p, enum phrase which, const char *value,
                  struct error *err)
{
    char *copy;

    if (!check_value(which, value, err))
        return false;
    copy = strdup(value);
    if (!copy)
        return error_memory(err, "for a prefix");
    p->by_table[which] &= p->of[which] && strcmp(p->of[which], value) == 0;
    free(p->of[which]);
    p->of[which] = copy;
    return true;
}

const char *phrasing_before(const struct phrasing *p, enum phrase which)
{
    const struct known_model *k = p->known;
    const char *value = NULL;

    if (k && k->provider && which == PHRASE_DOC_PREFIX)
        value = k->doc_prefix;
    else if (k && k->provider && which == PHRASE_QUERY_PREFIX)
        value = k->query_prefix;
    return value ? value : "";
}

/* --- using it ------------------------------------------------------------- */

void phrasing_apply(const struct phrasing *p, bool query,
                    struct embedder_config *cfg)
{
    cfg->query = query;
    cfg->prefix = p->of[query ? PHRASE_QUERY_PREFIX : PHRASE_DOC_PREFIX];
    cfg->extra = p->of[query ? PHRASE_QUERY_EXTRA : PHRASE_EMBED_EXTRA];
    if (query && *p->of[PHRASE_QUERY_MODEL])
        cfg->model = p->of[PHRASE_QUERY_MODEL];
}

size_t phrasing_bytes(const struct phrasing *p)
{
    struct buf b = { 0 };
    size_t n;

    json_put_escaped(&b, text_of(p->of[PHRASE_DOC_PREFIX]));
    n = b.len;
    buf_release(&b);
    return n;
}

/* `"query: " before queries`, and a comma between two. Long words are cut: a
 * message has 160 bytes, plan shows them whole. */
static void say_one(const struct phrasing *p, enum phrase which, char *to,
                    size_t size)
{
    static const char *const words[PHRASES] = {
        [PHRASE_DOC_PREFIX] = "before documents",
        [PHRASE_EMBED_EXTRA] = "with documents",
        [PHRASE_QUERY_PREFIX] = "before queries",
        [PHRASE_QUERY_EXTRA] = "with queries",
        [PHRASE_QUERY_MODEL] = "as its name for queries",
    };
    char shown[48];
    size_t n = strlen(to);

    if (!p->by_table[which])
        return;
    str_printable(shown, sizeof shown, text_of(p->of[which]));
    snprintf(to + n, size - n, "%s\"%s\" %s", n ? ", " : "", shown,
             words[which]);
}

bool phrasing_say(const struct phrasing *p, char *to, size_t size)
{
    static const enum phrase order[PHRASES] = {
        PHRASE_DOC_PREFIX, PHRASE_QUERY_PREFIX, PHRASE_EMBED_EXTRA,
        PHRASE_QUERY_EXTRA, PHRASE_QUERY_MODEL
    };

    *to = '\0';
    for (int i = 0; i < PHRASES; i++)
        say_one(p, order[i], to, size);
    return *to;
}
