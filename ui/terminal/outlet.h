/*
 * The way out to the terminal: what curses writes for one frame, gathered and
 * sent in one piece. Alone it writes at every move of the cursor, thirty times
 * a frame and more: each one a packet on an ssh line, and a half-painted screen
 * between any two.
 *
 * It does not wait for a terminal that has stopped reading: what that does not
 * take stays here and goes first when it reads again.
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
void outlet_close(struct outlet *o); /* what waits is dropped; NULL is fine */
/* For curses to write to: the terminal itself, but for while gathered. */
FILE *outlet_stream(struct outlet *o);

/* Between these nothing written to the stream reaches the terminal; the second
 * sends it, false when it is lost (no memory): the next frame must be a whole
 * one. Not around what asks or sets the terminal's modes. */
void outlet_gather(struct outlet *o);
bool outlet_send(struct outlet *o);
/* Send bytes of our own, behind what waits. */
void outlet_put(struct outlet *o, const char *data, size_t len);

/* Try again what waits; true when nothing does and the terminal reads. */
bool outlet_ready(struct outlet *o);
/* Something waits: to be tried again when this descriptor is writable. */
bool outlet_waits(const struct outlet *o);
int outlet_fd(const struct outlet *o);
void outlet_drop(struct outlet *o);

#endif
