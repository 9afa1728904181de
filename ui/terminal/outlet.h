/*
 * The output to the terminal: it gathers what curses writes for one frame and
 * sends it in one piece. Curses alone writes at every move of the cursor,
 * thirty times a frame and more: each a packet on an ssh line, with a
 * half-painted screen between any two.
 *
 * It does not wait for a terminal that has stopped reading: the rest stays here
 * and goes first when the terminal reads again.
 *
 * Threads     The screen's own.
 */
#ifndef BATCHTOP_UI_TERMINAL_OUTLET_H
#define BATCHTOP_UI_TERMINAL_OUTLET_H

#include <stdbool.h>
#include <stdio.h>

struct outlet;

/* On standard output, which is a terminal. NULL: no memory. */
struct outlet *outlet_open(void);
void outlet_close(struct outlet *o); /* drops what waits; NULL is fine */
/* For curses to write to: the terminal itself, except while gathering. */
FILE *outlet_stream(struct outlet *o);

/* Between these two calls nothing in the stream reaches the terminal; the
 * second sends it, or returns false when it is lost (no memory): then paint the
 * next frame whole. Do not read or set the terminal's modes between them. */
void outlet_gather(struct outlet *o);
bool outlet_send(struct outlet *o);
/* Send bytes of our own, after what waits. */
void outlet_put(struct outlet *o, const char *data, size_t len);

/* Try to send what waits; true when all is sent and the terminal reads. */
bool outlet_ready(struct outlet *o);
/* Something waits: try again when this descriptor is writable. */
bool outlet_waits(const struct outlet *o);
int outlet_fd(const struct outlet *o);
void outlet_drop(struct outlet *o);

#endif
