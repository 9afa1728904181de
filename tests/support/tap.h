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
#include <stdlib.h>

__attribute__((constructor)) static void tap_filter(void)
{
    const char *wanted = getenv("TEST_FILTER");

    if (wanted)
        cmocka_set_test_filter(wanted);
}

#endif
