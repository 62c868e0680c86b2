/* What must hold of any vector, and of any vector's params, that a reader of foreign bytes took. */
#ifndef VG_TESTS_SUPPORT_FUZZ_VECTOR_H
#define VG_TESTS_SUPPORT_FUZZ_VECTOR_H

#include "vecgate/op.h"

/* As point.h says: a list of as many numbers as it counts, rows of one length, or ascending indices
 * with a value for each. */
void fuzz_check_vector(const vg_vector *vector);
/* As op.h says: a size, a metric and a datatype that go with the kind. */
void fuzz_check_params(const vg_vector_params *params);

#endif
