/* Protocol Buffers' wire format (https://protobuf.dev/programming-guides/encoding/), written onto a
 * vg_buf: fields one after the other, in the shortest form. As with JSON nothing fails here: a
 * buffer that is spent tells so at the end. Zero values and empty texts are written too: whoever
 * would leave them out does so.
 *
 * A message inside is opened, its fields are put, and it is closed; as deep as one likes. Its bytes
 * are moved once when it is closed with 128 bytes or more, by the few that its length takes. */
#ifndef BASE_PROTOBUF_H
#define BASE_PROTOBUF_H

#include "base/buf.h"

/* `field` is the field's number, from 1 to 2^29 - 1. */
void vg_pb_put_u64(vg_buf *buf, uint32_t field, uint64_t value); /* uint32, uint64, enum, bool */
void vg_pb_put_i64(vg_buf *buf, uint32_t field, int64_t value);  /* int32, int64 */
void vg_pb_put_fixed64(vg_buf *buf, uint32_t field, uint64_t value);
void vg_pb_put_fixed32(vg_buf *buf, uint32_t field, uint32_t value);
void vg_pb_put_f64(vg_buf *buf, uint32_t field, double value);
/* string (UTF-8 is the caller's to see to), bytes, or a message that is written already. */
void vg_pb_put_bytes(vg_buf *buf, uint32_t field, vg_slice bytes);

/* Answers what close wants back. */
size_t vg_pb_open(vg_buf *buf, uint32_t field);
void vg_pb_close(vg_buf *buf, size_t opened);

#endif
