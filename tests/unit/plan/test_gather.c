/* Hits into groups by what their payloads say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "plan/gather.h"

typedef struct fixture {
    vg_gather gather;
    vg_point points[64];
    uint32_t count;
} fixture;

static int set_up(void **state)
{
    static fixture f;

    f = (fixture){.gather = {.arena = vg_arena_new(1 << 20), .limit = 10, .size = 10}};
    vg_path_read(f.gather.arena, VG_LIT("k"), &f.gather.path);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;

    vg_arena_free(f->gather.arena);
    assert_int_equal(vg_arena_total_bytes(), 0);
    return 0;
}

static void put(fixture *f, const char *payload)
{
    vg_point *point = &f->points[f->count++];

    *point = (vg_point){.id = {.kind = VG_ID_NUM, .num = f->count}};
    point->payload = vg_slice_str(payload);
}

static void add(fixture *f)
{
    assert_true(vg_gather_add(&f->gather, &(vg_points){f->points, f->count}));
}

/* "a:1,2 7:3", valid until the next call. */
static const char *say(const fixture *f)
{
    static char text[1024];
    size_t used = 0;

    text[0] = '\0';
    for (uint32_t i = 0; i < f->gather.count; i++) {
        const vg_gathered *group = &f->gather.groups[i];

        if (group->value.kind == VG_MATCH_TEXT)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s" VG_FMT ":",
                                     i > 0 ? " " : "", VG_ARG(group->value.text));
        else
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%d:", i > 0 ? " " : "",
                                     (int)group->value.integer);
        for (uint32_t k = 0; k < group->count; k++)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%d", k > 0 ? "," : "",
                                     (int)group->hits[k].id.num);
    }
    return text;
}

static const struct {
    const char *says;
    const char *payloads[4];
    const char *path;
    const char *is;
} rows[] = {
    {"keywords", {"{\"k\":\"a\"}", "{\"k\":\"b\"}", "{\"k\":\"a\"}"}, "k", "a:1,3 b:2"},
    {"integers, apart from keywords",
     {"{\"k\":7}", "{\"k\":\"7\"}", "{\"k\":-7}"},
     "k",
     "7:1 7:2 -7:3"},
    {"nothing else is a group",
     {"{\"k\":1.0}", "{\"k\":true}", "{\"k\":null}", "{\"k\":{\"k\":1}}"},
     "k",
     ""},
    {"who lacks it is in none", {"{}", "{\"l\":1}", "", "{\"k\":1}"}, "k", "1:4"},
    {"an array is in each of its groups",
     {"{\"k\":[\"a\",\"b\"]}", "{\"k\":[\"b\"]}"},
     "k",
     "a:1 b:1,2"},
    {"and once in each", {"{\"k\":[1,2,1]}", "{\"k\":[2]}"}, "k", "1:1 2:1,2"},
    {"one value that is none of a group keeps it out",
     {"{\"k\":[2,2.5]}", "{\"k\":2}"},
     "k",
     "2:2"},
    {"one level of arrays only", {"{\"k\":[[\"a\"],\"b\"]}"}, "k", ""},
    {"below an object", {"{\"k\":{\"l\":\"a\"}}"}, "k.l", "a:1"},
    {"below each element", {"{\"k\":[{\"l\":\"a\"},{\"l\":\"b\"}]}"}, "k[].l", "a:1 b:1"},
    {"the empty text is a group", {"{\"k\":\"\"}"}, "k", ":1"},
    {"escapes are read", {"{\"k\":\"\\u0061\"}", "{\"k\":\"a\"}"}, "k", "a:1,2"},
    {"what is no JSON is in none", {"{\"k\"", "{\"k\":\"a\"}"}, "k", "a:2"},
};

static void values_are_groups(void **state)
{
    fixture *f = *state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        f->count = f->gather.count = 0;
        vg_path_read(f->gather.arena, vg_slice_str(rows[i].path), &f->gather.path);
        for (int k = 0; k < 4 && rows[i].payloads[k]; k++)
            put(f, rows[i].payloads[k]);
        add(f);
        if (strcmp(say(f), rows[i].is) != 0)
            fail_msg("%s: %s", rows[i].says, say(f));
    }
}

static void the_best_hits_fill_the_first_groups(void **state)
{
    fixture *f = *state;

    f->gather.limit = f->gather.size = 2;
    put(f, "{\"k\":\"a\"}");
    put(f, "{\"k\":\"b\"}");
    put(f, "{\"k\":\"c\"}");
    put(f, "{\"k\":\"a\"}");
    put(f, "{\"k\":\"a\"}");
    add(f);
    assert_string_equal(say(f), "a:1,4 b:2");
    assert_int_equal(vg_gather_close_full(&f->gather), 1);
    assert_false(vg_gather_is_complete(&f->gather));
}

static void open_groups_are_filled_anew(void **state)
{
    fixture *f = *state;

    f->gather.limit = f->gather.size = 2;
    put(f, "{\"k\":\"a\"}");
    put(f, "{\"k\":\"a\"}");
    put(f, "{\"k\":\"b\"}");
    add(f);
    vg_gather_close_full(&f->gather);
    vg_gather_empty_open(&f->gather);
    put(f, "{\"k\":[\"a\",\"b\"]}");
    add(f);
    assert_string_equal(say(f), "a:1,2 b:3,4");
    assert_int_equal(vg_gather_close_full(&f->gather), 0);
    assert_true(vg_gather_is_complete(&f->gather));
}

static void an_order_may_show_a_point_again(void **state)
{
    fixture *f = *state;

    put(f, "{\"k\":\"a\"}");
    put(f, "{\"k\":\"a\"}");
    put(f, "{\"k\":\"a\"}");
    for (int i = 0; i < 3; i++)
        f->points[i].has_order = true;
    f->points[2].id.num = 1;
    add(f);
    assert_string_equal(say(f), "a:1,2");
}

static void without_memory_it_says_so(void **state)
{
    fixture *f = *state;
    vg_arena *whole = f->gather.arena;

    put(f, "{\"k\":\"a\"}");
    f->gather.arena = vg_arena_new(16);
    assert_false(vg_gather_add(&f->gather, &(vg_points){f->points, f->count}));
    vg_arena_free(f->gather.arena);
    f->gather.arena = whole;
}

#define WITH_GATHER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_GATHER(values_are_groups),           WITH_GATHER(the_best_hits_fill_the_first_groups),
        WITH_GATHER(open_groups_are_filled_anew), WITH_GATHER(an_order_may_show_a_point_again),
        WITH_GATHER(without_memory_it_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
