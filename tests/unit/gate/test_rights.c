/* Who may do what, by rows that FACTS 12 gives: for each credential there is, each kind of request
 * and the text of its refusal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "gate/rights.h"

static const vg_filter mine;
static const vg_collection_access listed[] = {
    {VG_LIT_INIT("r"), VG_ACCESS_READ, NULL},
    {VG_LIT_INIT("prw"), VG_ACCESS_POINTS, NULL},
    {VG_LIT_INIT("rw"), VG_ACCESS_WRITE, NULL},
    {VG_LIT_INIT("m"), VG_ACCESS_MANAGE, NULL},
    {VG_LIT_INIT("r-mine"), VG_ACCESS_READ, &mine},
    {VG_LIT_INIT("rw-mine"), VG_ACCESS_WRITE, &mine},
    {VG_LIT_INIT("none"), VG_ACCESS_NONE, NULL},
    {VG_LIT_INIT("rw"), VG_ACCESS_NONE, NULL}, /* the first stands */
};
enum { LISTED = sizeof listed / sizeof listed[0] };

#define TENANT(word) .tenant = {.name = VG_LIT_INIT(word)}
static const vg_identity reader = {.global = VG_ACCESS_READ, TENANT("alice")};
static const vg_identity pointer = {.global = VG_ACCESS_POINTS, TENANT("alice")};
static const vg_identity writer = {.global = VG_ACCESS_WRITE, TENANT("alice")};
static const vg_identity manager = {.global = VG_ACCESS_MANAGE, TENANT("alice")};
static const vg_identity scraper = {.global = VG_ACCESS_READ, TENANT("default")};
static const vg_identity chooser = {
    .global = VG_ACCESS_MANAGE, TENANT("alice"), .may_choose_tenant = true};
static const vg_identity sole = {.global = VG_ACCESS_MANAGE,
                                 .tenant = {.name = VG_LIT_INIT("x"), .is_sole = true}};
static const vg_identity lister = {TENANT("default"), .collections = listed,
                                   .collection_count = LISTED};

static const char *judge(const vg_identity *who, vg_right right, const char *collection)
{
    static char text[256];
    vg_arena *arena = vg_arena_new(1 << 12);
    vg_status status = {0};
    bool may = vg_rights_judge(who, right, vg_slice_str(collection), arena, &status);

    assert_int_equal(status.code, may ? VG_OK : VG_FORBIDDEN);
    snprintf(text, sizeof text, VG_FMT, VG_ARG(status.what));
    vg_arena_free(arena);
    return text;
}

#define GLOBAL        "Global access is required"
#define GLOBAL_MANAGE "Global manage access is required"
#define ACCESS(c)     "Access to collection " c " is required"
#define WRITE(c)      "Write access to collection " c " is required"
#define POINTS(c)     "Only points access is allowed for collection " c
#define PAYLOAD(c) \
    "This operation is not allowed when \"payload\" restriction is present for collection " c

struct row {
    const char *says;
    const vg_identity *who;
    const char *collection;
    vg_op_kind kind;
    const char *text; /* "": it may */
};

/* clang-format off */
static const struct row rows[] = {
    {"a read-only key reads points", &reader, "x", VG_OP_SEARCH, ""},
    {"… by id", &reader, "x", VG_OP_GET, ""},
    {"… and what a collection is", &reader, "x", VG_OP_DESCRIBE, ""},
    {"… lists", &reader, "", VG_OP_LIST, ""},
    {"… aliases of one", &reader, "x", VG_OP_LIST_ALIASES, ""},
    {"… jobs", &reader, NULL, VG_OP_LIST_JOBS, ""},
    {"… one job", &reader, NULL, VG_OP_GET_JOB, ""},
    {"… asks how the backend is", &reader, NULL, VG_OP_HEALTH, ""},
    {"… writes no points", &reader, "x", VG_OP_UPSERT, GLOBAL_MANAGE},
    {"… deletes none", &reader, "x", VG_OP_DELETE, GLOBAL_MANAGE},
    {"… nor in a batch", &reader, "x", VG_OP_BATCH, GLOBAL_MANAGE},
    {"… declares no field", &reader, "x", VG_OP_CREATE_INDEX, GLOBAL_MANAGE},
    {"… makes no collection", &reader, "x", VG_OP_CREATE_COLLECTION, GLOBAL_MANAGE},
    {"… changes none", &reader, "x", VG_OP_UPDATE_COLLECTION, GLOBAL_MANAGE},
    {"… deletes none", &reader, "x", VG_OP_DROP_COLLECTION, GLOBAL_MANAGE},
    {"… changes no aliases", &reader, NULL, VG_OP_CHANGE_ALIASES, GLOBAL_MANAGE},
    {"… ends no job", &reader, NULL, VG_OP_CANCEL_JOB, GLOBAL_MANAGE},

    {"points of all: writes points", &pointer, "x", VG_OP_UPSERT, ""},
    {"… declares no field", &pointer, "x", VG_OP_DROP_INDEX, POINTS("x")},
    {"… makes no collection", &pointer, "x", VG_OP_CREATE_COLLECTION, GLOBAL_MANAGE},

    {"a writing key writes points", &writer, "x", VG_OP_UPSERT, ""},
    {"… declares fields", &writer, "x", VG_OP_CREATE_INDEX, ""},
    {"… makes no collection", &writer, "x", VG_OP_CREATE_COLLECTION, GLOBAL_MANAGE},
    {"… changes no aliases", &writer, NULL, VG_OP_CHANGE_ALIASES, GLOBAL_MANAGE},
    {"… ends no job", &writer, NULL, VG_OP_CANCEL_JOB, GLOBAL_MANAGE},
    {"… erases nobody", &writer, NULL, VG_OP_ERASE_TENANT, GLOBAL_MANAGE},

    {"a managing key makes collections", &manager, "x", VG_OP_CREATE_COLLECTION, ""},
    {"… changes aliases", &manager, NULL, VG_OP_CHANGE_ALIASES, ""},
    {"… ends jobs", &manager, NULL, VG_OP_CANCEL_JOB, ""},
    {"… erases itself", &manager, NULL, VG_OP_ERASE_TENANT, ""},
    {"… has no part in what is inside", &manager, "x", VG_OP_META_LIST, GLOBAL},
    {"whom no table knows is kept from a tenant", &manager, "x", VG_OP_BUILD_INDEX, GLOBAL},
    {"… but not from an operator", &sole, "x", VG_OP_BUILD_INDEX, ""},

    {"what is not listed is not read", &lister, "x", VG_OP_SEARCH, ACCESS("x")},
    {"… not written", &lister, "x", VG_OP_UPSERT, ACCESS("x")},
    {"… not described", &lister, "x", VG_OP_DESCRIBE, ACCESS("x")},
    {"… not declared", &lister, "x", VG_OP_CREATE_INDEX, ACCESS("x")},
    {"… not made", &lister, "x", VG_OP_CREATE_COLLECTION, GLOBAL},
    {"a name without a letter is not listed", &lister, "", VG_OP_SEARCH, ACCESS("")},
    {"listed for nothing", &lister, "none", VG_OP_SEARCH, ACCESS("none")},
    {"listed twice: the first", &lister, "rw", VG_OP_UPSERT, ""},
    {"r: reads", &lister, "r", VG_OP_QUERY, ""},
    {"r: by id", &lister, "r", VG_OP_GET, ""},
    {"r: what it is", &lister, "r", VG_OP_DESCRIBE, ""},
    {"r: writes nothing", &lister, "r", VG_OP_UPSERT, WRITE("r")},
    {"r: declares nothing", &lister, "r", VG_OP_CREATE_INDEX, WRITE("r")},
    {"r: is not deleted", &lister, "r", VG_OP_DROP_COLLECTION, GLOBAL},
    {"prw: reads", &lister, "prw", VG_OP_SCROLL, ""},
    {"prw: what it is", &lister, "prw", VG_OP_DESCRIBE, ""},
    {"prw: writes points", &lister, "prw", VG_OP_SET_PAYLOAD, ""},
    {"prw: declares nothing", &lister, "prw", VG_OP_CREATE_INDEX, POINTS("prw")},
    {"prw: is not changed", &lister, "prw", VG_OP_UPDATE_COLLECTION, GLOBAL},
    {"rw: writes points", &lister, "rw", VG_OP_CLEAR_PAYLOAD, ""},
    {"rw: declares", &lister, "rw", VG_OP_DROP_INDEX, ""},
    {"rw: is not changed", &lister, "rw", VG_OP_UPDATE_COLLECTION, GLOBAL},
    {"m: is made", &lister, "m", VG_OP_CREATE_COLLECTION, ""},
    {"m: is changed", &lister, "m", VG_OP_UPDATE_COLLECTION, ""},
    {"m: is deleted", &lister, "m", VG_OP_DROP_COLLECTION, ""},
    {"m: is written", &lister, "m", VG_OP_UPDATE_VECTORS, ""},
    {"m: declares", &lister, "m", VG_OP_CREATE_INDEX, ""},
    {"lists, which are cut", &lister, NULL, VG_OP_LIST, ""},
    {"no jobs", &lister, NULL, VG_OP_LIST_JOBS, GLOBAL},
    {"no backend", &lister, NULL, VG_OP_HEALTH, GLOBAL},
    {"aliases, by their names in the body", &lister, NULL, VG_OP_CHANGE_ALIASES, ""},

    {"restricted: is searched", &lister, "r-mine", VG_OP_SEARCH, ""},
    {"restricted: queried", &lister, "r-mine", VG_OP_QUERY, ""},
    {"restricted: grouped", &lister, "r-mine", VG_OP_GROUPS, ""},
    {"restricted: compared", &lister, "r-mine", VG_OP_MATRIX, ""},
    {"restricted: paged", &lister, "r-mine", VG_OP_SCROLL, ""},
    {"restricted: counted", &lister, "r-mine", VG_OP_COUNT, ""},
    {"restricted: its values", &lister, "r-mine", VG_OP_FACET, ""},
    {"restricted: its aliases", &lister, "r-mine", VG_OP_LIST_ALIASES, ""},
    {"restricted: not by id", &lister, "r-mine", VG_OP_GET, PAYLOAD("r-mine")},
    {"restricted: not what it is", &lister, "r-mine", VG_OP_DESCRIBE, PAYLOAD("r-mine")},
    {"restricted: reading comes first", &lister, "r-mine", VG_OP_UPSERT, WRITE("r-mine")},
    {"restricted: no points", &lister, "rw-mine", VG_OP_UPSERT, PAYLOAD("rw-mine")},
    {"restricted: no vectors", &lister, "rw-mine", VG_OP_UPDATE_VECTORS, PAYLOAD("rw-mine")},
    {"restricted: no payload set", &lister, "rw-mine", VG_OP_SET_PAYLOAD, PAYLOAD("rw-mine")},
    {"restricted: none replaced", &lister, "rw-mine", VG_OP_OVERWRITE_PAYLOAD, PAYLOAD("rw-mine")},
    {"restricted: none deleted", &lister, "rw-mine", VG_OP_DELETE_PAYLOAD, PAYLOAD("rw-mine")},
    {"restricted: none emptied", &lister, "rw-mine", VG_OP_CLEAR_PAYLOAD, PAYLOAD("rw-mine")},
    {"restricted: no field", &lister, "rw-mine", VG_OP_CREATE_INDEX, PAYLOAD("rw-mine")},
    {"restricted: points deleted", &lister, "rw-mine", VG_OP_DELETE, ""},
    {"restricted: vectors deleted", &lister, "rw-mine", VG_OP_DELETE_VECTORS, ""},
    {"restricted: a batch, part by part", &lister, "rw-mine", VG_OP_BATCH, ""},
};

static const struct {
    const char *says;
    const vg_identity *who;
    vg_right right;
    const char *collection;
    const char *text;
} routes[] = {
    {"does it exist?", &lister, VG_RIGHT_READ, "r-mine", ""},
    {"does another?", &lister, VG_RIGHT_READ, "x", ACCESS("x")},
    {"metrics: an operator's", &scraper, VG_RIGHT_GATEWAY_READ, NULL, ""},
    {"metrics: not a tenant's", &manager, VG_RIGHT_GATEWAY_READ, NULL, GLOBAL},
    {"metrics: who may choose", &chooser, VG_RIGHT_GATEWAY_READ, NULL, ""},
    {"metrics: not with a list", &lister, VG_RIGHT_GATEWAY_READ, NULL, GLOBAL},
    {"tenants: not by reading", &scraper, VG_RIGHT_GATEWAY_MANAGE, NULL, GLOBAL_MANAGE},
    {"tenants: an operator", &chooser, VG_RIGHT_GATEWAY_MANAGE, NULL, ""},
    {"locks", &reader, VG_RIGHT_GLOBAL_MANAGE, NULL, GLOBAL_MANAGE},
    {"capabilities: whoever", &lister, VG_RIGHT_ANY, NULL, ""},
    {"snapshots: of points only", &lister, VG_RIGHT_READ_OBJECT, "prw", POINTS("prw")},
    {"snapshots: read", &lister, VG_RIGHT_READ_OBJECT, "r", ""},
    {"snapshots: made", &lister, VG_RIGHT_WRITE_OBJECT, "r", WRITE("r")},
    {"snapshots: restricted", &lister, VG_RIGHT_READ_OBJECT, "r-mine", PAYLOAD("r-mine")},
    {"not known yet: is judged later", &lister, VG_RIGHT_MANAGE, NULL, ""},
    {"not known yet: by all", &reader, VG_RIGHT_MANAGE, NULL, GLOBAL_MANAGE},
};
/* clang-format on */

static void each_kind_is_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        const char *text = judge(row->who, vg_right_of(row->kind), row->collection);

        if (strcmp(text, row->text) != 0)
            fail_msg("%s (%s): want \"%s\", got \"%s\"", row->says, vg_op_describe(row->kind)->name,
                     row->text, text);
    }
}

static void what_no_kind_says_is_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        const char *text = judge(routes[i].who, routes[i].right, routes[i].collection);

        if (strcmp(text, routes[i].text) != 0)
            fail_msg("%s: want \"%s\", got \"%s\"", routes[i].says, routes[i].text, text);
    }
}

/* ---- what a body names ---- */

static const char *judge_op(const vg_identity *who, vg_op *op)
{
    static char text[256];
    vg_status status = {0};
    bool may;

    op->arena = vg_arena_new(1 << 12);
    may = vg_rights_judge_op(who, vg_right_of(op->kind), op, &status);
    assert_int_equal(status.code, may ? VG_OK : VG_FORBIDDEN);
    snprintf(text, sizeof text, VG_FMT, VG_ARG(status.what));
    vg_arena_free(op->arena);
    return text;
}

static const char *judge_lookup(const char *in_query, const char *in_prefetch,
                                const char *of_groups)
{
    const vg_query prefetch = {.lookup_collection = vg_slice_str(in_prefetch)};
    vg_query query = {.lookup_collection = vg_slice_str(in_query)};
    vg_op op = {.kind = VG_OP_GROUPS, .name = VG_LIT("r-mine")};
    char as_query[256];

    query.prefetch = in_prefetch ? &prefetch : NULL;
    query.prefetch_count = in_prefetch != NULL;
    if (!of_groups) {
        op.kind = VG_OP_QUERY;
        op.in.query.at = &query;
        op.in.query.count = 1;
        snprintf(as_query, sizeof as_query, "%s", judge_op(&lister, &op));
        op = (vg_op){.kind = VG_OP_GROUPS, .name = VG_LIT("r-mine")};
    }
    op.in.groups.query = query;
    op.in.groups.grouping.lookup_collection = vg_slice_str(of_groups);
    if (!of_groups)
        assert_string_equal(judge_op(&lister, &op), as_query);
    return judge_op(&lister, &op);
}

static void what_is_looked_up_elsewhere_must_be_readable_there(void **state)
{
    (void)state;
    assert_string_equal(judge_lookup(NULL, NULL, NULL), "");
    assert_string_equal(judge_lookup("r", NULL, NULL), "");
    assert_string_equal(judge_lookup("x", NULL, NULL), ACCESS("x"));
    assert_string_equal(judge_lookup("r-mine", NULL, NULL), PAYLOAD("r-mine"));
    assert_string_equal(judge_lookup(NULL, "prw", NULL), "");
    assert_string_equal(judge_lookup(NULL, "x", NULL), ACCESS("x"));
    assert_string_equal(judge_lookup(NULL, NULL, "rw"), "");
    assert_string_equal(judge_lookup(NULL, NULL, "x"), ACCESS("x"));
    assert_string_equal(judge_lookup(NULL, NULL, "rw-mine"), PAYLOAD("rw-mine"));
}

static const char *change_alias(const vg_identity *who, vg_alias_action action)
{
    vg_op op = {.kind = VG_OP_CHANGE_ALIASES};
    const vg_alias_action both[] = {{.kind = VG_ALIAS_DELETE, .name = VG_LIT_INIT("m")}, action};

    op.in.aliases.at = both;
    op.in.aliases.count = 2;
    return judge_op(who, &op);
}

static void aliases_take_the_right_to_every_name(void **state)
{
    static const vg_collection_access names[] = {
        {VG_LIT_INIT("m"), VG_ACCESS_MANAGE, NULL},
        {VG_LIT_INIT("n"), VG_ACCESS_MANAGE, NULL},
        {VG_LIT_INIT("rw"), VG_ACCESS_WRITE, NULL},
    };
    const vg_identity who = {.collections = names, .collection_count = 3};
    const vg_slice m = VG_LIT_INIT("m"), n = VG_LIT_INIT("n"), rw = VG_LIT_INIT("rw");

    (void)state;
    assert_string_equal(change_alias(&who, (vg_alias_action){VG_ALIAS_CREATE, n, m, {0}}), "");
    assert_string_equal(change_alias(&who, (vg_alias_action){VG_ALIAS_CREATE, n, rw, {0}}), GLOBAL);
    assert_string_equal(change_alias(&who, (vg_alias_action){VG_ALIAS_CREATE, rw, m, {0}}), GLOBAL);
    assert_string_equal(change_alias(&who, (vg_alias_action){VG_ALIAS_DELETE, rw, {0}, {0}}),
                        GLOBAL);
    assert_string_equal(change_alias(&who, (vg_alias_action){VG_ALIAS_RENAME, m, {0}, n}), "");
    assert_string_equal(change_alias(&who, (vg_alias_action){VG_ALIAS_RENAME, m, {0}, rw}), GLOBAL);
    assert_string_equal(change_alias(&who, (vg_alias_action){VG_ALIAS_RENAME, m, {0}, {0}}),
                        GLOBAL);
    assert_string_equal(change_alias(&manager, (vg_alias_action){VG_ALIAS_CREATE, n, rw, {0}}), "");
    assert_string_equal(change_alias(&writer, (vg_alias_action){VG_ALIAS_CREATE, n, m, {0}}),
                        GLOBAL_MANAGE);
}

/* ---- what an answer lists ---- */

static void lists_show_what_may_be_seen(void **state)
{
    static const vg_slice names[] = {VG_LIT_INIT("m"), VG_LIT_INIT("none"), VG_LIT_INIT("r-mine"),
                                     VG_LIT_INIT("x")};
    static const vg_alias aliases[] = {{VG_LIT_INIT("x"), VG_LIT_INIT("r")},
                                       {VG_LIT_INIT("r"), VG_LIT_INIT("x")}};
    vg_arena *arena = vg_arena_new(1 << 12);
    vg_op op = {.kind = VG_OP_LIST, .arena = arena};

    (void)state;
    op.out.names.at = names;
    op.out.names.count = 4;
    assert_true(vg_rights_cut(&reader, &op));
    assert_ptr_equal(op.out.names.at, names);
    assert_int_equal(op.out.names.count, 4);
    assert_true(vg_rights_cut(&lister, &op));
    assert_int_equal(op.out.names.count, 2);
    assert_true(vg_slice_is_str(op.out.names.at[0], "m"));
    assert_true(vg_slice_is_str(op.out.names.at[1], "r-mine"));
    for (int named = 0; named < 2; named++) {
        op = (vg_op){
            .kind = VG_OP_LIST_ALIASES, .arena = arena, .name = vg_slice_of("r", (size_t)named)};
        op.out.aliases.at = aliases;
        op.out.aliases.count = 2;
        assert_true(vg_rights_cut(&lister, &op));
        assert_int_equal(op.out.aliases.count, 1);
        assert_true(vg_slice_is_str(op.out.aliases.at[0].collection, "r"));
    }
    vg_arena_free(arena);
}

/* ---- what is asked of the plan ---- */

static const vg_claims *claims_of(vg_arena *arena, const vg_identity *who, const char *collection)
{
    const vg_claims *claims;

    assert_true(vg_rights_claims(who, vg_slice_str(collection), arena, &claims));
    return claims;
}

static void claims_are_those_of_the_collection(void **state)
{
    static const vg_filter there;
    vg_arena *arena = vg_arena_new(1 << 12);
    vg_identity who = lister, both = lister;

    (void)state;
    both.global = VG_ACCESS_READ; /* its list is not looked at */
    assert_null(claims_of(arena, &both, "r-mine"));
    assert_null(claims_of(arena, &lister, "rw"));
    assert_null(claims_of(arena, &lister, NULL));
    assert_null(claims_of(arena, &reader, "r-mine"));
    assert_ptr_equal(claims_of(arena, &lister, "r-mine")->only, &mine);
    assert_null(claims_of(arena, &lister, "r-mine")->exists);
    who.exists = &there;
    who.exists_in = VG_LIT("users");
    assert_null(claims_of(arena, &who, "rw")->only);
    assert_ptr_equal(claims_of(arena, &who, "rw")->exists, &there);
    assert_true(vg_slice_is_str(claims_of(arena, &who, NULL)->exists_in, "users"));
    assert_ptr_equal(claims_of(arena, &who, "rw-mine")->only, &mine);
    vg_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_is_judged),
        cmocka_unit_test(what_no_kind_says_is_judged),
        cmocka_unit_test(what_is_looked_up_elsewhere_must_be_readable_there),
        cmocka_unit_test(aliases_take_the_right_to_every_name),
        cmocka_unit_test(lists_show_what_may_be_seen),
        cmocka_unit_test(claims_are_those_of_the_collection),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
