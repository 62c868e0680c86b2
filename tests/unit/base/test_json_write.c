/* Writing JSON: commas, escapes, and what a spent buffer does. */
#include <math.h>

#include "vecgate/json.h"

#include "base/buf.h"
#include "base/text_scan.h"
#include "tests/support/chance.h"
#include "tests/unit/base/unit.h"

static vg_buf buf;
static vg_json_out out;

static int set_up(void **state)
{
    (void)state;
    vg_buf_init(&buf, 0);
    out = (vg_json_out){.buf = &buf};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    vg_buf_fini(&buf);
    return 0;
}

static void commas_and_colons_come_by_themselves(void **state)
{
    static const float floats[] = {0.5f, -1.0f, 1e20f};

    (void)state;
    vg_json_open_object(&out);
    vg_json_put_key(&out, VG_LIT("a"));
    vg_json_open_array(&out);
    vg_json_put_null(&out);
    vg_json_put_bool(&out, true);
    vg_json_open_object(&out);
    vg_json_close_object(&out);
    vg_json_open_array(&out);
    vg_json_close_array(&out);
    vg_json_put_u64(&out, UINT64_MAX);
    vg_json_put_i64(&out, INT64_MIN);
    vg_json_put_u64(&out, 0);
    vg_json_close_array(&out);
    vg_json_put_key(&out, VG_LIT("\"b\""));
    vg_json_put_floats(&out, floats, 3);
    vg_json_put_key(&out, VG_LIT("c"));
    vg_json_put_raw(&out, VG_LIT("{\"x\":1}"));
    vg_json_put_name(&out, VG_JSON_NAME("d"));
    vg_json_put_floats(&out, floats, 0);
    vg_json_put_key(&out, VG_LIT("e"));
    vg_json_put_f64(&out, NAN);
    vg_json_close_object(&out);
    vg_json_put_f32(&out, 2.0f);
    expect_text("all of it", vg_buf_bytes(&buf),
                "{\"a\":[null,true,{},[],18446744073709551615,-9223372036854775808,0],"
                "\"\\\"b\\\"\":[0.5,-1.0,1e20],\"c\":{\"x\":1},\"d\":[],\"e\":null},2.0");
}

static void texts_are_escaped(void **state)
{
    static const struct {
        const char *says;
        vg_slice text;
        const char *json;
    } rows[] = {
        {"plain", VG_LIT_INIT("abc/"), "\"abc/\""},
        {"empty", VG_LIT_INIT(""), "\"\""},
        {"nothing", {NULL, 0}, "\"\""},
        {"letters", VG_LIT_INIT("\"\\\b\f\n\r\t"), "\"\\\"\\\\\\b\\f\\n\\r\\t\""},
        {"control bytes", VG_LIT_INIT("\0\x1f\x7f"), "\"\\u0000\\u001f\x7f\""},
        {"UTF-8 as it is", VG_LIT_INIT("aä€😀"), "\"aä€😀\""},
        {"what is not UTF-8", VG_LIT_INIT("a\xff\xe2\x82z"),
         "\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\""},
        {"behind a long text", VG_LIT_INIT("0123456789abcdef0123456789abcdef\n"),
         "\"0123456789abcdef0123456789abcdef\\n\""},
    };

    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        vg_buf_clear(&buf);
        out.comma = false;
        vg_json_put_text(&out, rows[i].text);
        expect_text(rows[i].says, vg_buf_bytes(&buf), rows[i].json);
    }
}

static void any_text_reads_back_as_itself(void **state)
{
    char text[100];

    (void)state;
    chance_begin(__func__);
    for (int i = 0; i < 20000; i++) {
        size_t len = chance_below(sizeof(text));
        vg_arena *arena = vg_arena_new(1 << 16);
        const vg_json *v;

        for (size_t j = 0; j < len; j++)
            text[j] = (char)(chance_below(8) ? ' ' + chance_below(95) : chance_below(128));
        vg_buf_clear(&buf);
        out.comma = false;
        vg_json_put_text(&out, vg_slice_of(text, len));
        assert_non_null(vg_buf_reserve(&buf, VG_JSON_PAD));
        v = vg_json_read(arena, vg_buf_bytes(&buf), 1, NULL);
        assert_non_null(v);
        assert_true(vg_slice_is(v->text, vg_slice_of(text, len)));
        vg_arena_free(arena);
    }
}

static void a_spent_buffer_swallows_the_rest(void **state)
{
    static const float floats[100] = {0};

    (void)state;
    vg_buf_fini(&buf);
    vg_buf_init(&buf, 50);
    vg_json_open_array(&out);
    vg_json_put_text(&out, VG_LIT("kept"));
    vg_json_put_floats(&out, floats, 100);
    vg_json_put_text(&out, VG_LIT("lost"));
    vg_json_close_array(&out);
    assert_true(vg_buf_is_spent(&buf));
    assert_true(buf.len <= 50);
}

/* Texts of every length that has a way of its own, each byte at each place. */
static void a_special_byte_is_found_wherever_it_is(void **state)
{
    char text[40];

    (void)state;
    for (size_t len = 0; len <= sizeof(text); len++) {
        memset(text, 'k', sizeof(text));
        assert_ptr_equal(vg_find_special(text, text + len), text + len);
        for (size_t at = 0; at < len; at++) {
            for (int byte = 0; byte < 256; byte++) {
                text[at] = (char)byte;
                assert_ptr_equal(vg_find_special(text, text + len),
                                 vg_is_special((char)byte) ? text + at : text + len);
            }
            text[at] = 'k';
        }
    }
}

/* The cap is met exactly: keys and texts, with all that is around them, and not one byte more. */
static void room_is_made_for_what_is_written_and_no_more(void **state)
{
    static const char whole[] = "{\"name\":{\"key\":\"text\",\"k\":\"\",\"end\":";

    (void)state;
    for (size_t cap = sizeof(whole) - 2; cap <= sizeof(whole) - 1; cap++) {
        vg_buf_fini(&buf);
        vg_buf_init(&buf, cap);
        out = (vg_json_out){.buf = &buf};
        vg_json_open_object(&out);
        vg_json_put_name(&out, VG_JSON_NAME("name"));
        vg_json_open_object(&out);
        vg_json_put_key(&out, VG_LIT("key"));
        vg_json_put_text(&out, VG_LIT("text"));
        vg_json_put_key(&out, VG_LIT("k"));
        vg_json_put_text(&out, VG_LIT(""));
        vg_json_put_name(&out, VG_JSON_NAME("end"));
        assert_int_equal(vg_buf_is_spent(&buf), cap < sizeof(whole) - 1);
    }
    expect_text("all of it", vg_buf_bytes(&buf), whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(commas_and_colons_come_by_themselves, set_up, tear_down),
        cmocka_unit_test_setup_teardown(texts_are_escaped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(any_text_reads_back_as_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_spent_buffer_swallows_the_rest, set_up, tear_down),
        cmocka_unit_test(a_special_byte_is_found_wherever_it_is),
        cmocka_unit_test_setup_teardown(room_is_made_for_what_is_written_and_no_more, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
