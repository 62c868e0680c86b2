/* How an operation ended, as cases write it: a code's name, then what it found, or
 *
 *     NOT_FOUND Collection `x` doesn't exist! [where: collection] [upstream: 404] [retry after:
 * 7000] */
#ifndef VG_TESTS_SUPPORT_CASE_RESULT_H
#define VG_TESTS_SUPPORT_CASE_RESULT_H

#include "vecgate/vector_backend.h"

#include "base/buf.h"

void case_result_write(vg_buf *to, vg_op_kind kind, const vg_try *t, bool is_done);

#endif
