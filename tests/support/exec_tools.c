/* The test program as the command of exec:, and what it answers. */
#include "config.h"
#include "tests/support/exec_tools.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *serving(const char *prefix, const char *words)
{
    static char command[512];
    char self[400];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

    assert_true(n > 0);
    self[n] = '\0';
    snprintf(command, sizeof command, "%s'%s' serve %s", prefix, self, words);
    return command;
}

int serve(void (*answer)(struct text line, struct buf *to))
{
    struct buf reply = { 0 };
    char *line = NULL;
    size_t room = 0;
    ssize_t len;

    while ((len = getline(&line, &room, stdin)) > 0) {
        buf_clear(&reply);
        answer((struct text){ line, (size_t)len - 1 }, &reply);
        puts(buf_cstr(&reply));
        fflush(stdout);
    }
    buf_release(&reply);
    free(line);
    return 0;
}

void says(const struct error *err, enum error_kind kind, const char *words)
{
    if (err->kind != kind || !strstr(err->text, words))
        fail_msg("%s (%s), not %s", err->text, error_word(err->kind), words);
}
