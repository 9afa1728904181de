/*
 * cmocka, behind the headers that it asks for: a test needs no more of it.
 * TEST_FILTER names the tests to run, with * and ?: all of them.
 */
#ifndef BATCHTOP_TESTS_SUPPORT_TAP_H
#define BATCHTOP_TESTS_SUPPORT_TAP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Before main(): what is said comes out line by line, and whatever a program
 * waits for, it ends some day. */
void tap_begin(void);

static __attribute__((constructor)) void tap_begins(void)
{
    tap_begin();
}

#endif
