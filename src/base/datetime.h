/* Date-times as texts (FACTS 7). What is read:
 *
 *     YYYY-MM-DD[T| ]HH:MM:SS[.f][zone]     zone: Z, ±HH:MM, ±HHMM, ±HH; RFC 3339 is among these
 *     YYYY-MM-DD HH:MM
 *     YYYY-MM-DD
 *
 * Letters in either case. No zone is UTC. A fraction has any number of digits, of which six count:
 * times are whole microseconds, rounded down. The second 60 is the one after 59 (RFC 3339, 5.7). */
#ifndef BASE_DATETIME_H
#define BASE_DATETIME_H

#include "vecgate/slice.h"

/* Microseconds since 1970, UTC, in the proleptic Gregorian calendar; years 0000 to 9999. False: the
 * text is no date-time. */
bool vg_datetime_read(vg_slice text, int64_t *us);

/* As RFC 3339 with six digits and Z, "2024-02-29T12:00:00.000000Z", into `to` (at least
 * VG_DATETIME_TEXT bytes, no NUL); answers the length. Years outside 0000 to 9999 get a sign or
 * more digits, which RFC 3339 does not know. */
enum { VG_DATETIME_TEXT = 40 };
size_t vg_datetime_write(int64_t us, char *to);

#endif
