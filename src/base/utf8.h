/* UTF-8 as RFC 3629 has it: no surrogates, no overlong forms, nothing above U+10FFFF. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "vecgate/slice.h"

/* Length of the well-formed sequence that `at` begins with, 1 to 4; 0 when it begins with none. */
size_t vg_utf8_len(const char *at, size_t left);
/* Length of the well-formed start: bytes.len when all of it is. */
size_t vg_utf8_check(vg_slice bytes);
/* Writes a code point (<= U+10FFFF, no surrogate); answers the length, 1 to 4. */
size_t vg_utf8_write(uint32_t point, char *to);

#endif
