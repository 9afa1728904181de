/*
 * What can be asked of a run, in words: one table, read by the ':' line, by
 * ctl, by the lines of plain mode and by the Tune dialog; man page and
 * completions are held to it by tests/tree/manual.sh.
 */
#ifndef BATCHTOP_API_COMMAND_WORDS_H
#define BATCHTOP_API_COMMAND_WORDS_H

#include "api/command.h"
#include "util/error.h"

/* Where a word is heard. */
enum { HEARD_BY_CTL = 1, HEARD_ON_LINE = 2 };

struct command_word {
    const char *word;
    const char *synonym; /* taken as well, never offered first; or NULL */
    const char *operand; /* "[STAGE]": as help shows it; "": there is none */
    enum command_kind kind; /* NONE: whoever hears it does it himself */
    unsigned heard;
    enum retry_when when; /* RETRY */
    char letter; /* for it in plain mode; 0: none */
};

/* The settings come first, each at the index of its knob; the last row has no
 * word. */
extern const struct command_word command_words[];

/* The row of this word, or of this letter; NULL: there is none. */
const struct command_word *command_word_find(const char *word,
                                             unsigned heard);
const struct command_word *command_word_of(char letter);

/*
 * Make a command of a word and what stands behind it ("": nothing). Which
 * failures a retry, a skip or an export without an operand means is for the
 * caller: here they are all.
 *
 * fails    CONFIG: the operand is missing, or is none for this word.
 */
bool command_read(struct command *c, const struct command_word *w,
                  const char *operand, struct error *err);

/* "status, pause [STAGE], ... or stop": what is heard there. */
void command_words_list(char *to, size_t size, unsigned heard);

#endif
