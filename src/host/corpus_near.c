/* This file looks in a folder for the corpus that a mistyped name, or the name
 * of a job, was meant for. */
#include "config.h"
#include "host/corpus_near.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/words/near.h"
#include "options/shell.h"
#include "util/str.h"

enum { FILES_MOST = 4096, FOLDER_PATH = 1024 };

/* Only what can be typed as it is seen; hidden files are nobody's corpus. The
 * ending makes all files near, so another name before it has to be nearer. */
static void corpus_near_look(struct near *near, DIR *dir)
{
    size_t stem = strcspn(near->word, ".");
    struct near other = *near;
    const struct dirent *e;
    char shown[NEAR_WORD_MAX];

    other.distance = stem / 3 + 1;
    for (int i = 0; i < FILES_MOST && (e = readdir(dir)); i++) {
        bool same = strncmp(e->d_name, near->word, stem) == 0 &&
                    e->d_name[stem] == '.';

        str_printable(shown, sizeof shown, text_of(e->d_name));
        if (e->d_name[0] != '.' && strcmp(shown, e->d_name) == 0)
            near_look(same ? near : &other, e->d_name);
    }
    if (!*near->best)
        *near = other;
}

bool corpus_not_there(const char *path, struct error *err)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    char folder[FOLDER_PATH] = ".";
    struct near near;
    DIR *dir;

    near_begin(&near, name);
    if (slash && (size_t)(name - path) < sizeof folder)
        snprintf(folder, sizeof folder, "%.*s", (int)(name - path), path);
    dir = opendir(folder);
    if (dir) {
        corpus_near_look(&near, dir);
        closedir(dir);
    }
    return error_set(err, ERROR_INPUT, ENOENT,
                     "%s: No such file or directory%s%.*s%s%s", path,
                     *near.best ? ": did you mean " : "",
                     *near.best ? (int)(name - path) : 0, path, near.best,
                     *near.best ? "?" : "");
}

bool corpus_of_name(const char *name, char *to, size_t size)
{
    static const char *const ends[] = { ".jsonl", ".ndjson", ".json",
                                        ".jsonl.gz", ".jsonl.zst", ".json.gz",
                                        ".json.zst" };
    struct buf word = { 0 };
    char path[FOLDER_PATH];
    bool found = false;

    for (size_t i = 0; i < sizeof ends / sizeof *ends && !found; i++)
        found = (size_t)snprintf(path, sizeof path, "%s%s", name, ends[i]) <
                    sizeof path &&
                access(path, F_OK) == 0;
    if (found)
        shell_quote(path, &word);
    found = found && (size_t)snprintf(to, size, "%s", buf_cstr(&word)) < size;
    buf_release(&word);
    return found;
}
