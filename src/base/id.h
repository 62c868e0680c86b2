/* Names made of bytes: UUIDs in and out, UUIDs derived from names, bytes of chance, and the hex ids
 * of requests and traces. Any thread. */
#ifndef BASE_ID_H
#define BASE_ID_H

#include "vecgate/point.h"

enum {
    VG_UUID_TEXT = 36, /* 8-4-4-4-12, no NUL */
    VG_TRACE_ID_BYTES = 16,
    VG_SPAN_ID_BYTES = 8,
};

/* The whole text as a UUID in one of its four forms, any case: 8-4-4-4-12, 32 hex digits,
 * "urn:uuid:" or braces around the first. False: it is none, and `uuid` is as it was. */
bool vg_uuid_read(vg_slice text, uint8_t uuid[VG_UUID_BYTES]);
/* Lower case with hyphens. */
void vg_uuid_write(const uint8_t uuid[VG_UUID_BYTES], char to[VG_UUID_TEXT]);
/* The UUID of a name within a name space (RFC 9562, version 5: SHA-1). False when memory is gone.
 */
bool vg_uuid_of_name(const uint8_t space[VG_UUID_BYTES], vg_slice name,
                     uint8_t uuid[VG_UUID_BYTES]);
/* A UUID of chance (version 4). */
void vg_uuid_random(uint8_t uuid[VG_UUID_BYTES]);

/* From the system's own generator, no byte twice, across fork() either; it cannot fail. */
void vg_random_bytes(void *to, size_t n);

/* Bytes as lower case hex: 2 * n characters, no NUL. */
void vg_hex_write(const void *bytes, size_t n, char *to);
/* Hex of either case that fills `n` bytes exactly. False: it does not; `bytes` may be half written.
 */
bool vg_hex_read(vg_slice text, void *bytes, size_t n);

#endif
