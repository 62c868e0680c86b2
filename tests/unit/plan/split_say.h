/* What tests of splitting share: changes as text, and what became of them as text. */
#ifndef VG_TESTS_UNIT_PLAN_SPLIT_SAY_H
#define VG_TESTS_UNIT_PLAN_SPLIT_SAY_H

#include "tests/support/toy_fixture.h"
#include "tests/support/toy_points.h"

/* Collection "a" of vectors of two numbers, without points; the backend can do everything. */
void split_fill(toys *toy, toy_world *world);

/* "upsert=5 1 2 3": points 1, 2 and 3 with payload {"v":5} and vector [5,0]. Other kinds by their
 * names: what is set is {"v":5} or [5,0], what is deleted is all there is. "delete" without ids: by
 * a filter. Several with ';' between them are a BATCH. "get 1 2 3", "search=3" (so many). The ask
 * is on "a", not begun; NULL: no memory for it. */
toy_ask *split_make(toy_world *world, const char *text);
/* Begun and ended: "ok", or the ids that came, lists with '|' between them; or "<code> <where>:
 * <what>". Valid until the next. */
const char *split_say(toy_world *world, const char *text);
/* The same of an ask that has ended. Frees it. */
const char *split_show(toy_ask *ask);

/* What is stored: "1=5/5 2=-/-", payload and vector of each point. Valid until the next. */
const char *split_store(toys *toy);

#endif
