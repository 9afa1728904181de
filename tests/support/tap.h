/* cmocka, behind the headers that it asks for: a test needs no more of it. */
#ifndef BATCHTOP_TESTS_SUPPORT_TAP_H
#define BATCHTOP_TESTS_SUPPORT_TAP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
