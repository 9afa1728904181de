/* This file finds the key of a service in a file, in the variable that the
 * options name, or in the provider's usual one. It never shows a name that may
 * be a key by mistake. */
#include "config.h"
#include "engine/job/credentials.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sys/file.h"
#include "util/buf.h"

/* Variables have such names; anything else may be a key. */
static bool looks_like_a_name(const char *env)
{
    return strspn(env, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == strlen(env);
}

static bool credentials_refuse_unset(const char *env, struct error *err)
{
    if (!looks_like_a_name(env))
        return error_set(err, ERROR_CONFIG, 0,
                         "the variable that should hold the key is not set "
                         "(its name is not shown, in case it is a key)");
    return error_set(err, ERROR_CONFIG, 0,
                     "the variable %s is not set: it should hold the key",
                     env);
}

/* A long word without a folder may be the key itself. */
static bool credentials_hide_file(const char *file, struct error *err)
{
    if (err->code != ENOENT || strchr(file, '/') || strlen(file) < 20)
        return false;
    return error_set(err, ERROR_CONFIG, ENOENT,
                     "there is no such key file (its name is not shown, in "
                     "case it is the key)");
}

/* From the file, the named variable, or the provider's usual one. */
static bool find_key(const char *file, const char *env, const char *usual,
                     char **key, struct error *err)
{
    const char *value;
    struct buf text;

    *key = NULL;
    if (*file) {
        buf_init(&text);
        if (!file_read_key(file, &text, err)) {
            buf_release(&text);
            return credentials_hide_file(file, err);
        }
        *key = strdup(buf_cstr(&text));
        explicit_bzero(text.data, text.cap);
        buf_release(&text);
        return true;
    }
    if (*env && !getenv(env))
        return credentials_refuse_unset(env, err);
    value = *env ? getenv(env) : usual ? getenv(usual) : NULL;
    if (value && strpbrk(value, "\r\n"))
        return error_set(err, ERROR_CONFIG, 0,
                         "the key in %s has a line end inside",
                         *env ? env : usual);
    if (value && *value)
        *key = strdup(value);
    return true;
}

/* The first of the provider's two variables that is not empty. */
static const char *credentials_usual_env(const struct embedder_ops *ops)
{
    const char *value = ops->key_env ? getenv(ops->key_env) : NULL;

    if ((!value || !*value) && ops->key_env_too && getenv(ops->key_env_too))
        return ops->key_env_too;
    return ops->key_env;
}

/* Item i of a list; a list that is shorter than the endpoints repeats. */
static const char *credentials_in_turn(const struct option_list *list, size_t i)
{
    return list->count ? list->item[i % list->count] : "";
}

bool credentials_embedder(const struct options *opt,
                          const struct embedder_ops *ops, size_t i,
                          char **key, struct error *err)
{
    return find_key(credentials_in_turn(&opt->embed_key_file, i),
                    credentials_in_turn(&opt->embed_key_env, i),
                    credentials_usual_env(ops), key, err);
}

bool credentials_store(const struct options *opt, const struct store_ops *ops,
                       char **key, struct error *err)
{
    return find_key(opt->store_key_file, opt->store_key_env, ops->key_env,
                    key, err);
}

/* "": it is in a file, there is none, or its name may be the key itself. */
static const char *variable_of(const char *file, const char *env,
                               const char *usual)
{
    if (*file)
        return "";
    if (!*env)
        env = usual;
    return env && looks_like_a_name(env) ? env : "";
}

const char *credentials_embedder_variable(const struct options *opt,
                                          const struct embedder_ops *ops,
                                          size_t i)
{
    return variable_of(credentials_in_turn(&opt->embed_key_file, i),
                       credentials_in_turn(&opt->embed_key_env, i),
                       credentials_usual_env(ops));
}

const char *credentials_store_variable(const struct options *opt,
                                       const struct store_ops *ops)
{
    return variable_of(opt->store_key_file, opt->store_key_env, ops->key_env);
}
