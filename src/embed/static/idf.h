/*
 * How much a word says: inverse document frequency from a table compiled in.
 *
 * The table (idf_table.c, made by make-idf.pl) holds the commonest English
 * words by level; a word that is not in it counts as rare, which is right for
 * names and wrong for other languages, where all words weigh the same.
 *
 * Threads     One makes it at a time; afterwards any may look words up.
 */
#ifndef BATCHTOP_EMBED_STATIC_IDF_H
#define BATCHTOP_EMBED_STATIC_IDF_H

#include <stddef.h>
#include <stdint.h>

/* Words separated by spaces whose idf is level / idf_steps nats. */
struct idf_level {
    unsigned level;
    const char *words; /* NULL ends the table */
};

extern const unsigned idf_steps;
extern const unsigned idf_rare; /* the level of all other words */
extern const struct idf_level idf_levels[];

struct idf;

struct idf *idf_new(void); /* NULL without memory */
void idf_free(struct idf *t);

/* The weight of a word by its hash (words.h); always above 0. */
float idf_weight(const struct idf *t, uint64_t word_hash);

#endif
