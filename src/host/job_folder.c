/* This file reads from a ledger where its job works, and goes there. What the
 * caller gave in relation to another folder becomes absolute first, or relative
 * to the job's folder, as the job knows it. */
#include "config.h"
#include "host/job_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/job/corpus_name.h"
#include "util/str.h"

/* Resolve all but the last name, which may be a link on purpose. */
static void job_folder_resolve(char path[JOB_FOLDER_PATH])
{
    char *slash = strrchr(path, '/'), *folder;
    char whole[JOB_FOLDER_PATH];
    int n;

    if (!slash || slash == path)
        return;
    *slash = '\0';
    folder = realpath(path, NULL);
    *slash = '/';
    n = folder ? snprintf(whole, sizeof whole, "%s%s",
                          strcmp(folder, "/") == 0 ? "" : folder, slash)
               : -1;
    if (n > 0 && n < JOB_FOLDER_PATH)
        memcpy(path, whole, (size_t)n + 1);
    free(folder);
}

void job_folder_path(const char *folder, const char *path,
                     char to[JOB_FOLDER_PATH])
{
    char here[JOB_FOLDER_PATH];
    int n;

    if (!folder)
        folder = getcwd(here, sizeof here) ? here : "";
    if (corpus_is_stream(path))
        path = "-";
    while (strncmp(path, "./", 2) == 0)
        path += 2;
    n = snprintf(to, JOB_FOLDER_PATH, "%s%s%s", *path == '/' ? "" : folder,
                 *path == '/' || strcmp(folder, "/") == 0 ? "" : "/", path);
    if (n < JOB_FOLDER_PATH)
        job_folder_resolve(to);
    else
        to[0] = '\0';
}

void job_folder_corpus(struct ledger_view *v, char to[JOB_FOLDER_PATH],
                       char typed[JOB_FOLDER_PATH])
{
    char *folder = ledger_view_get(v, "folder");
    struct ledger_source first = { .path = NULL };
    struct error ignored;

    to[0] = '\0';
    if (typed)
        typed[0] = '\0';
    if (folder && ledger_view_source_count(v) > 0 &&
        ledger_view_source(v, 0, &first, &ignored)) {
        job_folder_path(folder, first.path, to);
        if (typed)
            snprintf(typed, JOB_FOLDER_PATH, "%s", first.path);
    }
    free(first.path);
    free(folder);
}

/* --- names that the caller gave ------------------------------------------- */

const char *job_folder_file(const char *value)
{
    static const char *const schemes[] = { "sqlite:", "jsonl:", "static:" };

    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
        if (strncmp(value, schemes[i], strlen(schemes[i])) == 0)
            return value + strlen(schemes[i]);
    return NULL;
}

/* /job/folder/a.jsonl is a.jsonl there. */
static const char *name_from(const char *folder, const char *path)
{
    size_t n = strlen(folder);

    return strncmp(path, folder, n) == 0 && path[n] == '/' && path[n + 1]
               ? path + n + 1
               : path;
}

/* Replace the file's name that begins at `file` within *value. */
static bool job_folder_turn(char **value, const char *file, const char *folder,
                            struct error *err)
{
    char path[JOB_FOLDER_PATH], *turned;
    size_t scheme = (size_t)(file - *value);

    if (!*file || strcmp(file, "-") == 0 || corpus_is_stream(file))
        return true;
    job_folder_path(NULL, file, path);
    if (!*path)
        return true;
    if (asprintf(&turned, "%.*s%s", (int)scheme, *value,
                 name_from(folder, path)) < 0)
        return error_memory(err, "for a name");
    free(*value);
    *value = turned;
    return true;
}

static bool turn_list(struct option_list *list, const char *folder,
                      struct error *err)
{
    for (size_t i = 0; i < list->count; i++)
        if (!job_folder_turn(&list->item[i], list->item[i], folder, err))
            return false;
    return true;
}

/* Everything that the caller gave and that names a file. */
static bool turn_options(struct options *opt, const char *folder,
                         struct error *err)
{
    char **const files[] = { &opt->checkpoint_dir, &opt->import, &opt->cacert,
                             &opt->store_key_file, &opt->log_file,
                             &opt->metrics };
    char **const places[] = { &opt->store, &opt->embed };

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (!job_folder_turn(files[i], *files[i], folder, err))
            return false;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const char *file = job_folder_file(*places[i]);

        if (file && !job_folder_turn(places[i], file, folder, err))
            return false;
    }
    return turn_list(&opt->corpus, folder, err) &&
           turn_list(&opt->embed_key_file, folder, err);
}

/* --- going there ---------------------------------------------------------- */

static bool job_folder_is_here(const char *folder)
{
    struct stat there, here;

    return stat(folder, &there) != 0 || stat(".", &here) != 0 ||
           (there.st_dev == here.st_dev && there.st_ino == here.st_ino);
}

static bool corpus_is_here(struct ledger_view *v)
{
    char path[JOB_FOLDER_PATH], typed[JOB_FOLDER_PATH];

    job_folder_corpus(v, path, typed);
    return *typed && *typed != '/' && access(typed, F_OK) == 0;
}

static void job_folder_say(const char *job, const char *folder)
{
    char shown[240];

    str_printable(shown, sizeof shown, text_of(folder));
    fprintf(stderr, "batchtop: job %s works in %s\n", job, shown);
}

bool job_folder_enter(struct options *opt, const char *job, const char *ledger,
                      bool always, struct error *err)
{
    struct error ignored;
    struct ledger_view *v = ledger_view_open(ledger, &ignored);
    char *folder = v ? ledger_view_get(v, "folder") : NULL;
    bool stay = !folder || job_folder_is_here(folder) ||
                access(folder, X_OK) != 0 || (!always && corpus_is_here(v));
    bool fine = stay || turn_options(opt, folder, err);

    ledger_view_close(v);
    if (fine && !stay && chdir(folder) == 0)
        job_folder_say(job, folder);
    free(folder);
    return fine;
}
