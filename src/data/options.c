#include "config.h"
#include "data/options.h"

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdlib.h>

#include "sys/file.h"
#include "util/json.h"
#include "util/str.h"

enum option_type {
    TYPE_TEXT,
    TYPE_FLAG,
    TYPE_COUNT,
    TYPE_REAL,
    TYPE_WORD,
    TYPE_LIST
};

static const struct option_row {
    enum option_group group;
    enum option_type type;
    const char *field; /* the name with '_' */
    size_t at;
    const char *arg, *range, *standard, *help;
} table[] = {
#define X(group, type, field, arg, range, def, help)                           \
    { OPTION_##group, TYPE_##type, #field, offsetof(struct options, field),    \
      arg, range, def, help },
    OPTIONS(X)
#undef X
};

enum { ROWS = sizeof table / sizeof table[0], CONFIG_LIMIT = 1 << 20 };

static void *field_of(struct options *o, const struct option_row *row)
{
    return (char *)o + row->at;
}

static const void *field_in(const struct options *o,
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

static const struct option_row *find(const char *name, size_t len)
{
    for (size_t i = 0; i < ROWS; i++)
        if (name_matches(&table[i], name, len))
            return &table[i];
    return NULL;
}

static const char *print_name(const struct option_row *row, char to[32])
{
    size_t i = 0;

    for (; i < 31 && row->field[i]; i++)
        to[i] = row->field[i] == '_' ? '-' : row->field[i];
    to[i] = '\0';
    return to;
}

static void mark(struct options *o, const struct option_row *row)
{
    size_t i = (size_t)(row - table);

    o->set[i / 64] |= UINT64_C(1) << (i % 64);
}

static bool marked(const struct options *o, const struct option_row *row)
{
    size_t i = (size_t)(row - table);

    return o->set[i / 64] >> (i % 64) & 1;
}

static void list_clear(struct option_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->item[i]);
    free(list->item);
    *list = (struct option_list){ .count = 0 };
}

static bool make_room(struct option_list *list)
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

static bool list_add(struct option_list *list, size_t most, const char *item,
                     const char *what, struct error *err)
{
    char *copy;

    if (list->count == most)
        return error_set(err, ERROR_CONFIG, 0, "%s: no more than %zu are taken",
                         what, most);
    copy = make_room(list) ? strdup(item) : NULL;
    if (!copy)
        return error_set(err, ERROR_MEMORY, 0, "no memory for options");
    list->item[list->count++] = copy;
    return true;
}

/* What the option takes, as the end of a sentence. */
static const char *wanted(const struct option_row *row, char to[80])
{
    static const char *const words[] = {
        [TYPE_TEXT] = "a text",           [TYPE_FLAG] = "true or false",
        [TYPE_COUNT] = "a whole number in ", [TYPE_REAL] = "a number in ",
        [TYPE_WORD] = "one of ",          [TYPE_LIST] = "a text or several"
    };
    bool share = row->type == TYPE_TEXT && *row->range;

    snprintf(to, 80, "%s%s", share ? "" : words[row->type], row->range);
    return to;
}

static bool bad_value(const struct option_row *row, const char *value,
                      struct error *err)
{
    char name[32], shown[64], words[80];

    str_printable(shown, sizeof shown, text_of(value));
    return error_set(err, ERROR_CONFIG, 0, "--%s takes %s, not \"%s\"",
                     print_name(row, name), wanted(row, words), shown);
}

/* The range "low..high" that the table gives as text. */
static void range_of(const struct option_row *row, double *low, double *high)
{
    const char *dots = strstr(row->range, "..");
    char first[32];

    snprintf(first, sizeof first, "%.*s", (int)(dots - row->range),
             row->range);
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

    range_of(row, &low, &high);
    if (row->type == TYPE_COUNT) {
        if (!str_parse_u64(value, &count) || (double)count < low ||
            (double)count > high)
            return bad_value(row, value, err);
        *(uint64_t *)field_of(o, row) = count;
    } else {
        if (!str_parse_double(value, &real) || real < low || real > high)
            return bad_value(row, value, err);
        *(double *)field_of(o, row) = real;
    }
    return true;
}

/* "12" or "12%", of which there are a hundred. */
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

static bool set_text(struct options *o, const struct option_row *row,
                     const char *value, struct error *err)
{
    char **field = field_of(o, row);
    char *copy;

    if (*row->range && *value && !is_share(value))
        return bad_value(row, value, err);
    copy = strdup(value);
    if (!copy)
        return error_set(err, ERROR_MEMORY, 0, "no memory for options");
    free(*field);
    *field = copy;
    return true;
}

/* The first item a caller gives replaces the default, later ones join it. */
static bool set_list(struct options *o, const struct option_row *row,
                     const char *value, struct error *err)
{
    struct option_list *list = field_of(o, row);
    char name[32];

    if (!marked(o, row))
        list_clear(list);
    if (!*value) /* the default is none */
        return *row->standard ? bad_value(row, value, err) : true;
    return list_add(list, OPTION_LIST_MAX, value, print_name(row, name), err);
}

static bool set_value(struct options *o, const struct option_row *row,
                      const char *value, struct error *err)
{
    int word;

    switch (row->type) {
    case TYPE_FLAG:
        *(bool *)field_of(o, row) = true;
        return true;
    case TYPE_COUNT:
    case TYPE_REAL:
        return set_number(o, row, value, err);
    case TYPE_WORD:
        word = word_index(row->range, value);
        if (word < 0)
            return bad_value(row, value, err);
        *(int *)field_of(o, row) = word;
        return true;
    case TYPE_LIST:
        return set_list(o, row, value, err);
    case TYPE_TEXT:
        break;
    }
    return set_text(o, row, value, err);
}

bool options_init(struct options *o, struct error *err)
{
    memset(o, 0, sizeof *o);
    for (size_t i = 0; i < ROWS; i++)
        if (table[i].type != TYPE_FLAG &&
            !set_value(o, &table[i], table[i].standard, err))
            return false;
    return true;
}

void options_release(struct options *o)
{
    for (size_t i = 0; i < ROWS; i++)
        if (table[i].type == TYPE_TEXT)
            free(*(char **)field_of(o, &table[i]));
        else if (table[i].type == TYPE_LIST)
            list_clear(field_of(o, &table[i]));
    list_clear(&o->corpus);
    memset(o, 0, sizeof *o);
}

/* --- JSON: the configuration file and what a job remembers -------------- */

static bool wrong_type(const struct option_row *row, struct error *err)
{
    char name[32], words[80];

    return error_set(err, ERROR_CONFIG, 0, "\"%s\" takes %s",
                     print_name(row, name), wanted(row, words));
}

static bool set_json_number(struct options *o, const struct option_row *row,
                            double n, struct error *err)
{
    double low = 0, high = 0;
    char text[40];

    if (row->type == TYPE_REAL) {
        range_of(row, &low, &high);
        if (!(n >= low && n <= high))
            return wrong_type(row, err);
        *(double *)field_of(o, row) = n;
        return true;
    }
    if (!(n >= 0 && n < 9e15) || n != (double)(uint64_t)n)
        return wrong_type(row, err);
    snprintf(text, sizeof text, "%llu", (unsigned long long)n);
    return set_value(o, row, text, err);
}

static bool set_json(struct options *o, const struct option_row *row,
                     const cJSON *value, struct error *err)
{
    if (cJSON_IsBool(value) && row->type == TYPE_FLAG) {
        *(bool *)field_of(o, row) = cJSON_IsTrue(value);
        return true;
    }
    if (row->type == TYPE_FLAG)
        return wrong_type(row, err);
    if (cJSON_IsString(value))
        return set_value(o, row, value->valuestring, err);
    if (cJSON_IsNumber(value))
        return set_json_number(o, row, value->valuedouble, err);
    return wrong_type(row, err);
}

static bool set_json_array(struct options *o, const struct option_row *row,
                           const cJSON *array, struct error *err)
{
    const cJSON *item;
    struct option_list *list = field_of(o, row);

    list_clear(list);
    cJSON_ArrayForEach (item, array)
        if (!cJSON_IsString(item))
            return wrong_type(row, err);
        else if (!list_add(list, OPTION_LIST_MAX, item->valuestring,
                           row->field, err))
            return false;
    return true;
}

static bool apply_corpus_file(struct options *o, const cJSON *item,
                              struct error *err)
{
    if (!cJSON_IsString(item))
        return error_set(err, ERROR_CONFIG, 0,
                         "\"corpus\" takes the name of a file or several");
    return list_add(&o->corpus, OPTION_CORPUS_MAX, item->valuestring,
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

/* A file must not start programs: not even one that the command line then
 * overrules. */
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
                     print_name(row, name));
}

/* Options that are `set` already stay as they are. */
static bool apply_json(struct options *o, const cJSON *root, bool strict,
                       struct error *err)
{
    const cJSON *item;
    char shown[64];

    cJSON_ArrayForEach (item, root) {
        const struct option_row *row =
            find(item->string, strlen(item->string));

        if (strcmp(item->string, "corpus") == 0) {
            if (!apply_corpus(o, item, err))
                return false;
            continue;
        }
        if (!row || row->group == OPTION_FILE) {
            if (!strict)
                continue; /* remembered by another version */
            str_printable(shown, sizeof shown, text_of(item->string));
            return error_set(err, ERROR_CONFIG, 0,
                             "there is no option \"%s\"", shown);
        }
        if (strict && !check_no_command(row, item, err))
            return false;
        if (marked(o, row))
            continue;
        if (row->type == TYPE_LIST && cJSON_IsArray(item)) {
            if (!set_json_array(o, row, item, err))
                return false;
        } else if (!set_json(o, row, item, err)) {
            return false;
        }
    }
    return true;
}

static void mark_all(struct options *o, const cJSON *root)
{
    const cJSON *item;

    cJSON_ArrayForEach (item, root) {
        const struct option_row *row =
            find(item->string, strlen(item->string));

        if (row)
            mark(o, row);
    }
}

/* The end of a comment that begins at p, NULL when there is none; a string is
 * passed over in *p. */
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

/* Blanks for comments; the lines stay, so that an error can name one. */
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

static bool not_json(const char *text, const char *at, struct error *err)
{
    size_t line = 1;

    for (; text < at; text++)
        line += *text == '\n';
    return error_set(err, ERROR_CONFIG, 0, "line %zu is not JSON", line);
}

static bool parse_config(struct options *o, char *text, struct error *err)
{
    const char *end = text;
    cJSON *root;
    bool fine;

    blank_comments(text);
    root = cJSON_ParseWithOpts(text, &end, true);
    if (!root)
        return not_json(text, end, err);
    fine = cJSON_IsObject(root)
               ? apply_json(o, root, true, err)
               : error_set(err, ERROR_CONFIG, 0, "not a JSON object of options"
                                                 " (names as in --help)");
    if (fine)
        mark_all(o, root); /* stronger than what a job remembers */
    cJSON_Delete(root);
    return fine;
}

static bool read_config(struct options *o, struct error *err)
{
    struct buf text;
    bool read, fine;

    buf_init(&text);
    read = file_slurp(o->config, CONFIG_LIMIT, &text, err);
    buf_cstr(&text);
    fine = read && parse_config(o, text.data, err);
    if (!fine)
        error_wrap(err, read ? "--config %s" : "--config", o->config);
    buf_release(&text);
    return fine;
}

bool options_from_json(struct options *o, const char *json, struct error *err)
{
    cJSON *root = cJSON_Parse(json);
    bool fine = cJSON_IsObject(root)
                    ? apply_json(o, root, false, err)
                    : error_set(err, ERROR_LOCAL, 0,
                                 "the job's stored options are unreadable");

    cJSON_Delete(root);
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

static void put_value(const struct options *o, const struct option_row *row,
                      struct buf *to)
{
    const void *field = field_in(o, row);

    switch (row->type) {
    case TYPE_FLAG:
        buf_puts(to, *(const bool *)field ? "true" : "false");
        break;
    case TYPE_COUNT:
        buf_printf(to, "%llu", (unsigned long long)*(const uint64_t *)field);
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
        json_put_string(to, text_of(*(char *const *)field));
        break;
    }
}

static bool remembered(const struct option_row *row)
{
    return row->group != OPTION_RUN && row->group != OPTION_SCREEN &&
           row->group != OPTION_FILE && row->group != OPTION_COMMAND;
}

void options_to_json(const struct options *o, struct buf *to)
{
    char name[32];

    buf_puts(to, "{\"corpus\":");
    put_list(to, &o->corpus);
    for (size_t i = 0; i < ROWS; i++) {
        if (!remembered(&table[i]))
            continue;
        buf_printf(to, ",\"%s\":", print_name(&table[i], name));
        put_value(o, &table[i], to);
    }
    buf_putc(to, '}');
}

bool options_given(const struct options *o, const char *name)
{
    const struct option_row *row = find(name, strlen(name));

    return row && marked(o, row);
}

/* --- the command line ---------------------------------------------------- */

static bool parse_long(struct options *o, const char *arg, const char *next,
                       bool *took_next, struct error *err)
{
    const char *equals = strchr(arg, '='), *value;
    size_t len = equals ? (size_t)(equals - arg) : strlen(arg);
    const struct option_row *row = find(arg, len);
    char shown[64];

    if (!row) {
        str_printable(shown, sizeof shown, (struct text){ arg, len });
        return error_set(err, ERROR_CONFIG, 0,
                         "there is no option --%s; see batchtop --help",
                         shown);
    }
    if (row->type == TYPE_FLAG) {
        if (equals)
            return error_set(err, ERROR_CONFIG, 0, "--%.*s takes no value",
                             (int)len, arg);
    } else if (!equals) {
        if (!next)
            return error_set(err, ERROR_CONFIG, 0, "--%.*s wants %s",
                             (int)len, arg, row->arg);
        *took_next = true;
    }
    value = equals ? equals + 1 : next;
    if (value && !*value &&
        (row->type == TYPE_TEXT || row->type == TYPE_LIST))
        return error_set(err, ERROR_CONFIG, 0,
                         "--%.*s wants %s, not an empty text", (int)len, arg,
                         row->arg);
    if (!set_value(o, row, value, err))
        return false;
    mark(o, row);
    return true;
}

static bool is_command(const char *arg, const char *const *commands)
{
    for (; *commands; commands++)
        if (strcmp(arg, *commands) == 0)
            return true;
    return false;
}

bool options_parse(struct options *o, int argc, char *const argv[],
                   const char *const *commands, const char **command,
                   struct error *err)
{
    bool only_operands = false, operand_seen = false;

    *command = "";
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i];
        const char *next = i + 1 < argc ? argv[i + 1] : NULL;
        bool took_next = false;
        char shown[64];

        if (!only_operands && strcmp(arg, "--") == 0) {
            only_operands = true;
        } else if (!only_operands && strncmp(arg, "--", 2) == 0) {
            if (!parse_long(o, arg + 2, next, &took_next, err))
                return false;
        } else if (!only_operands && strcmp(arg, "-k") == 0) {
            if (!parse_long(o, "k", next, &took_next, err))
                return false;
        } else if (!only_operands && arg[0] == '-' && arg[1]) {
            str_printable(shown, sizeof shown, text_of(arg));
            return error_set(err, ERROR_CONFIG, 0,
                             "there is no option %s; see batchtop --help",
                             shown);
        } else if (!only_operands && !operand_seen &&
                   is_command(arg, commands)) {
            *command = arg;
            operand_seen = true;
        } else if (!*arg) {
            return error_set(err, ERROR_CONFIG, 0,
                             "an empty text names no corpus and no job");
        } else {
            operand_seen = true;
            if (!list_add(&o->corpus, OPTION_CORPUS_MAX, arg,
                          "corpus files", err))
                return false;
        }
        i += took_next;
    }
    return !*o->config || read_config(o, err);
}

/* --- words about the options --------------------------------------------- */

static const char *group_title(enum option_group group)
{
    static const char *const titles[] = {
        "Job",    "Job",      "Corpus",  "Embedding", "Store", "Queues",
        "Limits", "Failures", "Network", "Screen",    "File",  "Commands"
    };

    return titles[group];
}

void options_help(FILE *to)
{
    const char *title = "";
    char name[32], left[64];

    for (size_t i = 0; i < ROWS; i++) {
        const struct option_row *row = &table[i];

        if (strcmp(title, group_title(row->group)) != 0) {
            title = group_title(row->group);
            fprintf(to, "\n%s\n", title);
        }
        snprintf(left, sizeof left, "--%s%s%s", print_name(row, name),
                 *row->arg ? " " : "", row->arg);
        fprintf(to, "  %-26s %s", left, row->help);
        if (*row->standard && strcmp(row->standard, "0") != 0)
            fprintf(to, " [%s]", row->standard);
        fputc('\n', to);
    }
}

void options_names(FILE *to)
{
    char name[32];

    for (size_t i = 0; i < ROWS; i++)
        fprintf(to, "--%s\n", print_name(&table[i], name));
}
