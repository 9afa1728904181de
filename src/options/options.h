/*
 * Every option, once: from the table below come the struct, the parser, --help,
 * the configuration file, a job's memory and the word list for completion.
 *
 * A value comes from, weakest first: the default, the job's own memory, the
 * configuration file, its profile that was chosen, the variable
 * BATCHTOP_NAME_OF_THE_OPTION, the command line. But a job that is called by
 * its name keeps its corpus, embedder and store, unless they are typed
 * (options_yield()).
 *
 * Ownership   The caller has the struct, for options_init() and
 *             options_release(); the struct owns its texts.
 */
#ifndef BATCHTOP_OPTIONS_OPTIONS_H
#define BATCHTOP_OPTIONS_OPTIONS_H

#include "util/buf.h"
#include "util/error.h"

#include <stdio.h>

/*
 * group, kind, field, argument, range or words, default, help
 *
 * The option's name is the field with '-' for '_'. Groups: the heading in
 * --help. A job remembers all but those of RUN, SCREEN, FILE and COMMAND, which
 * hold for one call. The range of a TEXT or LIST that is a share, a time or the
 * name of a variable says so in words. An OPEN text may be empty, which has a
 * meaning. A COUNT whose range begins with OPTION_AUTO also takes that word,
 * and is 0 then.
 */
#define OPTION_AUTO "auto or "
#define OPTION_VARIABLE "the name of a variable: letters, digits and _"
#define OPTION_TIME "a time like 90s, 10m or 2h, 0 or off"
#define OPTIONS(X)                                                             \
    X(RUN, TEXT, job, "ID", "", "", "name of the job (default: the corpus)")   \
    X(RUN, TEXT, checkpoint_dir, "DIR", "", "",                                \
      "where the ledgers are (default: the state folder)")                     \
    X(JOB, COUNT, checkpoint_every, "BATCHES", "1..100000", "5",               \
      "commit the ledger that often, or each second")                          \
    X(JOB, WORD, spool, "WHEN", "auto|on|off", "auto",                         \
      "keep answers until they are stored: auto, on or off")                   \
    X(RUN, FLAG, new_job, "", "", "", "start afresh; the old ledger is kept")  \
    X(RUN, FLAG, accept_changed, "", "", "",                                   \
      "go on with an edited corpus: finished ids are skipped")                 \
    X(RUN, FLAG, accept_store, "", "", "",                                     \
      "go on though the store lost documents that are done")                   \
    X(RUN, TEXT, import, "FILE", "", "", "start the job from an export")       \
    X(RUN, COUNT, limit, "N", "0..1000000000000", "0",                         \
      "end behind so many documents; 0: all")                                  \
    X(RUN, FLAG, dry_run, "", "", "",                                          \
      "what plan does instead: nothing is sent (also -n)")                     \
    X(INPUT, WORD, format, "F", "auto|jsonl|json", "auto",                     \
      "form of the corpus: auto, jsonl or json")                               \
    X(INPUT, TEXT, id_field, "NAME", "", "id",                                 \
      "field or JSON pointer of the id")                                       \
    X(INPUT, LIST, text_field, "NAME", "", "text",                             \
      "field of the text; repeat to join several")                             \
    X(INPUT, LIST, metadata_field, "NAME", "", "metadata",                     \
      "field of the metadata; several make an object")                         \
    X(INPUT, TEXT, json_path, "PATH", "", "documents",                         \
      "where the array is in a JSON corpus")                                   \
    X(INPUT, WORD, id, "HOW", "field|hash|line", "field",                      \
      "where ids come from: field, hash or line")                              \
    X(INPUT, WORD, utf8, "HOW", "reject|replace", "reject",                    \
      "bad UTF-8: reject the record or replace")                               \
    X(INPUT, WORD, nan, "HOW", "reject|null", "reject",                        \
      "NaN and Infinity: reject the record or take null")                      \
    X(INPUT, WORD, blank, "HOW", "reject|send", "reject",                      \
      "documents with a blank text: reject or send")                           \
    X(INPUT, COUNT, max_line_mb, "MB", "1..1024", "16",                        \
      "a longer record is rejected")                                           \
    X(EMBED, TEXT, embed, "PROVIDER[:MODEL]", "", "local",                     \
      "embedding provider (--embedders lists them)")                           \
    X(EMBED, LIST, embed_url, "URL", "", "",                                   \
      "its base address; several share the work")                              \
    X(EMBED, COUNT, dim, "N", "0..65536", "0", "dimension of the vectors")     \
    X(EMBED, OPEN, doc_prefix, "TEXT", "", "",                                 \
      "before each document (default: as the model wants)")                    \
    X(EMBED, OPEN, query_prefix, "TEXT", "", "",                               \
      "before each query (default: as the model wants)")                       \
    X(EMBED, OPEN, embed_extra, "JSON", "", "",                                \
      "members for requests with documents; no secrets")                       \
    X(EMBED, OPEN, query_extra, "JSON", "", "",                                \
      "members for requests with queries; no secrets")                         \
    X(EMBED, OPEN, query_model, "NAME", "", "",                                \
      "model to name with queries")                                            \
    X(EMBED, COUNT, embed_batch, "N", OPTION_AUTO "1..4096", "auto",           \
      "documents in a request")                                                \
    X(EMBED, COUNT, embed_workers, "N", OPTION_AUTO "1..64", "auto",           \
      "most parallel embedders")                                               \
    X(EMBED, LIST, embed_key_env, "NAME", OPTION_VARIABLE, "",                 \
      "variable that holds its key")                                           \
    X(EMBED, LIST, embed_key_file, "PATH", "", "", "file that holds its key")  \
    X(STORE, TEXT, store, "URL", "", "",                                       \
      "vector store (default: an SQLite file)")                                \
    X(STORE, COUNT, store_batch, "N", OPTION_AUTO "0..100000", "auto",         \
      "records in a request")                                                  \
    X(STORE, COUNT, store_workers, "N", OPTION_AUTO "1..64", "auto",           \
      "most parallel upserters")                                               \
    X(STORE, REAL, max_request_mb, "MB", "0.01..1000", "2",                    \
      "largest upsert request")                                                \
    X(STORE, TEXT, store_key_env, "NAME", OPTION_VARIABLE, "",                 \
      "variable that holds its key")                                           \
    X(STORE, TEXT, store_key_file, "PATH", "", "", "file that holds its key")  \
    X(STORE, FLAG, create, "", "", "", "make the collection when missing")     \
    X(QUEUES, COUNT, queue, "BATCHES", "1..1000", "10",                        \
      "capacity of each queue")                                                \
    X(QUEUES, COUNT, queue_mb, "MB", "1..65536", "16",                         \
      "the same in bytes, whichever is less")                                  \
    X(LIMITS, COUNT, rpm, "N", "0..1000000000", "0",                           \
      "embedding requests a minute; 0: any number")                            \
    X(LIMITS, COUNT, tpm, "N", "0..1000000000000", "0",                        \
      "tokens a minute; 0: any number")                                        \
    X(LIMITS, COUNT, max_concurrent, "N", OPTION_AUTO "1..1000", "auto",       \
      "most embedding requests at the same time")                              \
    X(LIMITS, COUNT, max_memory, "PERCENT", "5..99", "80",                     \
      "reading holds above it")                                                \
    X(LIMITS, REAL, price, "USD", "0..1000000", "0",                           \
      "of a million tokens (default: the table's)")                            \
    X(LIMITS, REAL, budget, "USD", "0..1000000000", "0",                       \
      "pause when that is spent; 0: no budget")                                \
    X(FAILURES, COUNT, retries, "N", "0..100", "5",                            \
      "further tries before a document is failed")                             \
    X(FAILURES, WORD, on_error, "WHAT", "stop|data|all", "data",               \
      "end at the first failure; set bad data aside; all: never pause")        \
    X(FAILURES, TEXT, max_rejected, "N|P%",                                    \
      "a number or a percentage to 100%", "",                                  \
      "stop when more records cannot be used")                                 \
    X(FAILURES, TEXT, hold_limit, "TIME", OPTION_TIME, "",                     \
      "end when a hold lasts longer (90s, 10m, 0, off)")                       \
    X(FAILURES, TEXT, outage_limit, "TIME", OPTION_TIME, "",                   \
      "end when a service is out for longer")                                  \
    X(NETWORK, COUNT, timeout, "SECONDS", "1..3600", "120",                    \
      "longest wait for one answer")                                           \
    X(NETWORK, TEXT, cacert, "FILE", "", "", "certificates to trust (PEM)")    \
    X(NETWORK, FLAG, allow_cleartext, "", "", "",                              \
      "send keys over http:// to other hosts")                                 \
    X(SCREEN, FLAG, plain, "", "", "", "progress lines, no console")           \
    X(SCREEN, FLAG, quiet, "", "", "",                                         \
      "say nothing of a run that goes well (also -q)")                         \
    X(SCREEN, TEXT, log_file, "FILE", "", "",                                  \
      "the progress lines go to its end, too")                                 \
    X(SCREEN, TEXT, metrics, "FILE", "", "",                                   \
      "the figures as OpenMetrics text, each 5 seconds")                       \
    X(SCREEN, WORD, progress, "FORM", "text|json", "text",                     \
      "form of the progress lines: text or json")                              \
    X(SCREEN, FLAG, json, "", "", "", "one JSON object on stdout at the end")  \
    X(SCREEN, FLAG, read_only, "", "", "", "a console that only looks")        \
    X(SCREEN, FLAG, detach, "", "", "",                                        \
      "run without a screen; attach comes to it")                              \
    X(SCREEN, WORD, on_hangup, "WHAT", "drain|stop|continue", "drain",         \
      "when the terminal is lost: drain, stop or continue")                    \
    X(SCREEN, FLAG, ascii, "", "", "", "no box and block characters")          \
    X(SCREEN, FLAG, high_contrast, "", "", "", "bold and reverse only")        \
    X(SCREEN, FLAG, bell, "", "", "",                                          \
      "ring at a new kind of failure, at holds and at the end")                \
    X(SCREEN, FLAG, stay, "", "", "",                                          \
      "keep the console of a finished run until q")                            \
    X(SCREEN, WORD, color, "WHEN", "auto|always|never", "auto",                \
      "colours: auto, always or never")                                        \
    X(SCREEN, COUNT, fps, "N", "1..10", "4", "most frames a second")           \
    X(FILE, TEXT, config, "FILE", "", "",                                      \
      "JSON with the same names; // comments allowed")                         \
    X(FILE, TEXT, profile, "NAME", "", "",                                     \
      "settings of that name in the configuration")                            \
    X(COMMAND, TEXT, kind, "K", "", "",                                        \
      "failures, retry, ctl: a kind, code (429) or stage")                \
    X(COMMAND, COUNT, k, "N", "1..1000", "5", "search: how many (also -k N)")  \
    X(COMMAND, COUNT, sample, "N", "0..1000000000", "1000",                    \
      "verify: ids to ask for; 0: all")                                        \
    X(COMMAND, COUNT, metadata_bytes, "N", "0..1000000000", "500",             \
      "size: average metadata of a record")                                    \
    X(COMMAND, REAL, safety, "X", "0.01..1", "0.8", "size: safety margin")     \
    X(COMMAND, COUNT, cap, "N", "1..1000000", "1000",                          \
      "size: most records in a request")

enum option_group {
    OPTION_JOB,
    OPTION_RUN,
    OPTION_INPUT,
    OPTION_EMBED,
    OPTION_STORE,
    OPTION_QUEUES,
    OPTION_LIMITS,
    OPTION_FAILURES,
    OPTION_NETWORK,
    OPTION_SCREEN,
    OPTION_FILE,
    OPTION_COMMAND
};

enum { OPTION_LIST_MAX = 16, OPTION_CORPUS_MAX = 4096 };

struct option_list {
    char **item;
    size_t count, room;
};

#define OPTION_TYPE_TEXT char *
#define OPTION_TYPE_OPEN char *
#define OPTION_TYPE_FLAG bool
#define OPTION_TYPE_COUNT uint64_t
#define OPTION_TYPE_REAL double
#define OPTION_TYPE_WORD int
#define OPTION_TYPE_LIST struct option_list

struct options {
#define X(group, type, field, arg, range, def, help)                           \
    OPTION_TYPE_##type field;
    OPTIONS(X)
#undef X
    struct option_list corpus; /* the operands */
    uint64_t set[2];           /* bit i: option i came from the caller */
    uint64_t typed[2];         /* the same, of the command line alone */
};

enum option_spool { SPOOL_AUTO, SPOOL_ON, SPOOL_OFF };
enum option_format { FORMAT_AUTO, FORMAT_JSONL, FORMAT_JSON };
enum option_id { ID_FIELD, ID_HASH, ID_LINE };
enum option_on_error { ON_ERROR_STOP, ON_ERROR_DATA, ON_ERROR_ALL };
enum option_hangup { HANGUP_DRAIN, HANGUP_STOP, HANGUP_CONTINUE };
enum option_color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/*
 * Set the defaults. Release the options also after a failure.
 *
 * fails    MEMORY.
 */
bool options_init(struct options *o, struct error *err);
void options_release(struct options *o);

/*
 * Parse argv[1..]: options anywhere, `--` ends them; the first operand may be
 * a command and goes to *command ("" when it is not one of `commands`, NULL
 * behind the last). Reads the variables and the configuration, too: that of
 * --config, else $XDG_CONFIG_HOME/batchtop/config.json if it is there.
 *
 * fails    CONFIG; the text names the option and says what it takes.
 */
bool options_parse(struct options *o, int argc, char *const argv[],
                   const char *const *commands, const char **command,
                   struct error *err);

/* The options that a job remembers (not RUN, SCREEN, FILE, COMMAND), corpus
 * included, as one JSON object; and back, under what the caller set. If that
 * names another embedder, the job's EMBED options do not count, nor for another
 * store the source of its key. */
void options_to_json(const struct options *o, struct buf *to);
bool options_from_json(struct options *o, const char *json, struct error *err);
/* The same, but INPUT options (how to read the corpus) stay as the caller gave
 * them, else as by default. */
bool options_from_json_afresh(struct options *o, const char *json,
                              struct error *err);

/* Before the memory of a job that was called by its name: what was not typed of
 * INPUT, EMBED and STORE gives way to it. */
void options_yield(struct options *o);

/* Did the caller give this option (by name, "embed-batch")? */
bool options_given(const struct options *o, const char *name);
/* And did it stand on the command line? */
bool options_typed(const struct options *o, const char *name);

void options_help(FILE *to); /* grouped lines for --help */
/* The same for the options that are named, with blanks between them. What is no
 * option is called so, for a test to find. */
void options_help_of(FILE *to, const char *names);
/* The words and the end of the line, of which `at` bytes are there; what would
 * pass 80 columns goes on in the next, from `column` on. */
void options_put_words(FILE *to, int at, int column, const char *words);
void options_names(FILE *to); /* one "--name" a line, for completions */

#endif
