/* Writes the wire format from left to right. A message's length stands before its bytes and is
 * known behind them: one byte is left free for it, and more are made when it needs more. */
#include "base/protobuf.h"

enum wire { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

enum { MOST_VARINT = 10 };

static size_t write_varint(uint8_t *to, uint64_t value)
{
    size_t len = 0;

    while (value >= 0x80) {
        to[len++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    to[len++] = (uint8_t)value;
    return len;
}

static void put_varint(vg_buf *buf, uint64_t value)
{
    uint8_t bytes[MOST_VARINT];
    size_t len;

    if (value < 0x80) { /* as most are */
        vg_buf_put_byte(buf, (char)value);
        return;
    }
    len = write_varint(bytes, value);
    vg_buf_put(buf, vg_slice_of((const char *)bytes, len));
}

static void put_tag(vg_buf *buf, uint32_t field, enum wire wire)
{
    put_varint(buf, (uint64_t)field << 3 | wire);
}

static void put_little_endian(vg_buf *buf, uint64_t value, size_t n)
{
    char bytes[8];

    for (size_t i = 0; i < n; i++)
        bytes[i] = (char)(value >> (8 * i));
    vg_buf_put(buf, vg_slice_of(bytes, n));
}

void vg_pb_put_u64(vg_buf *buf, uint32_t field, uint64_t value)
{
    put_tag(buf, field, VARINT);
    put_varint(buf, value);
}

void vg_pb_put_i64(vg_buf *buf, uint32_t field, int64_t value)
{
    vg_pb_put_u64(buf, field, (uint64_t)value);
}

void vg_pb_put_fixed64(vg_buf *buf, uint32_t field, uint64_t value)
{
    put_tag(buf, field, FIXED64);
    put_little_endian(buf, value, 8);
}

void vg_pb_put_fixed32(vg_buf *buf, uint32_t field, uint32_t value)
{
    put_tag(buf, field, FIXED32);
    put_little_endian(buf, value, 4);
}

void vg_pb_put_f64(vg_buf *buf, uint32_t field, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    vg_pb_put_fixed64(buf, field, bits);
}

void vg_pb_put_bytes(vg_buf *buf, uint32_t field, vg_slice bytes)
{
    put_tag(buf, field, BYTES);
    put_varint(buf, bytes.len);
    vg_buf_put(buf, bytes);
}

size_t vg_pb_open(vg_buf *buf, uint32_t field)
{
    put_tag(buf, field, BYTES);
    vg_buf_put_byte(buf, 0);
    return buf->len;
}

void vg_pb_close(vg_buf *buf, size_t opened)
{
    uint8_t length[MOST_VARINT];
    size_t bytes, more;

    if (vg_buf_is_spent(buf))
        return;
    bytes = buf->len - opened;
    more = write_varint(length, bytes) - 1;
    if (more > 0) {
        if (vg_buf_reserve(buf, more) == NULL)
            return;
        memmove(buf->at + opened + more, buf->at + opened, bytes);
        buf->len += more;
    }
    memcpy(buf->at + opened - 1, length, more + 1);
}
