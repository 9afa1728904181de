/* This file reads options from JSON (a configuration, variables, what a job
 * remembers), and writes them. */
#include "config.h"
#include "options/options_parts.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>

#include "options/guess.h"
#include "util/json.h"
#include "util/str.h"

static bool wrong_type(const struct option_row *row, struct error *err)
{
    char name[32], words[80];

    return error_set(err, ERROR_CONFIG, 0, "\"%s\" takes %s",
                     option_name(row, name), option_wanted(row, words));
}

static bool set_json_number(struct options *o, const struct option_row *row,
                            double n, struct error *err)
{
    double low = 0, high = 0;
    char text[40];

    if (row->type == TYPE_REAL) {
        option_range(row, &low, &high);
        if (!(n >= low && n <= high))
            return wrong_type(row, err);
        *(double *)option_field(o, row) = n;
        return true;
    }
    if (!(n >= 0 && n < 9e15) || n != (double)(uint64_t)n)
        return wrong_type(row, err);
    snprintf(text, sizeof text, "%llu", (unsigned long long)n);
    return option_set(o, row, text, err);
}

/* An option that takes JSON as a text takes the JSON value, too. */
static bool set_object(struct options *o, const struct option_row *row,
                       const cJSON *value, struct error *err)
{
    char *text = cJSON_PrintUnformatted(value);
    bool fine =
        text ? option_set(o, row, text, err) : error_memory(err, "for options");

    cJSON_free(text);
    return fine;
}

static bool set_json(struct options *o, const struct option_row *row,
                     const cJSON *value, struct error *err)
{
    if (cJSON_IsBool(value) && row->type == TYPE_FLAG) {
        *(bool *)option_field(o, row) = cJSON_IsTrue(value);
        return true;
    }
    if (row->type == TYPE_FLAG)
        return wrong_type(row, err);
    if (cJSON_IsString(value))
        return option_set(o, row, value->valuestring, err);
    if (cJSON_IsObject(value) && row->type == TYPE_OPEN)
        return set_object(o, row, value, err);
    if (cJSON_IsNumber(value))
        return set_json_number(o, row, value->valuedouble, err);
    return wrong_type(row, err);
}

static bool set_json_array(struct options *o, const struct option_row *row,
                           const cJSON *array, struct error *err)
{
    const cJSON *item;

    option_list_clear(option_field(o, row));
    cJSON_ArrayForEach (item, array) {
        if (!cJSON_IsString(item))
            return wrong_type(row, err);
        if (!option_set(o, row, item->valuestring, err))
            return false;
        option_mark(o, row); /* the next one joins it */
    }
    return true;
}

static bool apply_corpus_file(struct options *o, const cJSON *item,
                              struct error *err)
{
    if (!cJSON_IsString(item))
        return error_set(err, ERROR_CONFIG, 0,
                         "\"corpus\" takes the name of a file or several");
    return option_list_add(&o->corpus, OPTION_CORPUS_MAX, item->valuestring,
                           "corpus files", err);
}

static bool apply_corpus(struct options *o, const cJSON *value,
                         struct error *err)
{
    const cJSON *item;

    if (o->corpus.count > 0)
        return true; /* the command line wins */
    if (!cJSON_IsArray(value))
        return apply_corpus_file(o, value, err);
    cJSON_ArrayForEach (item, value)
        if (!apply_corpus_file(o, item, err))
            return false;
    return true;
}

/* Neither a file nor a variable must start programs, not even one that the
 * command line overrides. */
static bool check_no_command(const struct option_row *row, const cJSON *value,
                             struct error *err)
{
    char name[32];

    if (!cJSON_IsString(value) ||
        strncmp(value->valuestring, "exec:", 5) != 0 ||
        (row->group != OPTION_EMBED && row->group != OPTION_STORE))
        return true;
    return error_set(err, ERROR_CONFIG, 0,
                     "\"%s\" names a command: exec: is taken on the command "
                     "line only",
                     option_name(row, name));
}

static bool options_set_item(struct options *o, const struct option_row *row,
                             const cJSON *item, struct error *err)
{
    if (option_marked(o, row))
        return true;
    return row->type == TYPE_LIST && cJSON_IsArray(item)
               ? set_json_array(o, row, item, err)
               : set_json(o, row, item, err);
}

/* A member's name has no dashes in front. */
static bool options_no_member(const char *name, struct error *err)
{
    char shown[64], meant[GUESS_MAX];

    str_printable(shown, sizeof shown, text_of(name));
    if (guess_option(shown, meant) && strncmp(meant, "--", 2) == 0)
        return error_set(err, ERROR_CONFIG, 0,
                         "there is no option \"%s\": did you mean \"%.*s\"?",
                         shown, (int)strcspn(meant + 2, " "), meant + 2);
    return error_set(err, ERROR_CONFIG, 0, "there is no option \"%s\"", shown);
}

bool options_apply_item(struct options *o, const cJSON *item, bool strict,
                        struct error *err)
{
    const struct option_row *row =
        option_find(item->string, strlen(item->string));

    if (strcmp(item->string, "corpus") == 0)
        return apply_corpus(o, item, err);
    if (row && row->group != OPTION_FILE)
        return (!strict || check_no_command(row, item, err)) &&
               options_set_item(o, row, item, err);
    if (!strict)
        return true; /* another version remembered it */
    return options_no_member(item->string, err);
}

static void mark_group(struct options *o, enum option_group group)
{
    for (size_t i = 0; i < OPTION_ROWS; i++)
        if (option_rows[i].group == group)
            option_mark(o, &option_rows[i]);
}

/* The caller's value of this option names another service than the job's. */
static bool names_another(const struct options *o, const cJSON *root,
                          const char *name, const char *given,
                          const char *upto)
{
    const cJSON *was = cJSON_GetObjectItemCaseSensitive(root, name);
    size_t n = strcspn(given, upto);

    return options_given(o, name) && cJSON_IsString(was) &&
           (strcspn(was->valuestring, upto) != n ||
            strncmp(was->valuestring, given, n) != 0);
}

static void mark_named(struct options *o, const char *name)
{
    option_mark(o, option_find(name, strlen(name)));
}

/* Addresses and keys belong to a service. If the caller names another one, these
 * here would send the new service's key to the old service, or the other way
 * round: they do not count then. */
void options_mark_foreign(struct options *o, const cJSON *root)
{
    if (names_another(o, root, "embed", o->embed, ":"))
        mark_group(o, OPTION_EMBED);
    if (names_another(o, root, "store", o->store, "")) {
        mark_named(o, "store-key-env");
        mark_named(o, "store-key-file");
    }
}

static bool take_remembered(struct options *o, const cJSON *root,
                            struct error *err)
{
    uint64_t given[2] = { o->set[0], o->set[1] };
    const cJSON *item;
    bool fine = true;

    mark_group(o, OPTION_RUN); /* those hold for one call */
    options_mark_foreign(o, root);
    cJSON_ArrayForEach (item, root)
        fine = fine && options_apply_item(o, item, false, err);
    memcpy(o->set, given, sizeof given);
    return fine;
}

bool options_from_json(struct options *o, const char *json, struct error *err)
{
    cJSON *root = cJSON_Parse(json);
    bool fine = cJSON_IsObject(root)
                    ? take_remembered(o, root, err)
                    : error_set(err, ERROR_LOCAL, EUCLEAN,
                                 "the job's stored options are unreadable");

    cJSON_Delete(root);
    return fine;
}

bool options_from_json_afresh(struct options *o, const char *json,
                              struct error *err)
{
    uint64_t given[2] = { o->set[0], o->set[1] };
    bool fine;

    mark_group(o, OPTION_INPUT);
    fine = options_from_json(o, json, err);
    memcpy(o->set, given, sizeof given);
    return fine;
}

static void put_list(struct buf *to, const struct option_list *list)
{
    buf_putc(to, '[');
    for (size_t i = 0; i < list->count; i++) {
        if (i)
            buf_putc(to, ',');
        json_put_string(to, text_of(list->item[i]));
    }
    buf_putc(to, ']');
}

/* A double with at most six decimals, without the locale's comma. */
static void put_real(struct buf *to, double value)
{
    uint64_t micros = (uint64_t)(value * 1e6 + 0.5);

    buf_printf(to, "%llu.%06llu", (unsigned long long)(micros / 1000000),
               (unsigned long long)(micros % 1000000));
}

static void put_word(struct buf *to, const char *words, int index)
{
    for (; index > 0; index--)
        words += strcspn(words, "|") + 1;
    json_put_string(to, (struct text){ words, strcspn(words, "|") });
}

static void options_put_value(const struct options *o,
                              const struct option_row *row, struct buf *to)
{
    const void *field = option_field_in(o, row);

    switch (row->type) {
    case TYPE_FLAG:
        buf_puts(to, *(const bool *)field ? "true" : "false");
        break;
    case TYPE_COUNT:
        if (option_takes_auto(row) && *(const uint64_t *)field == 0)
            buf_puts(to, "\"auto\"");
        else
            buf_printf(to, "%llu",
                       (unsigned long long)*(const uint64_t *)field);
        break;
    case TYPE_REAL:
        put_real(to, *(const double *)field);
        break;
    case TYPE_WORD:
        put_word(to, row->range, *(const int *)field);
        break;
    case TYPE_LIST:
        put_list(to, field);
        break;
    case TYPE_TEXT:
    case TYPE_OPEN:
        json_put_string(to, text_of(*(char *const *)field));
        break;
    }
}

static bool options_is_remembered(const struct option_row *row)
{
    return row->group != OPTION_RUN && row->group != OPTION_SCREEN &&
           row->group != OPTION_FILE && row->group != OPTION_COMMAND;
}

void options_to_json(const struct options *o, struct buf *to)
{
    char name[32];

    buf_puts(to, "{\"corpus\":");
    put_list(to, &o->corpus);
    for (size_t i = 0; i < OPTION_ROWS; i++) {
        if (!options_is_remembered(&option_rows[i]))
            continue;
        buf_printf(to, ",\"%s\":", option_name(&option_rows[i], name));
        options_put_value(o, &option_rows[i], to);
    }
    buf_putc(to, '}');
}
