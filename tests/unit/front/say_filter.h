/* A filter's tree as one line of text. */
#ifndef VG_TESTS_UNIT_FRONT_SAY_FILTER_H
#define VG_TESTS_UNIT_FRONT_SAY_FILTER_H

#include "vecgate/filter.h"

#include "base/buf.h"

/* `{must(a value "x"; n range gt=1) min 2 of(…)}`; "-" for none. */
void say_filter(vg_buf *to, vg_arena *arena, const vg_filter *filter);

#endif
