/* What the files of job_place.h share. */
#ifndef BATCHTOP_HOST_JOB_PLACE_PARTS_H
#define BATCHTOP_HOST_JOB_PLACE_PARTS_H

#include "host/job_folder.h"
#include "host/job_place.h"
#include "host/state_folder.h"

enum { JOB_NAME = 72, JOBS_OF_A_NAME = 1000, LEDGER_PATH = STATE_PATH + 96 };

struct place_search {
    const char *dir, *corpus, *base;
    bool shared;           /* the folder has jobs of any directory */
    char looked[JOB_NAME]; /* the last name that was looked at */
    bool used[JOBS_OF_A_NAME];
    char job[JOB_NAME];    /* that of the corpus; "": none yet */
    char in[STATE_PATH];   /* its folder */
    char maybe[JOB_NAME];  /* one whose corpus is not known: it is damaged */
    char maybe_in[STATE_PATH];
    char other[JOB_FOLDER_PATH]; /* the corpus of the job named `base` */
};

/* The name of a job of that corpus, if it is the first of its name. */
void job_place_base(const struct options *opt, const char *corpus,
                    char to[JOB_NAME]);
/* The N of BASE-N, 1 of BASE; 0: the job has another name. */
uint64_t job_place_number(const char *job, const char *base);
/* Look through all jobs of the name `base`. */
void job_place_search(const struct state_folders *f, const char *corpus,
                      const char *base, struct place_search *s);
/* The folder and the ledger of the job of that name. */
bool job_place_named(const struct state_folders *f, const char *job, char *dir,
                     char *path, size_t size);
/* Two names of a file, if it is there. */
bool job_place_one_file(const char *a, const char *b);
/*
 * opt->checkpoint_dir does not hold the job asked for (`named`; NULL: any, or
 * any that runs), but is D/checkpoints, where older versions kept the jobs of
 * D: take the one job of D in the state folder that it may mean, and say where
 * that is. False: there is none; *err stays as it was, unless for MEMORY.
 */
bool job_place_older(struct options *opt, const char *named, bool running,
                     struct error *err);
bool job_place_take(struct options *opt, const char *dir, const char *job,
                    struct error *err);

#endif
