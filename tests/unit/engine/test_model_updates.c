/* Random updates, alone and in lists, of points with two vectors, by ids and by filter, with
 * payload indexes coming and going and restarts in between; a plain array beside the store does the
 * same. Looked at without the engine's reading: disk, memory and value tables must all be the
 * model's. VG_SEED=… repeats a run. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "look.h"

enum { IDS = 40, KEYS = 4, TURNS = 400, LIST = 5, MOST = 6, VALUES = 5 };

static const char *const keys[KEYS] = {"n", "s", "v", "w"};
static const uint32_t sizes[2] = {2, 3};
static const char *const names[2] = {"", "b"};

/* Members in their order; texts for `s`, numbers for the others. */
typedef struct member {
    int key;
    uint32_t value;
} member;

typedef struct kept {
    bool exists, has[2];
    float vectors[2][3];
    member members[KEYS];
    int count;
    uint64_t version;
} kept;

typedef struct model {
    bench *bench;
    vg_arena *arena; /* of this turn */
    uint64_t seed;
    uint64_t operation;
    kept points[IDS];
    bool is_missed; /* an id of this update was not there */
} model;

static uint32_t below(model *m, uint32_t bound)
{
    return (uint32_t)(next_random(&m->seed) % bound);
}

static vg_point_id id_at(uint32_t place)
{
    vg_point_id id = number_id(place);

    if (place % 2) {
        id = (vg_point_id){.kind = VG_ID_TEXT,
                           .text = VG_LIT("abcdefghijklmnopqrstuvwxyzabcdefghijklmn")};
        id.text.len = place;
    }
    return id;
}

/* ---- payloads ---- */

static vg_slice text_of(vg_arena *arena, const member *members, int count, int null_key)
{
    vg_slice text = VG_LIT("{");

    for (int i = 0; i < count; i++)
        text = members[i].key == 1
                   ? vg_arena_printf(arena, VG_FMT "%s\"s\":\"t%" PRIu32 "\"", VG_ARG(text),
                                     i ? "," : "", members[i].value)
                   : vg_arena_printf(arena, VG_FMT "%s\"%s\":%" PRIu32, VG_ARG(text), i ? "," : "",
                                     keys[members[i].key], members[i].value);
    if (null_key >= 0)
        text = vg_arena_printf(arena, VG_FMT "%s\"%s\":null", VG_ARG(text), count ? "," : "",
                               keys[null_key]);
    return vg_arena_printf(arena, VG_FMT "}", VG_ARG(text));
}

static int find_member(const kept *k, int key)
{
    for (int i = 0; i < k->count; i++)
        if (k->members[i].key == key)
            return i;
    return -1;
}

static void set_member(kept *k, member one)
{
    int at = find_member(k, one.key);

    k->members[at < 0 ? k->count++ : at] = one;
}

static void remove_member(kept *k, int key)
{
    int at = find_member(k, key);

    if (at < 0)
        return;
    k->count--;
    for (int i = at; i < k->count; i++)
        k->members[i] = k->members[i + 1];
}

/* One or two members, of keys of their own. */
static int choose_members(model *m, member to[2])
{
    int key = (int)below(m, KEYS);

    to[0] = (member){key, below(m, VALUES)};
    to[1] = (member){(key + 1) % KEYS, below(m, VALUES)};
    return 1 + (int)below(m, 2);
}

/* ---- one update: chosen, and done to the model ---- */

typedef struct choice {
    vg_update update;
    uint32_t places[MOST]; /* of ids and points */
    uint32_t count;
    bool by_filter;
    uint32_t value; /* … n is this */
    member members[2];
    int member_count, null_key;
    float floats[MOST][2][3];
    bool given[MOST][2];
    int cut;
} choice;

static const vg_op_kind kinds[] = {
    VG_OP_UPSERT,
    VG_OP_UPSERT,
    VG_OP_UPSERT,
    VG_OP_DELETE,
    VG_OP_SET_PAYLOAD,
    VG_OP_SET_PAYLOAD,
    VG_OP_OVERWRITE_PAYLOAD,
    VG_OP_DELETE_PAYLOAD,
    VG_OP_CLEAR_PAYLOAD,
    VG_OP_UPDATE_VECTORS,
    VG_OP_DELETE_VECTORS,
};

static void choose_vectors(model *m, choice *c, uint32_t i, vg_point *point)
{
    vg_vector *vectors = VG_TAKE_N(m->arena, vg_vector, 2);

    for (int place = 0; place < 2; place++) {
        c->given[i][place] = below(m, 3) > 0;
        if (!c->given[i][place])
            continue;
        for (uint32_t k = 0; k < sizes[place]; k++)
            c->floats[i][place][k] = (float)below(m, 100);
        vectors[point->vector_count++] = vector_of(names[place], c->floats[i][place], sizes[place]);
    }
    point->vectors = vectors;
}

static void choose_points(model *m, choice *c)
{
    vg_point *points = VG_TAKE_N(m->arena, vg_point, MOST);

    c->member_count = choose_members(m, c->members);
    for (uint32_t i = 0; i < c->count; i++) {
        points[i] = (vg_point){.id = id_at(c->places[i]),
                               .payload = text_of(m->arena, c->members, c->member_count, -1)};
        choose_vectors(m, c, i, &points[i]);
    }
    c->update.points = points;
    c->update.point_count = c->count;
}

static void choose_ids(model *m, choice *c)
{
    vg_point_id *ids = VG_TAKE_N(m->arena, vg_point_id, MOST);
    vg_condition *condition = VG_TAKE(m->arena, vg_condition);
    vg_filter *filter = VG_TAKE(m->arena, vg_filter);

    c->by_filter = below(m, 3) == 0;
    c->value = below(m, VALUES);
    for (uint32_t i = 0; i < c->count; i++)
        ids[i] = id_at(c->places[i]);
    *condition = (vg_condition){.test = VG_TEST_MATCH_VALUE,
                                .key = VG_LIT("n"),
                                .as.value = {.kind = VG_MATCH_INTEGER, .integer = c->value}};
    filter->must = (vg_clause){condition, 1};
    c->update.filter = filter;
    c->update.ids = ids;
    c->update.id_count = c->by_filter ? 0 : c->count;
}

static void choose_change(model *m, choice *c)
{
    vg_slice *words = VG_TAKE_N(m->arena, vg_slice, 1);

    choose_ids(m, c);
    c->member_count = choose_members(m, c->members);
    c->null_key = c->update.kind == VG_OP_SET_PAYLOAD && below(m, 3) == 0
                      ? (c->members[0].key + 2) % KEYS
                      : -1;
    c->cut = (int)below(m, 2);
    c->update.payload = text_of(m->arena, c->members, c->member_count, c->null_key);
    words[0] = vg_slice_str(c->update.kind == VG_OP_DELETE_PAYLOAD ? keys[c->members[0].key]
                                                                   : names[c->cut]);
    c->update.names = words;
    c->update.name_count = 1;
}

static void choose(model *m, choice *c)
{
    *c = (choice){.count = 1 + below(m, MOST), .null_key = -1};
    c->update.kind = kinds[below(m, sizeof kinds / sizeof *kinds)];
    for (uint32_t i = 0; i < c->count; i++)
        c->places[i] = below(m, IDS);
    if (c->update.kind == VG_OP_UPSERT || c->update.kind == VG_OP_UPDATE_VECTORS)
        choose_points(m, c);
    else
        choose_change(m, c);
}

static void change_vectors(kept *k, const choice *c, uint32_t i)
{
    for (int place = 0; place < 2; place++) {
        if (!c->given[i][place])
            continue;
        k->has[place] = true;
        memcpy(k->vectors[place], c->floats[i][place], sizeof k->vectors[place]);
    }
}

static void change_payload(kept *k, const choice *c)
{
    if (c->update.kind == VG_OP_DELETE_PAYLOAD) {
        remove_member(k, c->members[0].key);
        return;
    }
    if (c->update.kind != VG_OP_SET_PAYLOAD)
        k->count = 0;
    for (int i = 0; c->update.kind != VG_OP_CLEAR_PAYLOAD && i < c->member_count; i++)
        set_member(k, c->members[i]);
    if (c->null_key >= 0)
        remove_member(k, c->null_key);
}

/* `i`: the point's place in the update. */
static void change_one(model *m, kept *k, const choice *c, uint32_t i)
{
    vg_op_kind kind = c->update.kind;

    if (kind == VG_OP_UPSERT)
        *k = (kept){.exists = true};
    if (!k->exists) {
        m->is_missed |= kind != VG_OP_DELETE && kind != VG_OP_DELETE_VECTORS;
        return;
    }
    k->version = m->operation;
    if (kind == VG_OP_UPSERT || kind == VG_OP_UPDATE_VECTORS)
        change_vectors(k, c, i);
    if (kind == VG_OP_UPSERT)
        for (int n = 0; n < c->member_count; n++)
            set_member(k, c->members[n]);
    else if (kind == VG_OP_DELETE)
        k->exists = false;
    else if (kind == VG_OP_DELETE_VECTORS)
        k->has[c->cut] = false;
    else if (kind != VG_OP_UPDATE_VECTORS)
        change_payload(k, c);
}

static bool is_selected(const kept *k, const choice *c)
{
    int at = find_member(k, 0);

    return k->exists && at >= 0 && k->members[at].value == c->value;
}

static void apply(model *m, const choice *c)
{
    m->operation++;
    m->is_missed = false;
    if (!c->by_filter)
        for (uint32_t i = 0; i < c->count; i++)
            change_one(m, &m->points[c->places[i]], c, i);
    else
        for (uint32_t i = 0; i < IDS; i++)
            if (is_selected(&m->points[i], c))
                change_one(m, &m->points[i], c, 0);
}

static void update_some(model *m)
{
    uint32_t count = below(m, 3) ? 1 : 1 + below(m, LIST);
    choice *choices = VG_TAKE_N(m->arena, choice, LIST);
    vg_update *updates = VG_TAKE_N(m->arena, vg_update, LIST);
    vg_code code = VG_OK;
    uint64_t operation;

    for (uint32_t i = 0; i < count; i++) {
        choose(m, &choices[i]);
        updates[i] = choices[i].update;
    }
    for (uint32_t i = 0; i < count && code == VG_OK; i++) {
        apply(m, &choices[i]);
        code = m->is_missed ? VG_NOT_FOUND : VG_OK;
    }
    assert_int_equal(update(m->bench, "c", updates, count, &operation), code);
    assert_int_equal(operation, m->operation);
}

/* ---- the rest ---- */

static const vg_index indexes[] = {{.kind = VG_INDEX_INTEGER},
                                   {.kind = VG_INDEX_KEYWORD},
                                   {.kind = VG_INDEX_FLOAT},
                                   {.kind = VG_INDEX_KEYWORD}};

static void index_some(model *m)
{
    uint32_t key = below(m, KEYS);
    vg_table *table =
        vg_store_find(m->bench->store, VG_LIT("c"), m->bench->arena, &m->bench->status);
    vg_write write = {.arena = m->bench->arena};
    vg_index index = indexes[key];

    index.key = vg_slice_str(keys[key]);
    if (below(m, 3) == 0)
        vg_write_prepare_unindex(&write, table, index.key);
    else
        assert_true(vg_write_prepare_index(&write, table, &index, below(m, 2)));
    assert_int_equal(finish(m->bench, &write), VG_OK);
    m->operation += 2;
    assert_int_equal(write.operation, m->operation);
    vg_table_let(table);
}

static void restart(model *m)
{
    bench_close(m->bench);
    bench_open(m->bench);
}

static void begin_anew(model *m)
{
    const vg_vector_params vectors[] = {{.size = 2, .distance = VG_DOT},
                                        {.name = VG_LIT("b"), .size = 3, .distance = VG_EUCLID}};
    const vg_collection_spec spec = {.vectors = vectors, .vector_count = 2};

    drop(m->bench, "c", NULL);
    m->operation = 0;
    memset(m->points, 0, sizeof m->points);
    assert_int_equal(create_spec(m->bench, "c", &spec), VG_OK);
}

static void check_point(model *m, uint32_t place)
{
    const kept *k = &m->points[place];
    vg_point_id id = id_at(place);
    vg_slice payload, wanted;
    uint64_t version;

    assert_int_equal(look_at_point(m->bench, "c", &id, &payload, &version), k->exists);
    if (!k->exists)
        return;
    wanted = text_of(m->arena, k->members, k->count, -1);
    if (payload.len > 0 || k->count > 0)
        must_be(payload, wanted.at);
    assert_int_equal(version, k->version);
    for (uint32_t i = 0; i < 2; i++) {
        const float *vector = look_at_vector(m->bench, "c", &id, i);

        assert_int_equal(vector != NULL, k->has[i]);
        if (vector)
            assert_memory_equal(vector, k->vectors[i], sizes[i] * sizeof(float));
    }
}

static void check(model *m)
{
    uint64_t count = 0;

    check_point(m, below(m, IDS));
    check_point(m, below(m, IDS));
    for (uint32_t i = 0; i < IDS; i++)
        count += m->points[i].exists;
    assert_int_equal(count_points(m->bench, "c"), count);
    if (below(m, 10) > 0)
        return;
    for (uint32_t i = 0; i < IDS; i++)
        check_point(m, i);
    expect_memory_to_be_the_disk(m->bench, "c");
    expect_indexes_to_be_right(m->bench, "c");
}

static void updates_do_to_the_store_what_they_do_to_the_model(void **state)
{
    model *m = calloc(1, sizeof *m);

    m->bench = *state;
    m->seed = seed_of_test();
    m->arena = vg_arena_new(1 << 24);
    begin_anew(m);
    for (int turn = 0; turn < TURNS; turn++) {
        uint32_t what = below(m, 100);

        vg_arena_free(m->arena);
        m->arena = vg_arena_new(1 << 24);
        if (what < 88)
            update_some(m);
        else if (what < 96)
            index_some(m);
        else if (what < 99)
            restart(m);
        else
            begin_anew(m);
        check(m);
    }
    vg_arena_free(m->arena);
    free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(updates_do_to_the_store_what_they_do_to_the_model, bench_up,
                                        bench_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
