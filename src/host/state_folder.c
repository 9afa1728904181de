/* This file chooses the folders of the checkpoints: what the user names, the
 * state folder of the user, and the folder of older versions. */
#include "config.h"
#include "host/state_folder.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/ledger.h"

static const char older[] = "checkpoints";

/* HOME of another user, as sudo may leave it, is not ours to fill. */
static const char *home_of_variable(void)
{
    const char *home = getenv("HOME");
    struct stat st;

    return home && *home == '/' &&
                   (stat(home, &st) != 0 || st.st_uid == geteuid())
               ? home
               : NULL;
}

static const char *state_folder_home(void)
{
    const char *home = home_of_variable();
    const struct passwd *user = home ? NULL : getpwuid(geteuid());

    if (!home && user && user->pw_dir && *user->pw_dir == '/')
        home = user->pw_dir;
    return home;
}

static bool state_folder_name(char *to, size_t size)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = state && *state == '/' ? NULL : state_folder_home();
    int n = state && *state == '/'
                ? snprintf(to, size, "%s/batchtop", state)
            : home ? snprintf(to, size, "%s/.local/state/batchtop", home)
                   : -1;

    return n > 0 && (size_t)n < size;
}

/* Could it be made, or files in it? errno says why not. */
static bool can_be_filled(const char *dir)
{
    char path[STATE_PATH];
    struct stat st;
    char *slash;

    snprintf(path, sizeof path, "%s", dir);
    while (stat(path, &st) != 0) {
        if (errno != ENOENT || !(slash = strrchr(path, '/')))
            return false;
        *(slash == path ? slash + 1 : slash) = '\0';
    }
    if (S_ISDIR(st.st_mode))
        return access(path, W_OK | X_OK) == 0;
    errno = ENOTDIR;
    return false;
}

static bool state_folder_note_job(void *arg, const struct ledger_entry *e)
{
    (void)e;
    *(bool *)arg = true;
    return false;
}

static bool state_folder_has_jobs(const char *dir)
{
    struct error ignored;
    bool any = false;

    return access(dir, X_OK) == 0 &&
           ledger_list(dir, state_folder_note_job, &any, &ignored) && any;
}

static void state_folder_add(struct state_folders *f, const char *dir)
{
    snprintf(f->dir[f->count++], STATE_PATH, "%s", dir);
}

void state_folders_find(const struct options *opt, struct state_folders *f)
{
    char state[STATE_PATH];
    bool named, filled;
    int code;

    *f = (struct state_folders){ .chosen = *opt->checkpoint_dir != '\0' };
    if (f->chosen) {
        state_folder_add(f, opt->checkpoint_dir);
        return;
    }
    named = state_folder_name(state, sizeof state);
    filled = named && can_be_filled(state);
    code = errno;
    if (named && !filled && access(state, X_OK) == 0)
        state_folder_add(f, state); /* one can look */
    if (!filled || state_folder_has_jobs(older))
        state_folder_add(f, older);
    if (filled)
        state_folder_add(f, state);
    else if (named)
        snprintf(f->why, sizeof f->why, "%.120s cannot be written: %s", state,
                 strerror(code));
    else
        snprintf(f->why, sizeof f->why,
                 "neither HOME nor XDG_STATE_HOME names a folder of yours");
}

bool state_folder_is_own(const struct state_folders *f, const char *dir)
{
    return strcmp(dir, f->chosen ? f->dir[0] : older) != 0;
}
