/*
 * The folder that a job works in: where its first line was typed. Relative
 * names that a job remembers (its corpus, its store, key files) are meant from
 * there, so whoever goes on with it from elsewhere goes there first.
 *
 * Threads     Before any thread: the directory is the process's.
 */
#ifndef BATCHTOP_HOST_JOB_FOLDER_H
#define BATCHTOP_HOST_JOB_FOLDER_H

#include "ledger/ledger.h"
#include "options/options.h"

enum { JOB_FOLDER_PATH = 4096 };

/* The absolute name of a corpus file; of a stream, FOLDER/-. `folder`: NULL for
 * ours. "" where that is too long. */
void job_folder_path(const char *folder, const char *path,
                     char to[JOB_FOLDER_PATH]);

/* The absolute name of the job's first corpus file; "" if it has none yet. If
 * `typed`, also the name as it was typed. */
void job_folder_corpus(struct ledger_view *v, char to[JOB_FOLDER_PATH],
                       char typed[JOB_FOLDER_PATH]);

/* The part of a value of --embed or --store that is a file's name; NULL: none
 * is. */
const char *job_folder_file(const char *value);

/*
 * Go to the job's folder, after making absolute what the caller gave. Says so
 * on standard error. Stays where that folder is gone, and, unless `always`,
 * where the job's corpus is here as well: the folder was copied or moved.
 *
 * fails    MEMORY.
 */
bool job_folder_enter(struct options *opt, const char *job, const char *ledger,
                      bool always, struct error *err);

#endif
