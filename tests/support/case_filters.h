/* The filters of an op that case_op.h made, which passes them on as text: as trees, too. Ends the
 * program when one is none. */
#ifndef VG_TESTS_SUPPORT_CASE_FILTERS_H
#define VG_TESTS_SUPPORT_CASE_FILTERS_H

#include "vecgate/op.h"

void case_filters_read(vg_op *op);

#endif
