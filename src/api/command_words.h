/* The words for what one can ask of a run: one table for the ':' line, ctl, the
 * lines of plain mode and the Tune dialog. tests/tree/manual.sh compares the
 * man page and the completions with it. */
#ifndef BATCHTOP_API_COMMAND_WORDS_H
#define BATCHTOP_API_COMMAND_WORDS_H

#include "api/command.h"
#include "util/error.h"

/* Where a word is valid. */
enum { WORD_OF_CTL = 1, WORD_OF_LINE = 2 };

struct command_word {
    const char *word;
    const char *synonym; /* also accepted, but never offered; or NULL */
    const char *operand; /* "[STAGE]", as help shows it; "": there is none */
    enum command_kind kind; /* NONE: the listener acts itself */
    unsigned where;
    enum retry_when when; /* RETRY */
    char letter; /* short for it in plain mode; 0: none */
};

/* Settings come first, each at the index of its knob; the last row has no
 * word. */
extern const struct command_word command_words[];

/* The row of this word, or of this letter; NULL: there is none. */
const struct command_word *command_word_find(const char *word,
                                             unsigned where);
const struct command_word *command_word_of(char letter);

/*
 * Make a command from a word and its operand ("": none). Without an operand a
 * retry, a skip or an export selects all failures here; the caller may select
 * others.
 *
 * fails    CONFIG: the operand is missing, or is none for this word.
 */
bool command_read(struct command *c, const struct command_word *w,
                  const char *operand, struct error *err);

/* The value of a setting from a number as a person types it; false: it is none.
 * Whether the setting takes it is for the run to say. */
bool knob_read(enum knob knob, const char *given, int64_t *value);

/* The word that is valid there and nearest to what was typed, of which `len`
 * bytes count; NULL: none is near. */
const struct command_word *command_word_near(const char *typed, size_t len,
                                             unsigned where);

/* "status, pause [STAGE], ... or stop": the words that are valid there. */
void command_words_list(char *to, size_t size, unsigned where);

#endif
