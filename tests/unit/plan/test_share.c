/* What of a query is pushed down, and what is left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "plan/share.h"

static const vg_filter filter;
static const vg_query filtered = {.kind = VG_QUERY_SEARCH, .search.filter = &filter};
static const vg_query elsewhere = {.kind = VG_QUERY_SEARCH, .lookup_collection = VG_LIT_INIT("c")};

static const struct {
    const char *says;
    vg_query query;
    bool is_made;
    const char *pushed_down, *remainder;
} rows[] = {
    /* clang-format off */
    {"a search", {.kind = VG_QUERY_SEARCH}, false, "search limit", ""},
    {"all of it", {.kind = VG_QUERY_SEARCH, .search = {.filter = &filter, .offset = 1, .has_threshold = true}}, false,
     "search filter score_threshold limit offset", ""},
    {"the same beside others", {.kind = VG_QUERY_SEARCH, .search = {.filter = &filter, .offset = 1, .has_threshold = true}}, true,
     "search filter score_threshold limit offset", ""},
    {"an example elsewhere", {.kind = VG_QUERY_SEARCH, .lookup_collection = VG_LIT_INIT("c")}, false, "search limit", "lookup_from"},
    {"one that was", {.kind = VG_QUERY_SEARCH, .was_looked_up = true}, false, "search limit", "lookup_from"},
    {"an order", {.kind = VG_QUERY_ORDER_BY, .search.offset = 2}, true, "order_by limit", "offset"},
    {"an order that the backend does", {.kind = VG_QUERY_ORDER_BY, .search.offset = 2}, false, "order_by limit offset", ""},
    {"random points", {.kind = VG_QUERY_SAMPLE}, true, "sample limit", ""},
    {"by id", {.kind = VG_QUERY_SCROLL}, true, "scroll limit", ""},
    {"fused", {.kind = VG_QUERY_RRF, .prefetch = &filtered, .prefetch_count = 1, .search = {.offset = 1, .has_threshold = true}}, true,
     "filter prefetch", "fusion score_threshold limit offset"},
    {"fused by the backend", {.kind = VG_QUERY_DBSF, .prefetch = &filtered, .prefetch_count = 1}, false,
     "filter prefetch fusion limit", ""},
    {"what looks at a union", {.kind = VG_QUERY_SEARCH, .prefetch = &elsewhere, .prefetch_count = 1}, true,
     "search prefetch limit", "union lookup_from"},
    /* clang-format on */
};

static void expect(uint32_t parts, const char *wanted)
{
    char text[256] = "";
    int len = 0;

    for (int i = 0; i < VG_PARTS; i++)
        if (parts >> i & 1)
            len += snprintf(text + len, sizeof text - (size_t)len, "%s%s", len > 0 ? " " : "",
                            vg_query_part_word((vg_query_part)i));
    assert_string_equal(text, wanted);
}

static void each_part_is_somebodys(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        vg_share share = vg_share_of(&rows[i].query, rows[i].is_made);

        print_message("%s\n", rows[i].says);
        assert_int_equal(share.pushed_down & share.remainder, 0);
        expect(share.pushed_down, rows[i].pushed_down);
        expect(share.remainder, rows[i].remainder);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_part_is_somebodys)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
