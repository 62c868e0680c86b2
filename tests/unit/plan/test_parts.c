/* What an op is cut into: as few parts as take all, in order, each id once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "call/weigh.h"
#include "plan/distinct.h"
#include "plan/parts.h"
#include "tests/support/chance.h"

enum { MANY = 64 };

static const vg_limits all = {UINT32_MAX, UINT32_MAX, UINT32_MAX, SIZE_MAX};
static vg_arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = vg_arena_new(1 << 24);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    vg_arena_free(arena);
    assert_int_equal(vg_arena_total_bytes(), 0);
    return 0;
}

/* ---- ops of numbers as text ---- */

/* "1 2 3" */
static const vg_point_id *ids_of(const char *text, uint32_t *count)
{
    vg_point_id *ids = VG_TAKE_N(arena, vg_point_id, MANY);

    *count = 0;
    for (const char *at = text; *at != '\0'; at += strspn(at, " ")) {
        ids[(*count)++] = (vg_point_id){.kind = VG_ID_NUM, .num = strtoull(at, NULL, 10)};
        at += strcspn(at, " ");
    }
    return ids;
}

/* Each point has its place as its version. */
static const vg_point *points_of(const char *text, uint32_t *count)
{
    const vg_point_id *ids = ids_of(text, count);
    vg_point *points = VG_TAKE_N(arena, vg_point, MANY);

    for (uint32_t i = 0; i < *count; i++)
        points[i] = (vg_point){.id = ids[i], .version = i, .payload = VG_LIT("{}")};
    return points;
}

static vg_update update_of(vg_op_kind kind, const char *text)
{
    vg_update update = {.kind = kind};

    if (kind == VG_OP_UPSERT || kind == VG_OP_UPDATE_VECTORS)
        update.points = points_of(text, &update.point_count);
    else
        update.ids = ids_of(text, &update.id_count);
    return update;
}

/* ---- parts as text ---- */

static char told[4096];

static void put(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void put(const char *format, ...)
{
    size_t used = strlen(told);
    va_list args;

    va_start(args, format);
    vsnprintf(told + used, sizeof told - used, format, args);
    va_end(args);
}

static void put_piece(const vg_parts *parts, const vg_part *part)
{
    const vg_update *update = &parts->updates[part->update];

    put("%u:", part->update);
    for (uint32_t k = part->first; k < part->first + part->count; k++)
        put("%s%d", k > part->first ? " " : "",
            (int)(update->point_count > 0 ? update->points[k].id.num : update->ids[k].num));
}

static void put_part(const vg_op *op, const vg_parts *parts, const vg_part *part)
{
    put("%s[", part->waits ? "| " : "");
    if (part->is_whole)
        put("all of %u to %u", part->first, part->first + part->count - 1);
    else if (vg_op_is_update(op->kind))
        put_piece(parts, part);
    else if (op->kind == VG_OP_GET)
        for (uint32_t k = part->first; k < part->first + part->count; k++)
            put("%s%d", k > part->first ? " " : "", (int)parts->ids[k].num);
    else
        put("%u+%u", part->first, part->count);
    put("] ");
}

static const char *say(vg_op *op, const vg_limits *limits)
{
    vg_status status = {0};
    vg_parts parts;

    op->arena = arena;
    told[0] = '\0';
    if (!vg_parts_cut(op, limits, &parts, &status)) {
        put("%s " VG_FMT ": " VG_FMT, vg_code_describe(status.code)->metric, VG_ARG(status.where),
            VG_ARG(vg_status_what(&status)));
        return told;
    }
    for (uint32_t i = 0; i < parts.count; i++) {
        assert_int_equal(parts.at[i].fate, VG_PART_UNSENT);
        put_part(op, &parts, &parts.at[i]);
    }
    return told;
}

static const char *say_update(vg_op_kind kind, const char *text, const vg_limits *limits)
{
    const vg_update update = update_of(kind, text);

    return say(&(vg_op){.kind = kind, .in.update = {.at = &update, .count = 1}}, limits);
}

static const char *say_batch(const vg_update *updates, uint32_t count, const vg_limits *limits)
{
    return say(&(vg_op){.kind = VG_OP_BATCH, .in.update = {.at = updates, .count = count}}, limits);
}

/* ---- one change ---- */

static void points_are_cut_as_they_come(void **state)
{
    static const struct {
        const char *says;
        vg_op_kind kind;
        const char *ids;
        uint32_t most;
        const char *parts;
    } rows[] = {
        {"as few parts as there may be", VG_OP_UPSERT, "1 2 3 4 5", 2, "| [0:1 2] [0:3 4] [0:5] "},
        {"one by one", VG_OP_UPSERT, "3 2 1", 1, "| [0:3] [0:2] [0:1] "},
        {"of a repeated id the last", VG_OP_UPSERT, "7 1 7 2 7 3", 2, "| [0:1 2] [0:7 3] "},
        {"also when it then fits", VG_OP_UPSERT, "7 7 7", 2, "| [0:7] "},
        {"vectors side by side", VG_OP_UPDATE_VECTORS, "1 2 3", 2, "| [0:1 2] [0:3] "},
        {"but in order if one is changed twice", VG_OP_UPDATE_VECTORS, "1 2 1", 2,
         "| [0:1 2] | [0:1] "},
    };
    vg_limits limits = all;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("%s\n", rows[i].says);
        limits.points = rows[i].most;
        assert_string_equal(say_update(rows[i].kind, rows[i].ids, &limits), rows[i].parts);
    }
}

static void the_last_of_a_repeated_point_is_the_one(void **state)
{
    const vg_update update = update_of(VG_OP_UPSERT, "7 1 7");
    vg_op op = {.kind = VG_OP_UPSERT, .arena = arena, .in.update = {.at = &update, .count = 1}};
    vg_limits limits = all;
    vg_parts parts;

    (void)state;
    limits.points = 2;
    assert_true(vg_parts_cut(&op, &limits, &parts, NULL));
    assert_int_equal(parts.updates[0].point_count, 2);
    assert_int_equal(parts.updates[0].points[1].id.num, 7);
    assert_int_equal(parts.updates[0].points[1].version, 2);
    assert_int_equal(update.point_count, 3); /* the request stays as it is */
}

static void ids_are_cut_too_each_once(void **state)
{
    vg_limits limits = all;

    (void)state;
    limits.ids = 2;
    assert_string_equal(say_update(VG_OP_DELETE, "5 4 5 3 4", &limits), "| [0:5 4] [0:3] ");
    assert_string_equal(say_update(VG_OP_SET_PAYLOAD, "1 2 3", &limits), "| [0:1 2] [0:3] ");
}

static void bytes_bound_a_part_as_well(void **state)
{
    const vg_update update = update_of(VG_OP_UPSERT, "1 2 3 4 5");
    vg_limits limits = all;
    size_t frame = vg_weigh_frame(&update), point = vg_weigh_point(update.points);

    (void)state;
    limits.bytes = frame + 2 * point;
    assert_string_equal(say_update(VG_OP_UPSERT, "1 2 3 4 5", &limits), "| [0:1 2] [0:3 4] [0:5] ");
    limits.bytes--;
    assert_string_equal(say_update(VG_OP_UPSERT, "1 2 3", &limits), "| [0:1] [0:2] [0:3] ");
    limits.points = 1;
    limits.bytes = SIZE_MAX;
    assert_string_equal(say_update(VG_OP_UPSERT, "1 2", &limits), "| [0:1] [0:2] ");
}

/* ---- what no cutting helps ---- */

static void what_is_too_large_by_itself_is_named(void **state)
{
    static char large[1000];
    vg_update update = update_of(VG_OP_UPSERT, "1 2 3"), batch[2];
    vg_point *points = (vg_point *)(uintptr_t)update.points;
    vg_op op = {.kind = VG_OP_UPSERT, .in.update = {.at = &update, .count = 1}};
    vg_limits limits = all;

    (void)state;
    limits.bytes = 600;
    points[2].payload = vg_slice_of(large, sizeof large);
    assert_string_equal(say(&op, &limits), "too_large points[2]: a point of about 1218 bytes: this "
                                           "backend's max_bytes_per_call is 600");
    batch[0] = update_of(VG_OP_DELETE, "1");
    batch[1] = update;
    assert_string_equal(say_batch(batch, 2, &limits),
                        "too_large operations[1].upsert.points[2]: a point of about 1218 bytes: "
                        "this backend's max_bytes_per_call is 600");
    batch[1] = update_of(VG_OP_SET_PAYLOAD, "1");
    batch[1].payload = vg_slice_of(large, sizeof large);
    assert_string_equal(say_batch(batch, 2, &limits),
                        "too_large operations[1].set_payload: an operation of about 1131 bytes: "
                        "this backend's max_bytes_per_call is 600");
    batch[1].payload = vg_slice_of(large, 465);
    assert_string_equal(say_batch(batch, 2, &limits),
                        "too_large operations[1].set_payload.ids[0]: the operation on one point of "
                        "about 635 bytes: this backend's max_bytes_per_call is 600");
}

/* ---- several changes ---- */

static void updates_go_together_while_they_fit(void **state)
{
    static const vg_filter filter;
    const vg_update updates[] = {
        update_of(VG_OP_UPSERT, "1 2"), update_of(VG_OP_DELETE, "1"),
        update_of(VG_OP_UPSERT, "3"),   update_of(VG_OP_UPSERT, "4 5 6 7"),
        update_of(VG_OP_UPSERT, "8"),   {.kind = VG_OP_DELETE, .filter = &filter},
    };
    vg_limits limits = all;

    (void)state;
    limits.points = 3;
    assert_string_equal(say_batch(updates, 6, &limits),
                        "| [all of 0 to 2] | [3:4 5 6] [3:7] | [all of 4 to 5] ");
    limits.points = 2;
    assert_string_equal(say_batch(updates, 6, &limits),
                        "| [all of 0 to 1] | [all of 2 to 2] | [3:4 5] [3:6 7] | [all of 4 to 5] ");
    limits.points = 1;
    assert_string_equal(say_batch(updates, 2, &limits), "| [0:1] [0:2] | [all of 1 to 1] ");
}

/* ---- reads ---- */

static void reads_are_cut_in_their_order(void **state)
{
    static const vg_search searches[5];
    static const vg_query queries[5];
    vg_op get = {.kind = VG_OP_GET};
    vg_op search = {.kind = VG_OP_SEARCH, .in.search = {.queries = searches, .count = 5}};
    vg_op query = {.kind = VG_OP_QUERY, .in.query = {.at = queries, .count = 5}};
    vg_limits limits = {1, 2, 3, SIZE_MAX};

    (void)state;
    get.in.get.ids = ids_of("9 8 9 7 8 6", &get.in.get.count);
    assert_string_equal(say(&get, &limits), "[9 8] [7 6] ");
    assert_string_equal(say(&search, &limits), "[0+3] [3+2] ");
    assert_string_equal(say(&query, &limits), "[0+3] [3+2] ");
    limits.bytes = 1; /* what is too large goes alone: its adapter refuses it */
    assert_string_equal(say(&get, &limits), "[9] [8] [7] [6] ");
    assert_string_equal(say(&search, &limits), "[0+1] [1+1] [2+1] [3+1] [4+1] ");
}

/* ---- is it needed? ---- */

static void what_fits_is_not_cut(void **state)
{
    const vg_update updates[] = {update_of(VG_OP_UPSERT, "1 2"), update_of(VG_OP_UPSERT, "3")};
    vg_op op = {.kind = VG_OP_BATCH, .in.update = {.at = updates, .count = 2}};
    vg_op count = {.kind = VG_OP_COUNT};
    vg_adapter adapter = {.can = {.supports_batch_upsert = true}};
    vg_limits limits = vg_limits_of(&adapter, NULL);

    (void)state;
    assert_true(vg_limits_take_op(&limits, &op));
    assert_int_equal(limits.queries, 1); /* no batch search */
    adapter.can.max_points_per_call = 3;
    limits = vg_limits_of(&adapter, NULL);
    assert_true(vg_limits_take_op(&limits, &op));
    adapter.can.max_points_per_call = 2; /* for all of a call together */
    limits = vg_limits_of(&adapter, NULL);
    assert_false(vg_limits_take_op(&limits, &op));
    adapter.can = (vg_capabilities){.supports_batch_upsert = true,
                                    .max_bytes_per_call = (uint32_t)vg_weigh(&op, SIZE_MAX)};
    limits = vg_limits_of(&adapter, NULL);
    assert_true(vg_limits_take_op(&limits, &op));
    limits.bytes--;
    assert_false(vg_limits_take_op(&limits, &op));
    assert_true(vg_limits_take_op(&limits, &count));
    adapter.can = (vg_capabilities){0};
    limits = vg_limits_of(&adapter, NULL);
    assert_int_equal(limits.points, 1);
}

static void what_shares_an_object_leaves_room(void **state)
{
    const vg_collection own = {.raw_ids = true}, part = {.raw_ids = false};
    vg_adapter adapter = {.can = {.supports_batch_upsert = true,
                                  .supports_batch_search = true,
                                  .max_queries_per_call = 7,
                                  .max_bytes_per_call = 102400}};
    vg_limits limits = vg_limits_of(&adapter, &own);

    (void)state;
    assert_int_equal(limits.bytes, 102400);
    assert_int_equal(limits.points, UINT32_MAX);
    limits = vg_limits_of(&adapter, &part);
    assert_int_equal(limits.bytes, 76800);
    assert_int_equal(limits.points, 100); /* of 256 bytes each */
    assert_int_equal(limits.queries, 7);
    adapter.can.max_bytes_per_call = 0;
    limits = vg_limits_of(&adapter, &part);
    assert_int_equal(limits.bytes, SIZE_MAX);
    assert_int_equal(limits.points, UINT32_MAX);
}

/* ---- repeated ids ---- */

static void repeats_are_marked_as_a_plain_search_finds_them(void **state)
{
    (void)state;
    chance_begin("distinct");
    for (int round = 0; round < 200; round++) {
        vg_point_id ids[MANY];
        vg_placed_id placed[MANY];
        bool repeats[MANY] = {false}, keeps_last = chance_below(2) == 0;
        uint32_t count = (uint32_t)chance_below(MANY), found = 0;

        for (uint32_t i = 0; i < count; i++) {
            ids[i] = (vg_point_id){.kind = VG_ID_NUM, .num = chance_below(MANY)};
            placed[i] = (vg_placed_id){&ids[i], i};
        }
        found = vg_distinct_mark(placed, count, keeps_last, repeats);
        for (uint32_t i = 0; i < count; i++) {
            bool is_repeated = false;

            for (uint32_t k = keeps_last ? i + 1 : 0; k < (keeps_last ? count : i); k++)
                is_repeated = is_repeated || ids[k].num == ids[i].num;
            assert_int_equal(repeats[i], is_repeated);
            found -= is_repeated;
        }
        assert_int_equal(found, 0);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(points_are_cut_as_they_come),
        TEST(the_last_of_a_repeated_point_is_the_one),
        TEST(ids_are_cut_too_each_once),
        TEST(bytes_bound_a_part_as_well),
        TEST(what_is_too_large_by_itself_is_named),
        TEST(updates_go_together_while_they_fit),
        TEST(reads_are_cut_in_their_order),
        TEST(what_fits_is_not_cut),
        TEST(what_shares_an_object_leaves_room),
        TEST(repeats_are_marked_as_a_plain_search_finds_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
