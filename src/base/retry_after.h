/* The Retry-After of an HTTP reply (RFC 9110, 10.2.3): a number of seconds, or a date in any of the
 * three forms that are to be understood (5.6.7). */
#ifndef BASE_RETRY_AFTER_H
#define BASE_RETRY_AFTER_H

#include "vecgate/slice.h"

enum { VG_RETRY_AFTER_MOST_MS = 24 * 3600 * 1000 };

/* In how many ms: at most a day, whatever it says; 0: it says nothing, nothing that can be read, or
 * a time that is over. A date is taken from `date`, the same reply's Date, so that two clocks need
 * not agree; when that is none, from `now_ms`, wall clock. */
uint32_t vg_retry_after_ms(vg_slice value, vg_slice date, uint64_t now_ms);

#endif
