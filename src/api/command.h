/* What a person can ask of a run. This is the only way in: console, plain mode,
 * signals and tests all build a command and call run_command(). */
#ifndef BATCHTOP_API_COMMAND_H
#define BATCHTOP_API_COMMAND_H

#include "data/failure.h"

enum stage_id { STAGE_READ, STAGE_EMBED, STAGE_UPSERT, STAGE_COUNT };

/* Sets of stages are bits, 1 << STAGE_EMBED. */
enum {
    STAGES_ALL = (1 << STAGE_COUNT) - 1,
    STAGES_INTAKE = 1 << STAGE_READ | 1 << STAGE_EMBED /* a plain pause */
};

enum command_kind {
    COMMAND_NONE,
    COMMAND_PAUSE,      /* stages; what is in flight finishes */
    COMMAND_RESUME,     /* stages */
    COMMAND_SET,        /* knob, value */
    COMMAND_RETRY,      /* failures: select */
    COMMAND_SKIP,       /* give failures up for good: select */
    COMMAND_SHOW,       /* read a document: select (ONE), value: its offset */
    COMMAND_CHECKPOINT, /* commit the ledger now */
    COMMAND_EXPORT,     /* failures as JSONL to path: select */
    COMMAND_TRY,        /* what waits for its next try is tried now */
    COMMAND_DRAIN,      /* read no more, finish what is in flight, end */
    COMMAND_STOP        /* drop what is in flight; a resume sends it again */
};

enum knob {
    KNOB_EMBED_BATCH,
    KNOB_UPSERT_BATCH,
    KNOB_EMBED_WORKERS,
    KNOB_UPSERT_WORKERS,
    KNOB_RPM, /* 0: no limit */
    KNOB_TPM,
    KNOB_MEMORY_PCT, /* reading holds above it */
    KNOB_BUDGET,     /* in KNOB_USD; 0: none */
    KNOB_COUNT
};

/* When a retry is sent: before what the reader brings, or behind all of it,
 * together with later failures. */
enum retry_when { RETRY_NOW, RETRY_AT_END };

enum { RETRY_BATCH_MAX = 32, RETRY_LINE_MB_MAX = 1024 };

/* How a retry reads rejected records again; a member that says nothing leaves
 * it to the job's options. */
struct reread {
    bool replace_utf8; /* --utf8=replace */
    bool send_blank;   /* --blank=send */
    bool nan_null;     /* --nan=null */
    uint32_t line_mb;  /* --max-line-mb; 0: as the job has it */
};

struct command {
    enum command_kind kind;
    enum knob knob;
    int64_t value; /* SET, KNOB_AUTO where that is taken; DRAIN: not 0: becomes
                      a stop after ten seconds, like a signal's drain */
    uint32_t stages; /* a set; 0: PAUSE the intake, RESUME all stages */
    struct failure_select select;
    enum retry_when when; /* RETRY */
    uint32_t batch; /* RETRY: documents in a request; 0: as many as fit, at most
                       RETRY_BATCH_MAX */
    struct reread reread; /* RETRY */
    bool overwrite; /* EXPORT: overwrite a file of this name */
    char path[256];
    char origin[24]; /* "operator", "SIGUSR1": for the log; may be empty */
};

enum { WORKERS_MAX = 64 }; /* of a stage */

enum { KNOB_AUTO = -1 }; /* a setting's value: the program finds the number */
enum { KNOB_USD = 1000000 }; /* a budget's value is in millionths of a USD */
enum { BUDGET_WARN_PCT = 80 }; /* a warning is due when so much is spent */

/* Name and bounds of a setting, for Tune and messages alike; its words are in
 * api/command_words.h. */
struct knob_facts {
    const char *name; /* "embed batch" */
    int64_t min, max; /* min 0: that is no limit, since it is a rate */
    int step;         /* of Tune's arrows; 0: they go along a ladder of sizes */
    bool takes_auto;  /* KNOB_AUTO, too; a number pins it */
    int64_t unit;     /* the value for a 1 that is typed; above 1, what is typed
                         may have a fraction */
};
extern const struct knob_facts knob_facts[KNOB_COUNT];

extern const char *const stage_words[STAGE_COUNT]; /* "EMBED" */
/* "EMBED, UPSERT" */
char *stages_text(char *to, size_t size, uint32_t stages);

#endif
