/* batchtop help: print the short screen, the list of everything, or the page of
 * a command. The words about an option come from the table of options. */
#include "config.h"
#include "cmd/cmd_help.h"

#include <string.h>

#include "embed/embedder.h"
#include "store/store.h"

struct help_text {
    const char *command, *about;
    const char *options; /* those to show, with blanks between */
    const char *example[2];
};

static const struct help_text texts[] = {
    { "run",
      "The same as batchtop CORPUS...: embeds the documents of the corpus and\n"
      "stores their vectors, under a live console where there is a terminal. The\n"
      "same line again goes on where it was.\n",
      "embed embed-url store create text-field dry-run limit quiet "
      "json log-file detach profile budget",
      { "batchtop corpus.jsonl",
        "batchtop corpus.jsonl --embed openai:text-embedding-3-small --budget 5" } },
    { "plan",
      "Reads the corpus and says what a run would send and what it would cost. It\n"
      "sends nothing, pays nothing and needs no key.\n",
      "embed store dim text-field id-field json-path limit price json",
      { "batchtop plan corpus.jsonl --embed openai:text-embedding-3-small",
        "batchtop plan *.jsonl.gz --text-field title --text-field body" } },
    { "size",
      "Says how many records fit into one upsert request, by three models with\n"
      "every number that they use.\n",
      "dim metadata-bytes max-request-mb safety cap json",
      { "batchtop size --dim 1536",
        "batchtop size --dim 768 --metadata-bytes 2000 --json" } },
    { "jobs",
      "Lists every job that has a checkpoint: how far it is and what failed.\n"
      "To forget a finished one, remove its completed/JOB_DATE.ledger from the\n"
      "folder of checkpoints; its vectors stay in the store.\n",
      "checkpoint-dir json",
      { "batchtop jobs", "batchtop jobs --json" } },
    { "status",
      "Shows what the checkpoint of one job knows, and what was learned of its\n"
      "services. Status 1 says that some documents failed.\n",
      "checkpoint-dir json",
      { "batchtop status corpus", "batchtop status corpus --json" } },
    { "attach",
      "Opens the console of a job that runs, from any terminal of the same user.\n"
      "The key d leaves it again, and the job goes on.\n",
      "checkpoint-dir read-only plain",
      { "batchtop attach", "batchtop attach corpus --read-only" } },
    { "ctl",
      "Commands a job that runs: status, events, pause, resume, set NAME=N,\n"
      "retry, retry-at-end, skip, export FILE, try, checkpoint, drain or stop.\n",
      "checkpoint-dir kind json",
      { "batchtop ctl corpus pause upsert",
        "batchtop ctl corpus set embed-workers=8 rpm=3000" } },
    { "failures",
      "Prints the failed documents of a job as JSON lines: id, stage, kind,\n"
      "message, and where in the corpus each is.\n",
      "kind checkpoint-dir",
      { "batchtop failures corpus >failed.jsonl",
        "batchtop failures corpus --kind 429" } },
    { "resume",
      "Goes on with a job by its name; it remembers its corpus and its options.\n",
      "plain quiet json log-file metrics detach budget checkpoint-dir",
      { "batchtop resume corpus", "batchtop resume corpus --rpm 500 --plain" } },
    { "retry",
      "Runs a job again for its failed documents only, all or those of one kind.\n",
      "kind plain quiet json log-file metrics detach checkpoint-dir",
      { "batchtop retry corpus", "batchtop retry corpus --kind limited" } },
    { "export",
      "Prints the checkpoint of a job as one JSON object, which --import reads.\n",
      "checkpoint-dir import",
      { "batchtop export corpus >corpus.json",
        "batchtop corpus.jsonl --import corpus.json" } },
    { "search",
      "Embeds the query as the job embedded its documents, and prints the nearest\n"
      "of them: score, id and the beginning of the text.\n",
      "k json embed store checkpoint-dir",
      { "batchtop search corpus \"how do I reset my password\"",
        "batchtop search corpus \"a vehicle that flies\" -k 10 --json" } },
    { "verify",
      "Asks the store whether it has what the checkpoint calls done. Status 1 says\n"
      "that something is missing.\n",
      "sample json checkpoint-dir",
      { "batchtop verify corpus", "batchtop verify corpus --sample 0 --json" } },
    { "help",
      "Prints the page of a command; without one, every command and option.\n",
      "", { "batchtop help search", "batchtop search --help" } },
    { "completion",
      "Prints the script with which a shell completes commands, options, jobs,\n"
      "services and files. It asks the program itself, so it knows what this one has.\n",
      "", { "eval \"$(batchtop completion bash)\"",
            "batchtop completion fish | source" } },
};

void help_short(FILE *to)
{
    fputs("batchtop: embed a corpus and fill a vector store, under a live "
          "console\n\n"
          "  batchtop corpus.jsonl               embed and store it; again: "
          "go on\n"
          "  batchtop plan corpus.jsonl          what that would send and cost\n"
          "  batchtop search corpus \"a query\"    the nearest documents\n"
          "  batchtop jobs                       every job, and how far it is\n"
          "\n"
          "batchtop help lists every command, option, embedder and store;\n"
          "batchtop help COMMAND has the page of one, with examples;\n"
          "man batchtop has it all.\n",
          to);
}

static void help_service(FILE *to, const char *name, const char *summary)
{
    enum { COLUMN = 15 };

    options_put_words(to, fprintf(to, "  %-12s ", name), COLUMN, summary);
}

static void help_services(FILE *to)
{
    fputs("\nEmbedders (--embed)\n", to);
    for (size_t i = 0; embedder_at(i); i++)
        help_service(to, embedder_at(i)->name, embedder_at(i)->summary);
    fputs("\nStores (--store)\n", to);
    for (size_t i = 0; store_at(i); i++)
        help_service(to, store_at(i)->name, store_at(i)->summary);
}

void help_all(FILE *to, const struct cmd *commands, size_t count)
{
    fputs("batchtop: embed a corpus and fill a vector store, under a live "
          "console\n\n  batchtop CORPUS... [options]\n",
          to);
    for (size_t i = 0; i < count; i++)
        fprintf(to, "  batchtop %-10s %-12s%s\n", commands[i].name,
                commands[i].form, commands[i].summary);
    options_help(to);
    help_services(to);
    fputs("\nWords\n"
          "  --help, -h                 this; behind a command: its page\n"
          "  --version, -V              the version\n"
          "  --options                  the names of all options\n"
          "  --embedders, --stores      how the words for --embed and --store "
          "begin\n"
          "  --jobs                     the names of all jobs\n"
          "\nSpeed (man batchtop: SPEED)\n"
          "  in flight                  requests sent and not answered yet\n"
          "  knee                       that many: more of them gain nothing\n"
          "  auto                       the number is found out while it runs\n"
          "  pinned                     set by hand while it runs, until auto\n"
          "\nman batchtop has it all. Keys while it runs: ?\n",
          to);
}

static const struct help_text *help_of(const char *command)
{
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (strcmp(texts[i].command, command) == 0)
            return &texts[i];
    return NULL;
}

void help_page(FILE *to, const struct cmd *c)
{
    const struct help_text *text = help_of(c->name);

    fprintf(to, "batchtop %s%s%s\n", c->name, *c->form ? " " : "", c->form);
    if (!text)
        return;
    fprintf(to, "\n%s", text->about);
    if (*text->options)
        fputs("\nOptions (batchtop help lists all)\n", to);
    options_help_of(to, text->options);
    fprintf(to, "\nExamples\n  %s\n  %s\n", text->example[0],
            text->example[1]);
}
