/* Numbers as JSON writes them: their grammar, and their correctly rounded values. */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include "vecgate/slice.h"

/* Reads one number of RFC 8259: answers where it ends, or NULL with *bad = the first byte that no
 * number can have there (`end` when the text is too short). */
const char *vg_number_skip(const char *at, const char *end, const char **bad);

/* The values below are those of strtod() and strtof() in the C locale: nearest, ties to even.
 * `text` must be one whole number, checked before. Beyond the type: an infinity. */
double vg_number_f64(vg_slice text);
/* The same by the library, for any text: slow. */
double vg_number_exact_f64(vg_slice text);
float vg_number_exact_f32(vg_slice text);

/* No fraction, no exponent, within the type: "-0" is none of the unsigned ones. */
bool vg_number_u64(vg_slice text, uint64_t *out);
bool vg_number_i64(vg_slice text, int64_t *out);

#endif
