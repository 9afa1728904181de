/* The table of options and what one does with a row: only for options.c (the
 * values), guess.c, options_json.c, options_layers.c and options_line.c. */
#ifndef BATCHTOP_OPTIONS_OPTIONS_PARTS_H
#define BATCHTOP_OPTIONS_OPTIONS_PARTS_H

#include "options/options.h"

enum option_type {
    TYPE_TEXT,
    TYPE_OPEN,
    TYPE_FLAG,
    TYPE_COUNT,
    TYPE_REAL,
    TYPE_WORD,
    TYPE_LIST
};

struct option_row {
    enum option_group group;
    enum option_type type;
    const char *field; /* the name with '_' */
    size_t at;
    const char *arg, *range, *standard, *help;
};

#define X(group, type, field, arg, range, def, help) +1
enum { OPTION_ROWS = 0 OPTIONS(X) };
#undef X

extern const struct option_row option_rows[OPTION_ROWS];

/* Find it by its name, with '-'; NULL: there is none. */
const struct option_row *option_find(const char *name, size_t len);
const char *option_name(const struct option_row *row, char to[32]);

/* "BATCHTOP_EMBED_URL", the variable that counts as the option. */
#define OPTION_VARIABLES "BATCHTOP_"
enum { OPTION_VARIABLE_MAX = 48 };
const char *option_variable(const struct option_row *row,
                            char to[OPTION_VARIABLE_MAX]);

void *option_field(struct options *o, const struct option_row *row);
const void *option_field_in(const struct options *o,
                            const struct option_row *row);

/* Is it in a set like options.set? */
bool option_in(const uint64_t set[2], const struct option_row *row);
/* The caller gave it. */
void option_mark(struct options *o, const struct option_row *row);
bool option_marked(const struct options *o, const struct option_row *row);

/* fails    CONFIG: "--NAME takes .., not ..". MEMORY. */
bool option_set(struct options *o, const struct option_row *row,
                const char *value, struct error *err);
/* What it takes, as the end of a sentence. */
const char *option_wanted(const struct option_row *row, char to[80]);
/* Its range begins with OPTION_AUTO. */
bool option_takes_auto(const struct option_row *row);
/* The range "low..high" that the table gives as text. */
void option_range(const struct option_row *row, double *low, double *high);

void option_list_clear(struct option_list *list);
/* fails    CONFIG: there are `most` of `what` already. MEMORY. */
bool option_list_add(struct option_list *list, size_t most, const char *item,
                     const char *what, struct error *err);

struct cJSON;

/* Set the option that a member of an object names, unless it is marked; strict:
 * refuse what is no option, and what would start a program. */
bool options_apply_item(struct options *o, const struct cJSON *item,
                        bool strict, struct error *err);
/* Mark what must not be taken from this object, because it belongs to another
 * service than the one that is set. */
void options_mark_foreign(struct options *o, const struct cJSON *root);

/* Read what is weaker than the command line: variables, the profile, the
 * configuration. corpus: the command takes one. */
bool options_read_layers(struct options *o, bool corpus, struct error *err);

#endif
