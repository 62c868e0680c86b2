/* The bytes that Protocol Buffers' own documentation shows, and those where a length grows. */
#include "base/id.h"
#include "base/protobuf.h"
#include "tests/unit/base/unit.h"

static void expect_hex(const char *says, const vg_buf *buf, const char *wanted)
{
    char text[128];

    assert_true(buf->len * 2 <= sizeof text);
    vg_hex_write(buf->at, buf->len, text);
    expect_text(says, vg_slice_of(text, buf->len * 2), wanted);
}

static void numbers_are_written_as_the_manual_shows(void **state)
{
    static const struct {
        const char *says;
        uint32_t field;
        uint64_t value;
        const char *bytes;
    } rows[] = {
        {"the manual's first example", 1, 150, "089601"},
        {"nothing", 1, 0, "0800"},
        {"the largest of one byte", 2, 127, "107f"},
        {"the least of two", 2, 128, "108001"},
        {"a field of two bytes", 16, 1, "800101"},
        {"the largest field", 536870911, 1, "f8ffffff0f01"},
        {"the largest number", 1, UINT64_MAX, "08ffffffffffffffffff01"},
    };
    vg_buf buf;

    (void)state;
    vg_buf_init(&buf, 0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        vg_buf_clear(&buf);
        vg_pb_put_u64(&buf, rows[i].field, rows[i].value);
        expect_hex(rows[i].says, &buf, rows[i].bytes);
    }
    vg_buf_clear(&buf);
    vg_pb_put_i64(&buf, 1, -2);
    expect_hex("a negative one takes ten bytes", &buf, "08feffffffffffffffff01");
    vg_buf_fini(&buf);
}

static void what_is_fixed_is_little_endian(void **state)
{
    vg_buf buf;

    (void)state;
    vg_buf_init(&buf, 0);
    vg_pb_put_fixed64(&buf, 7, 0x0102030405060708);
    vg_pb_put_fixed32(&buf, 16, 257);
    expect_hex("both", &buf, "390807060504030201850101010000");
    vg_buf_clear(&buf);
    vg_pb_put_f64(&buf, 4, 1.5);
    expect_hex("a double", &buf, "21000000000000f83f");
    vg_buf_fini(&buf);
}

static void a_message_has_its_length_before_it(void **state)
{
    size_t outer, inner;
    vg_buf buf;

    (void)state;
    vg_buf_init(&buf, 0);
    vg_pb_put_bytes(&buf, 2, VG_LIT("testing"));
    outer = vg_pb_open(&buf, 3);
    vg_pb_put_u64(&buf, 1, 150);
    inner = vg_pb_open(&buf, 2);
    vg_pb_close(&buf, inner);
    vg_pb_close(&buf, outer);
    expect_hex("the manual's second and third example", &buf, "120774657374696e671a050896011200");
    vg_buf_fini(&buf);
}

/* Of a message within a message, both of which need a longer length than was left for them. */
static void a_long_message_is_moved_and_stays_whole(void **state)
{
    static const struct {
        const char *says;
        size_t bytes;       /* of the text inside */
        const char *begins; /* of both heads and the text's */
    } rows[] = {
        {"the largest length of one byte", 123, "0a7f0a7d0a7b61"},
        {"the outer one grows", 124, "0a80010a7e0a7c61"},
        {"both grow", 126, "0a83010a80010a7e61"},
        {"all three do", 128, "0a86010a83010a800161"},
        {"three bytes", 16384, "0a8880010a8480010a80800161"},
    };
    static char text[16384];
    vg_buf buf;

    (void)state;
    memset(text, 'a', sizeof text);
    vg_buf_init(&buf, 0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        size_t outer, inner, head = strlen(rows[i].begins) / 2 - 1;
        vg_buf shown;

        vg_buf_clear(&buf);
        outer = vg_pb_open(&buf, 1);
        inner = vg_pb_open(&buf, 1);
        vg_pb_put_bytes(&buf, 1, vg_slice_of(text, rows[i].bytes));
        vg_pb_close(&buf, inner);
        vg_pb_close(&buf, outer);
        shown = (vg_buf){.at = buf.at, .len = head + 1};
        expect_hex(rows[i].says, &shown, rows[i].begins);
        assert_int_equal(buf.len, head + rows[i].bytes);
        assert_memory_equal(buf.at + head, text, rows[i].bytes);
    }
    vg_buf_fini(&buf);
}

static void a_spent_buffer_is_left_alone(void **state)
{
    size_t opened;
    vg_buf buf;

    (void)state;
    vg_buf_init(&buf, 4);
    opened = vg_pb_open(&buf, 1);
    vg_pb_put_bytes(&buf, 1, VG_LIT("longer than that"));
    vg_pb_close(&buf, opened);
    assert_true(vg_buf_is_spent(&buf));
    vg_buf_fini(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_written_as_the_manual_shows),
        cmocka_unit_test(what_is_fixed_is_little_endian),
        cmocka_unit_test(a_message_has_its_length_before_it),
        cmocka_unit_test(a_long_message_is_moved_and_stays_whole),
        cmocka_unit_test(a_spent_buffer_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
