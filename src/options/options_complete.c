/* This file tells from a row of the table what a shell can offer behind it. */
#include "config.h"
#include "options/options_complete.h"

#include <string.h>

#include "options/options_parts.h"

static bool complete_is_file(const struct option_row *row)
{
    size_t len = strlen(row->field);

    return strcmp(row->arg, "FILE") == 0 || strcmp(row->arg, "DIR") == 0 ||
           (len > 5 && strcmp(row->field + len - 5, "_file") == 0);
}

enum option_wants options_wants(const char *name, size_t len,
                                const char **words)
{
    const struct option_row *row = option_find(name, len);

    *words = "";
    if (!row)
        return OPTION_UNKNOWN;
    if (row->type == TYPE_FLAG)
        return OPTION_WANTS_NOTHING;
    if (row->type == TYPE_WORD || option_takes_auto(row)) {
        *words = row->type == TYPE_WORD ? row->range : "auto";
        return OPTION_WANTS_WORD;
    }
    return complete_is_file(row) ? OPTION_WANTS_FILE : OPTION_WANTS_TEXT;
}

void options_each(void (*each)(void *arg, const char *name, const char *help),
                  void *arg)
{
    char name[32], dashed[40];

    for (size_t i = 0; i < OPTION_ROWS; i++) {
        snprintf(dashed, sizeof dashed, "--%s",
                 option_name(&option_rows[i], name));
        each(arg, dashed, option_rows[i].help);
    }
}
