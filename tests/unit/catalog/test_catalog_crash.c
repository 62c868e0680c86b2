/* The world ends after each exchange of each errand, with the reply or without it. A new gateway on
 * the same stores must then serve every client sanely: what was acknowledged stands, what was not
 * is either there or not, and the name can be used, deleted and made again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "tests/support/toy_change.h"

enum { OLD_SIZE = 4, NEW_SIZE = 5, LAST_SIZE = 7, MOST_EXCHANGES = 11 };

typedef vg_code errand_of(toy_world *world);
typedef void state_of(toy_world *world);

/* ---- what there was ---- */

static void nothing(toy_world *world)
{
    (void)world;
}

static void known(toy_world *world)
{
    assert_int_equal(toy_create(world, "a", OLD_SIZE), VG_OK);
}

static void stuck_in(toy_world *world, vg_meta_state state, bool with_object)
{
    vg_meta_row row;

    known(world);
    row = *toy_row(world->toy, "a");
    row.state = state;
    toy_set_row(world->toy, &row);
    if (!with_object)
        toy_set_collection(world->toy, "a", 0);
}

static void half_made(toy_world *world)
{
    stuck_in(world, VG_META_CREATING, false);
}

static void nearly_made(toy_world *world)
{
    stuck_in(world, VG_META_CREATING, true);
}

static void half_deleted(toy_world *world)
{
    stuck_in(world, VG_META_DELETING, true);
}

static void nearly_deleted(toy_world *world)
{
    stuck_in(world, VG_META_DELETING, false);
}

static void never_adopted(toy_world *world)
{
    toy_set_collection(world->toy, "a", OLD_SIZE);
}

/* ---- what was under way ---- */

static vg_code create(toy_world *world)
{
    return toy_create(world, "a", NEW_SIZE);
}

static vg_code drop(toy_world *world)
{
    bool did;

    return toy_drop(world, "a", &did);
}

static vg_code find(toy_world *world)
{
    vg_code code;

    toy_find(world, "a", &code);
    return code;
}

static vg_code list(toy_world *world)
{
    return toy_list(world) ? VG_OK : VG_UNAVAILABLE;
}

static vg_code lose(toy_world *world)
{
    toy_ask *ask = toy_begin_find(world, "a");

    toy_settle(world);
    if (toy_code(ask) == VG_OK) {
        toy_set_collection(world->toy, "a", 0);
        vg_catalog_lost(world->catalog, &ask->op);
        toy_settle(world);
    }
    toy_end(ask);
    return VG_UNAVAILABLE; /* nobody is told */
}

/* ---- what changes in what stays ---- */

static void known_with_aliases(toy_world *world)
{
    known(world);
    assert_int_equal(toy_create(world, "b", OLD_SIZE), VG_OK);
    assert_int_equal(toy_change_aliases(world, "x=a y=b"), VG_OK);
}

static void half_deleted_with_aliases(toy_world *world)
{
    vg_meta_row row;

    known_with_aliases(world);
    row = *toy_row(world->toy, "a");
    row.state = VG_META_DELETING;
    toy_set_row(world->toy, &row);
}

static vg_code alias(toy_world *world)
{
    return toy_change_aliases(world, "x=b z=a !y");
}

static vg_code declare(toy_world *world)
{
    return toy_index(world, "a", "k", VG_INDEX_BOOL);
}

static vg_code change(toy_world *world)
{
    return toy_patch(world, "a", "{\"settings\":{\"s\":1}}");
}

static vg_code sweep(toy_world *world)
{
    toy_repair_all(world);
    return VG_UNAVAILABLE; /* nobody is told */
}

static const struct scene {
    const char *says;
    state_of *before;
    errand_of *errand;
    bool needs_adoption;
} scenes[] = {
    {"creating", nothing, create, false},
    {"creating over what is half made", half_made, create, false},
    {"creating over what is nearly made", nearly_made, create, false},
    {"creating over what is half deleted", half_deleted, create, false},
    {"creating over what is nearly deleted", nearly_deleted, create, false},
    {"deleting", known, drop, false},
    {"deleting what is half made", nearly_made, drop, false},
    {"deleting what is half deleted", half_deleted, drop, false},
    {"deleting what is nearly deleted", nearly_deleted, drop, false},
    {"deleting what was never adopted", never_adopted, drop, true},
    {"adopting", never_adopted, find, true},
    {"losing", known, lose, false},
    {"deleting what has aliases", known_with_aliases, drop, false},
    {"losing what has aliases", known_with_aliases, lose, false},
    {"creating over what is half deleted and has aliases", half_deleted_with_aliases, create,
     false},
    {"changing aliases", known_with_aliases, alias, false},
    {"declaring a field", known, declare, false},
    {"changing settings", known, change, false},
    {"tidying up what is half made", half_made, sweep, false},
    {"tidying up what is nearly made", nearly_made, sweep, false},
    {"tidying up what is half deleted", half_deleted_with_aliases, sweep, false},
};

static const struct ending {
    const char *says;
    toy_fate fate; /* of the exchange that is the last */
} endings[] = {
    {"before", TOY_FAULT_BEFORE},
    {"after", TOY_FAULT_AFTER},
};

static const struct next {
    const char *says;
    errand_of *errand;
} nexts[] = {
    {"find", find}, {"list", list}, {"create", create}, {"drop", drop}, {"sweep", sweep},
};

/* ---- one run ---- */

struct run {
    const struct scene *scene;
    const struct ending *ending;
    const struct next *next;
    unsigned exchanges; /* before the world ends */
    bool adopts;
};

static void say(const struct run *run)
{
    print_error("%s, the world ends %s exchange %u, then %s%s\n", run->scene->says,
                run->ending->says, run->exchanges + 1, run->next->says,
                run->adopts ? ", adopting" : "");
}

static void holds(const struct run *run, bool condition, const char *what)
{
    if (condition)
        return;
    say(run);
    fail_msg("%s", what);
}

#define HOLDS(run, condition) holds((run), (condition), #condition)

static vg_code end_the_world(const struct run *run, toys *toy)
{
    toy_world *world = toy_world_new(toy);
    toy_world *other;
    vg_code code;

    run->scene->before(world);
    toy_world_free(world); /* nothing is cached */
    other = toy_world_new(toy);
    toy_script(toy, (toy_rule){TOY_ANY, run->exchanges, 1, run->ending->fate, VG_OK});
    toy_script(toy, (toy_rule){TOY_ANY, run->exchanges, TOY_FOREVER, TOY_FAULT_BEFORE, VG_OK});
    code = run->scene->errand(other);
    toy_unscript(toy);
    toy_world_free(other);
    return code;
}

/* Who finds it sees it listed, and it is really there; what stands for it finds the same. */
static bool check_sight(const struct run *run, toy_world *world)
{
    vg_code code = find(world);
    bool has_other = toy_spec(world->toy, "b") != NULL;
    const char *names = toy_list(world);

    HOLDS(run, code == VG_OK || code == VG_NOT_FOUND);
    HOLDS(run, names && (names[0] == 'a') == (code == VG_OK));
    HOLDS(run, has_other == (strchr(names, 'b') != NULL));
    HOLDS(run, code != VG_OK || toy_spec(world->toy, "a"));
    HOLDS(run, code != VG_OK || toy_row(world->toy, "a")->state == VG_META_READY);
    return code == VG_OK;
}

/* The list of actions happened or not, and an alias of what is gone is gone, once it was asked for.
 */
static void check_aliases(const struct run *run, toy_world *world)
{
    static const char *const names[] = {"x", "y", "z"};
    bool is_there = find(world) == VG_OK;
    const char *all;
    vg_code code;

    for (int i = 0; i < 3; i++)
        toy_find(world, names[i], &code);
    all = toy_aliases(world, NULL);
    HOLDS(run, all != NULL);
    HOLDS(run, is_there || toy_row(world->toy, "a") || !strstr(all, "=a"));
    if (is_there && run->scene->errand == alias)
        HOLDS(run, !strcmp(all, "x=a y=b") || !strcmp(all, "x=b z=a"));
}

static void check_acknowledged(const struct run *run, toy_world *world, errand_of *errand,
                               vg_code code)
{
    vg_code found;

    if (code != VG_OK)
        return;
    if (errand == create)
        HOLDS(run, toy_find(world, "a", &found) == NEW_SIZE);
    if (errand == drop)
        HOLDS(run, find(world) == VG_NOT_FOUND);
    if (errand == alias)
        HOLDS(run, !strcmp(toy_aliases(world, NULL), "x=b z=a"));
    if (errand == declare)
        HOLDS(run, !strcmp(toy_spec_found(world, "a"), "|k:bool"));
    if (errand == change)
        HOLDS(run, !strcmp(toy_spec_found(world, "a"), "{\"s\":1}|"));
}

/* What ended half-way is mended by asking again: row and object are the same then. */
static void check_repeats(const struct run *run, toy_world *world)
{
    errand_of *errand = run->scene->errand;

    if ((errand != declare && errand != change) || find(world) != VG_OK ||
        run->next->errand == create || run->next->errand == drop)
        return;
    HOLDS(run, errand(world) == VG_OK);
    check_acknowledged(run, world, errand, VG_OK);
    HOLDS(run, vg_slice_is_str(toy_row(world->toy, "a")->spec, toy_spec(world->toy, "a")));
}

/* But for the row of aliases, which stays for ever. */
static bool is_empty(const toys *toy)
{
    return toy_collections(toy) == 0 && toy_rows(toy) == (toy_row(toy, "/aliases") ? 1 : 0);
}

/* From whatever there is to nothing, to a new one, to nothing. */
static void check_life_goes_on(const struct run *run, toy_world *world)
{
    vg_code code;
    bool did;

    toy_change_aliases(world, "!x !y !z");
    HOLDS(run, toy_drop(world, "b", &did) == VG_OK);
    HOLDS(run, drop(world) == VG_OK);
    HOLDS(run, is_empty(world->toy));
    HOLDS(run, toy_create(world, "a", LAST_SIZE) == VG_OK);
    HOLDS(run, toy_find(world, "a", &code) == LAST_SIZE);
    HOLDS(run, check_sight(run, world));
    HOLDS(run, toy_drop(world, "a", &did) == VG_OK && did);
    HOLDS(run, is_empty(world->toy));
}

static void do_next(const struct run *run, toy_world *world)
{
    vg_code code = run->next->errand(world);

    if (run->next->errand == sweep)
        HOLDS(run, !toy_row(world->toy, "a") || toy_row(world->toy, "a")->state == VG_META_READY);
    HOLDS(run, code == VG_OK || (run->next->errand == find && code == VG_NOT_FOUND) ||
                   (run->next->errand == create && code == VG_EXISTS) ||
                   run->next->errand == sweep);
    check_acknowledged(run, world, run->next->errand, code);
    if (code == VG_EXISTS)
        HOLDS(run, find(world) == VG_OK);
}

static void play(const struct run *run)
{
    toys *toy = toy_new();
    toy_world *world;
    vg_code code;

    toy_vectors_adapter(toy)->can.supports_adoption = run->adopts;
    toy_make_local(toy);
    code = end_the_world(run, toy);
    world = toy_world_new(toy);
    check_acknowledged(run, world, run->scene->errand, code);
    toy_world_free(world);
    world = toy_world_new(toy);
    do_next(run, world);
    if (run->scene->errand == lose && !toy_spec(toy, "a"))
        lose(world); /* a row that stayed is met by whoever uses it next */
    check_sight(run, world);
    check_repeats(run, world);
    check_aliases(run, world);
    check_life_goes_on(run, world);
    toy_world_free(world);
    toy_free(toy);
}

static void play_all_nexts(struct run run)
{
    for (size_t i = 0; i < sizeof nexts / sizeof nexts[0]; i++) {
        run.next = &nexts[i];
        play(&run);
    }
}

static void play_all_ends(struct run run)
{
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        run.ending = &endings[i];
        for (run.exchanges = 0; run.exchanges < MOST_EXCHANGES; run.exchanges++)
            play_all_nexts(run);
    }
}

static void every_crash_leaves_what_a_new_gateway_can_use(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scenes / sizeof scenes[0]; i++) {
        for (int adopts = scenes[i].needs_adoption; adopts < 2; adopts++)
            play_all_ends((struct run){.scene = &scenes[i], .adopts = adopts});
    }
    assert_int_equal(vg_arena_total_bytes(), 0);
}

/* The loops above reach behind the last exchange of the longest errand. */
static void no_errand_is_longer_than_the_worlds(void **state)
{
    toys *toy = toy_new();
    toy_world *world = toy_world_new(toy);
    unsigned words = 1;

    (void)state;
    half_deleted_with_aliases(world);
    toy_world_free(world);
    world = toy_world_new(toy);
    toy_log(toy);
    assert_int_equal(create(world), VG_OK);
    for (const char *at = toy_log(toy); *at; at++)
        words += *at == ' ';
    assert_in_range(words, 8, MOST_EXCHANGES - 1);
    toy_world_free(world);
    toy_free(toy);
}

static void what_is_nearly_made_is_read_while_nothing_can_be_written(void **state)
{
    static const vg_code codes[] = {VG_READ_ONLY, VG_NO_SPACE};
    toys *toy = toy_new();
    toy_world *world;
    vg_code code;

    (void)state;
    toy_vectors_adapter(toy)->can.supports_adoption = true;
    world = toy_world_new(toy);
    nearly_made(world);
    toy_world_free(world);
    world = toy_world_new(toy); /* which remembers nothing */
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        toy_script(toy, (toy_rule){VG_OP_META_UPDATE, 0, 1, TOY_REFUSE, codes[i]});
        assert_int_equal(toy_find(world, "a", &code), OLD_SIZE);
        assert_int_equal(toy_row(toy, "a")->state, VG_META_CREATING);
        /* who would change the row is told why that cannot be: it is not that it is not there */
        toy_script(toy, (toy_rule){VG_OP_META_UPDATE, 0, 1, TOY_REFUSE, codes[i]});
        assert_int_equal(toy_index(world, "a", "n", VG_INDEX_FLOAT), codes[i]);
        toy_script(toy, (toy_rule){VG_OP_META_UPDATE, 0, 1, TOY_REFUSE, codes[i]});
        assert_int_equal(toy_patch(world, "a", "{}"), codes[i]);
        toy_script(toy, (toy_rule){VG_OP_META_UPDATE, 0, 1, TOY_REFUSE, codes[i]});
        assert_int_equal(toy_change_aliases(world, "x=a"), codes[i]);
    }
    assert_int_equal(toy_find(world, "a", &code), OLD_SIZE);
    assert_int_equal(toy_row(toy, "a")->state, VG_META_READY);
    toy_world_free(world);
    toy_free(toy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_crash_leaves_what_a_new_gateway_can_use),
        cmocka_unit_test(no_errand_is_longer_than_the_worlds),
        cmocka_unit_test(what_is_nearly_made_is_read_while_nothing_can_be_written),
    };

    vg_log_set_level(VG_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
