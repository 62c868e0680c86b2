/* Operations by chance on two backends that are alike but for what one call may have: they answer
 * the same and hold the same. And failures by chance: exactly the points that are named are not
 * there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/chance.h"
#include "tests/unit/plan/split_say.h"

enum { ROUNDS = 30, OPS = 20, IDS = 30, FAILURES = 300, TEXT = 4096 };

/* ---- what is asked ---- */

static char text[TEXT];
static size_t len;

static void put(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void put(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    len += (size_t)vsnprintf(text + len, sizeof text - len, format, args);
    va_end(args);
    assert_true(len < sizeof text);
}

static void put_ids(void)
{
    for (size_t n = 1 + chance_below(12); n > 0; n--)
        put(" %d", (int)(1 + chance_below(IDS)));
}

static void put_update(void)
{
    static const char *const kinds[] = {"upsert",         "upsert",         "upsert",
                                        "delete",         "set_payload",    "overwrite_payload",
                                        "delete_payload", "clear_payload",  "update_vectors",
                                        "update_vectors", "delete_vectors", "clear_payload"};

    put("%s=%d", kinds[chance_below(sizeof kinds / sizeof kinds[0])], (int)chance_below(9));
    put_ids();
}

static const char *make_text(void)
{
    len = 0;
    switch (chance_below(6)) {
    case 0:
        put("get");
        put_ids();
        break;
    case 1:
        put("search=%d", (int)(1 + chance_below(9)));
        break;
    case 2:
        for (size_t n = 1 + chance_below(5); n > 0; n--) {
            put_update();
            put("%s", n > 1 ? "; " : "");
        }
        break;
    case 3:
        put(chance_below(4) == 0 ? "delete" : "set_payload=9; clear_payload");
        break;
    default:
        put_update();
    }
    return text;
}

/* ---- by whom ---- */

typedef struct side {
    toys *toy;
    toy_world *world;
} side;

static side open_side(void)
{
    side s = {.toy = toy_new()};

    s.world = toy_world_new(s.toy);
    split_fill(s.toy, s.world);
    return s;
}

static void close_side(side *s)
{
    toy_world_free(s->world);
    toy_free(s->toy);
}

static uint32_t some_bound(uint32_t most)
{
    return chance_below(4) == 0 ? 0 : 1 + (uint32_t)chance_below(most);
}

static void bound(const side *s)
{
    vg_capabilities *can = &toy_vectors_adapter(s->toy)->can;

    can->supports_batch_upsert = chance_below(4) > 0;
    can->supports_batch_search = chance_below(4) > 0;
    can->max_points_per_call = some_bound(5);
    can->max_ids_per_call = some_bound(5);
    can->max_queries_per_call = some_bound(4);
    can->max_bytes_per_call = chance_below(2) == 0 ? 0 : 2000 + (uint32_t)chance_below(3000);
}

/* ---- the same, cut or not ---- */

static void bounds_change_no_answer(void **state)
{
    (void)state;
    chance_begin("split");
    for (int round = 0; round < ROUNDS; round++) {
        side whole = open_side(), cut = open_side();

        for (int i = 0; i < OPS; i++) {
            const char *asks = make_text();
            char answer[TEXT];

            bound(&cut);
            snprintf(answer, sizeof answer, "%s", split_say(whole.world, asks));
            if (strncmp(split_say(cut.world, asks), answer, strlen(answer)) != 0)
                fail_msg("%s: %s", asks, answer); /* of a batch there may be more to say */
            snprintf(answer, sizeof answer, "%s", split_store(whole.toy));
            assert_string_equal(split_store(cut.toy), answer);
        }
        close_side(&whole);
        close_side(&cut);
    }
    assert_int_equal(vg_arena_total_bytes(), 0);
}

/* ---- failures ---- */

/* Those from 1 to `count` that are not stored, as they are named. */
static const char *name_absent(const side *s, int count)
{
    static char named[256];
    const char *store = split_store(s->toy);
    size_t used = 0;
    int absent = 0;

    named[0] = '\0';
    for (int id = 1; id <= count; id++) {
        char first[16], other[16];

        snprintf(first, sizeof first, "%d=", id);
        snprintf(other, sizeof other, " %d=", id);
        if (strncmp(store, first, strlen(first)) == 0 || strstr(store, other))
            continue;
        if (absent++ < 5)
            used += (size_t)snprintf(named + used, sizeof named - used, "%s%d",
                                     absent > 1 ? ", " : "; not applied: ", id);
    }
    if (absent > 5)
        snprintf(named + used, sizeof named - used, " and %d more", absent - 5);
    return named;
}

static const char *make_upsert(int count)
{
    len = 0;
    put("upsert=1");
    for (int id = 1; id <= count; id++)
        put(" %d", id);
    return text;
}

static void check_story(const side *s, const char *told, int count)
{
    const char *absent = name_absent(s, count), *at = strstr(told, "; not applied: ");
    size_t named = strlen(absent);

    if (named == 0 && at)
        fail_msg("all is there, and yet: %s", told);
    if (named > 0 && (!at || strncmp(at, absent, named) != 0 || (at[named] && at[named] != ';')))
        fail_msg("\"%s\" is not told by: %s", absent, told);
}

static void exactly_what_is_named_is_not_there(void **state)
{
    static const toy_fate fates[] = {TOY_REFUSE, TOY_FAULT_BEFORE, TOY_FAULT_AFTER};
    side s = open_side();
    int failed = 0;

    (void)state;
    chance_begin("failures");
    for (int i = 0; i < FAILURES; i++) {
        int count = 4 + (int)chance_below(IDS); /* more than one call takes */
        const char *told;

        toy_unscript(s.toy);
        assert_string_equal(split_say(s.world, "delete"), "ok");
        assert_string_equal(split_store(s.toy), "");
        bound(&s);
        toy_vectors_adapter(s.toy)->can.max_points_per_call = 1 + (uint32_t)chance_below(3);
        toy_script(s.toy, (toy_rule){VG_OP_UPSERT, (unsigned)chance_below(12), 1,
                                     fates[chance_below(3)], VG_NO_SPACE});
        told = split_say(s.world, make_upsert(count));
        failed += strcmp(told, "ok") != 0;
        check_story(&s, told, count);
    }
    assert_true(failed > FAILURES / 10);
    close_side(&s);
    assert_int_equal(vg_arena_total_bytes(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_change_no_answer),
        cmocka_unit_test(exactly_what_is_named_is_not_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
