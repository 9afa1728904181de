/* This file knows how the words begin that name an embedder or a store. */
#include "config.h"
#include "cmd/service_forms.h"

#include <stdio.h>
#include <string.h>

#include "store/store_http.h"

const char *service_form_embed(const struct embedder_ops *e, char to[40])
{
    bool bare = strncmp(e->summary, e->name, strlen(e->name)) != 0;

    snprintf(to, 40, "%s%s", e->name, bare ? "" : ":");
    return to;
}

void service_forms_embed(service_form_fn *each, void *arg)
{
    char form[40];

    for (size_t i = 0; embedder_at(i); i++)
        each(arg, service_form_embed(embedder_at(i), form),
             embedder_at(i)->summary, embedder_at(i)->key_env);
}

static void service_form(service_form_fn *each, void *arg,
                         const struct store_ops *s, const char *end)
{
    char form[40];

    snprintf(form, sizeof form, "%s%s", s->name, end);
    each(arg, form, s->summary, s->key_env);
}

void service_forms_store(service_form_fn *each, void *arg)
{
    for (size_t i = 0; store_at(i); i++) {
        const struct store_ops *s = store_at(i);

        if (strstr(s->summary, "+http:"))
            service_form(each, arg, s, "+http://");
        if (s->http && s->http->grpc) {
            service_form(each, arg, s, "+grpc://");
            service_form(each, arg, s, "+grpcs://");
        }
        service_form(each, arg, s,
                     s->http                      ? "+https://"
                     : strstr(s->summary, "://") ? "://"
                                                  : ":");
    }
}
