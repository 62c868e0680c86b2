/* What every test of this folder begins with. */
#ifndef VG_TESTS_UNIT_BASE_UNIT_H
#define VG_TESTS_UNIT_BASE_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "vecgate/slice.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* Fails with the row's sentence and both texts. */
static inline void expect_text(const char *says, vg_slice got, const char *wanted)
{
    if (!vg_slice_is_str(got, wanted))
        fail_msg("%s: got \"" VG_FMT "\", wanted \"%s\"", says, VG_ARG(got), wanted);
}

static inline void expect(const char *says, bool holds)
{
    if (!holds)
        fail_msg("%s: it is not so", says);
}

#endif
