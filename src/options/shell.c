/* This file quotes words for a POSIX shell. Within single quotes all but the
 * quote itself stands for itself. */
#include "config.h"
#include "options/shell.h"

#include <string.h>

void shell_quote(const char *word, struct buf *to)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789._-/+,:@%";

    if (*word && strspn(word, plain) == strlen(word)) {
        buf_puts(to, word);
        return;
    }
    buf_putc(to, '\'');
    for (; *word; word++)
        if (*word == '\'')
            buf_puts(to, "'\\''");
        else
            buf_putc(to, *word);
    buf_putc(to, '\'');
}
