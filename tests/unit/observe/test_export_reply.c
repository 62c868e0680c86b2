/* What a receiver of spans answers. */
#include "observe/export_reply.h"
#include "tests/unit/base/unit.h"

enum { PAD = 64 };

static const struct row {
    const char *says, *body;
    size_t len; /* 0: of a text */
    bool is_json;
    uint64_t rejected;
    bool has_message;
} rows[] = {
    {"nothing", "", 0, false, 0, false},
    {"all is well", "\x0a\x00", 2, false, 0, false},
    {"three rejected", "\x0a\x02\x08\x03", 4, false, 3, false},
    {"many rejected", "\x0a\x03\x08\xac\x02", 5, false, 300, false},
    {"three, and why", "\x0a\x05\x08\x03\x12\x01x", 7, false, 3, true},
    {"a warning", "\x0a\x03\x12\x01x", 5, false, 0, true},
    {"behind fields that are not known", "\x10\x05\x1d....\x19........\x22\x01y\x0a\x02\x08\x04",
     24, false, 4, false},
    {"below zero", "\x0a\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 13, false, 0, false},
    {"cut within a number", "\x0a\x02\x08", 3, false, 0, false},
    {"cut within a text", "\x0a\x09\x08\x03\x12\x05x", 7, false, 0, false},
    {"a wire type that is none", "\x0f\x02\x08\x03", 4, false, 0, false},
    {"a number without an end", "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80", 11, false, 0,
     false},
    {"a page", "<html>", 0, false, 0, false},
    {"nothing in JSON", "", 0, true, 0, false},
    {"all is well in JSON", "{}", 0, true, 0, false},
    {"an empty part", "{\"partialSuccess\":{}}", 0, true, 0, false},
    {"as a text", "{\"partialSuccess\":{\"rejectedSpans\":\"3\"}}", 0, true, 3, false},
    {"as a number", "{\"partialSuccess\":{\"rejectedSpans\":3,\"errorMessage\":\"x\"}}", 0, true, 3,
     true},
    {"below zero in JSON", "{\"partialSuccess\":{\"rejectedSpans\":\"-3\"}}", 0, true, 0, false},
    {"no number", "{\"partialSuccess\":{\"rejectedSpans\":[1]}}", 0, true, 0, false},
    {"no object", "[]", 0, true, 0, false},
    {"no JSON", "<html>", 0, true, 0, false},
};

static void what_is_rejected_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        char body[128 + PAD] = {0};
        size_t len = rows[i].len > 0 ? rows[i].len : strlen(rows[i].body);
        vg_export_reply reply;

        memcpy(body, rows[i].body, len);
        reply = vg_export_reply_read(vg_slice_of(body, len), rows[i].is_json);
        expect(rows[i].says, reply.rejected == rows[i].rejected);
        expect(rows[i].says, reply.has_message == rows[i].has_message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_rejected_is_read)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
