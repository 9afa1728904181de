/* This file turns the table of options into rows that say where a value is in
 * the struct and what it may be. One setter per type checks a value and stores
 * it, whether it comes from the command line, a file or the job's memory. */
#include "config.h"
#include "options/options_parts.h"

#include <stddef.h>
#include <stdlib.h>

#include "util/words/near.h"
#include "util/str.h"

const struct option_row option_rows[OPTION_ROWS] = {
#define X(group, type, field, arg, range, def, help)                           \
    { OPTION_##group, TYPE_##type, #field, offsetof(struct options, field),    \
      arg, range, def, help },
    OPTIONS(X)
#undef X
};

void *option_field(struct options *o, const struct option_row *row)
{
    return (char *)o + row->at;
}

const void *option_field_in(const struct options *o,
                            const struct option_row *row)
{
    return (const char *)o + row->at;
}

/* "embed-batch" names the field embed_batch. */
static bool name_matches(const struct option_row *row, const char *name,
                         size_t len)
{
    if (strlen(row->field) != len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (row->field[i] != (name[i] == '-' ? '_' : name[i]))
            return false;
    return memchr(name, '_', len) == NULL;
}

const struct option_row *option_find(const char *name, size_t len)
{
    for (size_t i = 0; i < OPTION_ROWS; i++)
        if (name_matches(&option_rows[i], name, len))
            return &option_rows[i];
    return NULL;
}

const char *option_name(const struct option_row *row, char to[32])
{
    size_t i = 0;

    for (; i < 31 && row->field[i]; i++)
        to[i] = row->field[i] == '_' ? '-' : row->field[i];
    to[i] = '\0';
    return to;
}

void option_mark(struct options *o, const struct option_row *row)
{
    size_t i = (size_t)(row - option_rows);

    o->set[i / 64] |= UINT64_C(1) << (i % 64);
}

bool option_in(const uint64_t set[2], const struct option_row *row)
{
    size_t i = (size_t)(row - option_rows);

    return set[i / 64] >> (i % 64) & 1;
}

bool option_marked(const struct options *o, const struct option_row *row)
{
    return option_in(o->set, row);
}

void option_list_clear(struct option_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->item[i]);
    free(list->item);
    *list = (struct option_list){ .count = 0 };
}

static bool options_make_room(struct option_list *list)
{
    size_t room = list->room ? list->room * 2 : OPTION_LIST_MAX;
    char **item;

    if (list->count < list->room)
        return true;
    item = realloc(list->item, room * sizeof *item);
    if (!item)
        return false;
    list->item = item;
    list->room = room;
    return true;
}

bool option_list_add(struct option_list *list, size_t most, const char *item,
                     const char *what, struct error *err)
{
    char *copy;

    if (list->count == most)
        return error_set(err, ERROR_CONFIG, 0, "%s: no more than %zu are taken",
                         what, most);
    copy = options_make_room(list) ? strdup(item) : NULL;
    if (!copy)
        return error_memory(err, "for options");
    list->item[list->count++] = copy;
    return true;
}

/* What the option takes, as the end of a sentence. */
const char *option_wanted(const struct option_row *row, char to[80])
{
    static const char *const words[] = {
        [TYPE_TEXT] = "a text",           [TYPE_OPEN] = "a text",
        [TYPE_FLAG] = "true or false",
        [TYPE_COUNT] = "a whole number in ", [TYPE_REAL] = "a number in ",
        [TYPE_WORD] = "one of ",          [TYPE_LIST] = "a text or several"
    };
    bool said = (row->type == TYPE_TEXT || row->type == TYPE_LIST) &&
                *row->range;
    size_t both = option_takes_auto(row) ? strlen(OPTION_AUTO) : 0;

    snprintf(to, 80, "%s%s%s", both ? OPTION_AUTO : "",
             said ? "" : words[row->type], row->range + both);
    return to;
}

static bool options_bad_value(const struct option_row *row, const char *value,
                              struct error *err)
{
    char name[32], shown[64], words[80];
    struct near near;

    str_printable(shown, sizeof shown, text_of(value));
    near_begin(&near, row->type == TYPE_WORD ? value : "");
    near_look_at_words(&near, row->range);
    return error_set(err, ERROR_CONFIG, 0, "--%s takes %s, not \"%s\"%s%s%s",
                     option_name(row, name), option_wanted(row, words), shown,
                     *near.best ? ": did you mean " : "", near.best,
                     *near.best ? "?" : "");
}

/* A value that is not a name may be a key, so do not show it. */
static bool no_variable(const struct option_row *row, struct error *err)
{
    char name[32], words[80];

    return error_set(err, ERROR_CONFIG, 0,
                     "--%s takes %s; what was given is not shown, in case it "
                     "is a key",
                     option_name(row, name), option_wanted(row, words));
}

static bool is_variable(const char *value)
{
    size_t n = strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "abcdefghijklmnopqrstuvwxyz_0123456789");

    return n > 0 && !value[n] && (*value < '0' || *value > '9');
}

bool option_takes_auto(const struct option_row *row)
{
    return strncmp(row->range, OPTION_AUTO, strlen(OPTION_AUTO)) == 0;
}

/* The range "low..high" that the row has as text. */
void option_range(const struct option_row *row, double *low, double *high)
{
    const char *range = row->range +
                        (option_takes_auto(row) ? strlen(OPTION_AUTO) : 0);
    const char *dots = strstr(range, "..");
    char first[32];

    snprintf(first, sizeof first, "%.*s", (int)(dots - range), range);
    str_parse_double(first, low);
    str_parse_double(dots + 2, high);
}

static int word_index(const char *words, const char *value)
{
    size_t len = strlen(value);

    for (int i = 0; *words; i++) {
        size_t n = strcspn(words, "|");

        if (n == len && memcmp(words, value, n) == 0)
            return i;
        words += n + (words[n] == '|');
    }
    return -1;
}

static bool set_number(struct options *o, const struct option_row *row,
                       const char *value, struct error *err)
{
    double low = 0, high = 0, real = 0;
    uint64_t count = 0;

    option_range(row, &low, &high);
    if (option_takes_auto(row) && strcmp(value, "auto") == 0) {
        *(uint64_t *)option_field(o, row) = 0;
    } else if (row->type == TYPE_COUNT) {
        if (!str_parse_u64(value, &count) || (double)count < low ||
            (double)count > high)
            return options_bad_value(row, value, err);
        *(uint64_t *)option_field(o, row) = count;
    } else {
        if (!str_parse_double(value, &real) || real < low || real > high)
            return options_bad_value(row, value, err);
        *(double *)option_field(o, row) = real;
    }
    return true;
}

/* "12" or "12%": percent. */
static bool is_share(const char *value)
{
    size_t len = strlen(value);
    char digits[24];
    uint64_t n;
    bool percent = len > 0 && value[len - 1] == '%';

    if (len >= sizeof digits)
        return false;
    memcpy(digits, value, len + 1);
    if (percent)
        digits[len - 1] = '\0';
    return str_parse_u64(digits, &n) && (!percent || n <= 100);
}

/* Does the value match the words of the range? */
static bool options_check_text(const struct option_row *row, const char *value,
                               struct error *err)
{
    bool fine = true;
    int64_t ms;

    if (strcmp(row->range, OPTION_VARIABLE) == 0)
        return is_variable(value) || no_variable(row, err);
    if (strcmp(row->range, OPTION_TIME) == 0)
        fine = str_parse_time(value, &ms);
    else if (*row->range)
        fine = is_share(value);
    return fine || options_bad_value(row, value, err);
}

static bool set_text(struct options *o, const struct option_row *row,
                     const char *value, struct error *err)
{
    char **field = option_field(o, row);
    char *copy;

    if (*value && !options_check_text(row, value, err))
        return false;
    copy = strdup(value);
    if (!copy)
        return error_memory(err, "for options");
    free(*field);
    *field = copy;
    return true;
}

/* A caller's first item replaces the default, later ones join it. */
static bool set_list(struct options *o, const struct option_row *row,
                     const char *value, struct error *err)
{
    struct option_list *list = option_field(o, row);
    char name[32];

    if (!option_marked(o, row))
        option_list_clear(list);
    if (!*value) /* the default is none */
        return *row->standard ? options_bad_value(row, value, err) : true;
    if (!options_check_text(row, value, err))
        return false;
    return option_list_add(list, OPTION_LIST_MAX, value,
                           option_name(row, name), err);
}

bool option_set(struct options *o, const struct option_row *row,
                const char *value, struct error *err)
{
    int word;

    switch (row->type) {
    case TYPE_FLAG:
        *(bool *)option_field(o, row) = true;
        return true;
    case TYPE_COUNT:
    case TYPE_REAL:
        return set_number(o, row, value, err);
    case TYPE_WORD:
        word = word_index(row->range, value);
        if (word < 0)
            return options_bad_value(row, value, err);
        *(int *)option_field(o, row) = word;
        return true;
    case TYPE_LIST:
        return set_list(o, row, value, err);
    case TYPE_TEXT:
    case TYPE_OPEN:
        break;
    }
    return set_text(o, row, value, err);
}

bool options_init(struct options *o, struct error *err)
{
    memset(o, 0, sizeof *o);
    for (size_t i = 0; i < OPTION_ROWS; i++)
        if (option_rows[i].type != TYPE_FLAG &&
            !option_set(o, &option_rows[i], option_rows[i].standard, err))
            return false;
    return true;
}

void options_release(struct options *o)
{
    for (size_t i = 0; i < OPTION_ROWS; i++)
        if (option_rows[i].type == TYPE_TEXT ||
            option_rows[i].type == TYPE_OPEN)
            free(*(char **)option_field(o, &option_rows[i]));
        else if (option_rows[i].type == TYPE_LIST)
            option_list_clear(option_field(o, &option_rows[i]));
    option_list_clear(&o->corpus);
    memset(o, 0, sizeof *o);
}

bool options_given(const struct options *o, const char *name)
{
    const struct option_row *row = option_find(name, strlen(name));

    return row && option_marked(o, row);
}

bool options_typed(const struct options *o, const char *name)
{
    const struct option_row *row = option_find(name, strlen(name));

    return row && option_in(o->typed, row);
}
