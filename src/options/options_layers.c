/* This file reads the options that stand behind the command line: variables of
 * the environment, a profile, and the rest of the configuration file. Each is a
 * layer, a JSON object whose members count where no layer before it said
 * something, and whose addresses and keys count for the service that it names. */
#include "config.h"
#include "options/options_complete.h"
#include "options/options_parts.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "sys/file.h"
#include "util/str.h"

enum { CONFIG_LIMIT = 1 << 20, LAYER_PATH = 4096 };

struct layers {
    struct options *o;
    bool corpus; /* the command takes a corpus */
};

static bool layer_is_option(const struct layers *l, const cJSON *item)
{
    return strcmp(item->string, "profiles") != 0 &&
           (l->corpus || strcmp(item->string, "corpus") != 0);
}

/* What was set is stronger than the layers behind and what a job remembers. */
static void layer_mark(struct options *o, const cJSON *root,
                       const uint64_t barred[2])
{
    const cJSON *item;

    cJSON_ArrayForEach (item, root) {
        const struct option_row *row =
            option_find(item->string, strlen(item->string));

        if (row && !option_in(barred, row))
            option_mark(o, row);
    }
}

static bool layer_apply(struct layers *l, const cJSON *root, struct error *err)
{
    struct options *o = l->o;
    uint64_t given[2] = { o->set[0], o->set[1] }, barred[2];
    const cJSON *item;

    options_mark_foreign(o, root);
    memcpy(barred, o->set, sizeof barred);
    cJSON_ArrayForEach (item, root)
        if (layer_is_option(l, item) && !options_apply_item(o, item, true, err))
            return false;
    memcpy(o->set, given, sizeof given);
    layer_mark(o, root, barred);
    return true;
}

/* --- variables ------------------------------------------------------------ */

const char *option_variable(const struct option_row *row,
                            char to[OPTION_VARIABLE_MAX])
{
    size_t n = (size_t)snprintf(to, OPTION_VARIABLE_MAX,
                                OPTION_VARIABLES "%s", row->field);

    for (size_t i = 0; i < n; i++)
        if (to[i] >= 'a' && to[i] <= 'z')
            to[i] = (char)(to[i] - 'a' + 'A');
    return to;
}

/* As JSON, so that the variable counts like a member of a configuration: a flag
 * is true or false, and several texts are an array. */
static cJSON *variable_value(const struct option_row *row, const char *value)
{
    bool yes = strcmp(value, "1") == 0 || strcmp(value, "true") == 0;
    bool no = strcmp(value, "0") == 0 || strcmp(value, "false") == 0;
    cJSON *array = row->type == TYPE_LIST && *value == '[' ? cJSON_Parse(value)
                                                          : NULL;

    if (row->type == TYPE_FLAG && (yes || no))
        return cJSON_CreateBool(yes);
    return array ? array : cJSON_CreateString(value);
}

static bool variable_collect(const struct option_row *row, cJSON *root,
                             struct error *err)
{
    char variable[OPTION_VARIABLE_MAX], name[32];
    const char *value = getenv(option_variable(row, variable));
    cJSON *item;

    if (!value || !*value)
        return true;
    item = variable_value(row, value);
    if (cJSON_AddItemToObject(root, option_name(row, name), item))
        return true;
    cJSON_Delete(item);
    return error_memory(err, "for options");
}

static bool variable_check(struct options *o, const struct option_row *row,
                           const cJSON *root, struct error *err)
{
    char variable[OPTION_VARIABLE_MAX], name[32];
    const cJSON *item =
        cJSON_GetObjectItemCaseSensitive(root, option_name(row, name));

    if (!item || options_apply_item(o, item, true, err))
        return true;
    error_wrap(err, "%s", option_variable(row, variable));
    return false;
}

/* --config and --profile say which layers follow, so they are no layer's. */
static bool variables_name_file(struct options *o, struct error *err)
{
    char variable[OPTION_VARIABLE_MAX];

    for (size_t i = 0; i < OPTION_ROWS; i++) {
        const struct option_row *row = &option_rows[i];
        const char *value;

        if (row->group != OPTION_FILE || option_marked(o, row))
            continue;
        value = getenv(option_variable(row, variable));
        if (value && *value && !option_set(o, row, value, err))
            return false;
    }
    return true;
}

static bool layers_read_variables(struct layers *l, struct error *err)
{
    cJSON *root = cJSON_CreateObject();
    bool fine = root || error_memory(err, "for options");

    for (size_t i = 0; fine && i < OPTION_ROWS; i++)
        if (option_rows[i].group != OPTION_FILE)
            fine = variable_collect(&option_rows[i], root, err);
    if (fine && !layer_apply(l, root, err)) {
        for (size_t i = 0; i < OPTION_ROWS; i++)
            if (!variable_check(l->o, &option_rows[i], root, err))
                break;
        fine = false;
    }
    cJSON_Delete(root);
    return fine && variables_name_file(l->o, err);
}

/* --- the configuration file ----------------------------------------------- */

/* The end of a comment that begins at p, NULL when there is none; moves *p past
 * a string. */
static char *comment_end(char **p)
{
    char *s = *p, *end;

    if (*s == '"') {
        for (s++; *s && *s != '"'; s++)
            s += *s == '\\' && s[1];
        *p = *s ? s : s - 1;
        return NULL;
    }
    if (s[0] != '/' || (s[1] != '/' && s[1] != '*'))
        return NULL;
    end = strstr(s + 2, s[1] == '/' ? "\n" : "*/");
    return !end ? s + strlen(s) : end + (s[1] == '*' ? 2 : 0);
}

/* Replace comments by blanks; line numbers stay right for messages. */
static void blank_comments(char *p)
{
    for (; *p; p++) {
        char *end = comment_end(&p);

        for (; end && p < end; p++)
            if (*p != '\n')
                *p = ' ';
        if (end)
            p--;
    }
}

static bool options_not_json(const char *text, const char *at,
                             struct error *err)
{
    size_t line = 1;

    for (; text < at; text++)
        line += *text == '\n';
    return error_set(err, ERROR_CONFIG, 0, "line %zu is not JSON", line);
}

static cJSON *layers_parse(char *text, struct error *err)
{
    const char *end = text;
    cJSON *root;

    blank_comments(text);
    root = cJSON_ParseWithOpts(text, &end, true);
    if (!root) {
        options_not_json(text, end, err);
    } else if (!cJSON_IsObject(root)) {
        cJSON_Delete(root);
        root = NULL;
        error_set(err, ERROR_CONFIG, 0,
                  "not a JSON object of options (names as in --help)");
    }
    return root;
}

static bool layers_no_profile(const cJSON *profiles, const char *name,
                              struct error *err)
{
    char shown[64], one[40], names[120] = "";
    const cJSON *item;

    cJSON_ArrayForEach (item, profiles) {
        size_t used = strlen(names);

        str_printable(one, sizeof one, text_of(item->string));
        snprintf(names + used, sizeof names - used, "%s %s", used ? "," : ":",
                 one);
    }
    str_printable(shown, sizeof shown, text_of(name));
    return error_set(err, ERROR_CONFIG, 0, "there is no profile \"%s\"%s%s",
                     shown, *names ? "; there are" : "", names);
}

/* The profile is stronger than what stands beside all profiles. */
static bool layers_read_profile(struct layers *l, const cJSON *root,
                                struct error *err)
{
    const char *name = l->o->profile;
    const cJSON *profiles = cJSON_GetObjectItemCaseSensitive(root, "profiles");
    const cJSON *chosen =
        cJSON_IsObject(profiles)
            ? cJSON_GetObjectItemCaseSensitive(profiles, name)
            : NULL;

    if (profiles && !cJSON_IsObject(profiles))
        return error_set(err, ERROR_CONFIG, 0,
                         "\"profiles\" takes an object of profiles");
    if (!*name)
        return true;
    if (!chosen)
        return layers_no_profile(profiles, name, err);
    if (cJSON_IsObject(chosen) && layer_apply(l, chosen, err))
        return true;
    if (!cJSON_IsObject(chosen))
        error_set(err, ERROR_CONFIG, 0, "not an object of options");
    error_wrap(err, "profile \"%s\"", name);
    return false;
}

static bool layers_read_text(struct layers *l, char *text, struct error *err)
{
    cJSON *root = layers_parse(text, err);
    bool fine = root && layers_read_profile(l, root, err) &&
                layer_apply(l, root, err);

    cJSON_Delete(root);
    return fine;
}

static bool layers_read_file(struct layers *l, const char *path,
                             const char *named, struct error *err)
{
    struct buf text;
    bool read, fine;

    buf_init(&text);
    read = file_slurp(path, CONFIG_LIMIT, &text, err);
    buf_cstr(&text);
    fine = read && layers_read_text(l, text.data, err);
    if (!fine && read)
        error_wrap(err, "%s%s%s", named, *named ? " " : "", path);
    else if (!fine && *named)
        error_wrap(err, "%s", named);
    buf_release(&text);
    return fine;
}

/* As the XDG Base Directory Specification has it: a relative path does not
 * count. */
static bool layers_home_file(char *to, size_t size)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    bool own = config && *config == '/';
    int n;

    if (!own && !(home && *home == '/'))
        return false;
    n = snprintf(to, size, "%s%s/batchtop/config.json", own ? config : home,
                 own ? "" : "/.config");
    return n > 0 && (size_t)n < size;
}

void options_each_profile(const char *config,
                          void (*each)(void *arg, const char *name), void *arg)
{
    char home[LAYER_PATH] = "";
    const char *path = *config ? config : home;
    const cJSON *profiles, *item;
    struct error ignored;
    struct buf text;
    cJSON *root = NULL;

    buf_init(&text);
    if (!*config)
        layers_home_file(home, sizeof home);
    if (*path && file_slurp(path, CONFIG_LIMIT, &text, &ignored)) {
        buf_cstr(&text);
        root = layers_parse(text.data, &ignored);
    }
    profiles = cJSON_GetObjectItemCaseSensitive(root, "profiles");
    cJSON_ArrayForEach (item, profiles) {
        each(arg, item->string);
    }
    cJSON_Delete(root);
    buf_release(&text);
}

static bool layers_read_home(struct layers *l, struct error *err)
{
    char path[LAYER_PATH];
    bool known = layers_home_file(path, sizeof path);

    if (known && (access(path, F_OK) == 0 || errno == EACCES))
        return layers_read_file(l, path, "", err);
    return !*l->o->profile ||
           error_set(err, ERROR_CONFIG, 0,
                     "--profile %.40s is in a configuration, and there is none "
                     "at %.120s",
                     l->o->profile, known ? path : "$HOME/.config");
}

bool options_read_layers(struct options *o, bool corpus, struct error *err)
{
    struct layers l = { o, corpus };

    memcpy(o->typed, o->set, sizeof o->typed);
    if (!layers_read_variables(&l, err))
        return false;
    return *o->config ? layers_read_file(&l, o->config, "--config", err)
                      : layers_read_home(&l, err);
}

void options_yield(struct options *o)
{
    for (size_t i = 0; i < OPTION_ROWS; i++) {
        enum option_group group = option_rows[i].group;

        if ((group == OPTION_INPUT || group == OPTION_EMBED ||
             group == OPTION_STORE) &&
            !option_in(o->typed, &option_rows[i]))
            o->set[i / 64] &= ~(UINT64_C(1) << (i % 64));
    }
}
