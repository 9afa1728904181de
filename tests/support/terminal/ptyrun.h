/*
 * The terminal of ptyrun, for its clock.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_TERMINAL_PTYRUN_H
#define BATCHTOP_TESTS_SUPPORT_TERMINAL_PTYRUN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

double pty_now_ms(void);
double pty_started_ms(void); /* when the program was started */
pid_t pty_child(void);
size_t pty_seen(void); /* bytes it has written so far */
/* Take what there is within `ms`; false at the end of the terminal. */
bool pty_look(int ms);
void pty_type(const char *keys);
void pty_resize(int cols, int rows);

/* A step of ptyrun_clock.c; what is none does nothing. */
void pty_clock_step(const char *word, size_t len, const char *operand);

#endif
