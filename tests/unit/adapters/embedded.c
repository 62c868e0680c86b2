/* See embedded.h. */
#include "embedded.h"

#include <stdlib.h>

#include "vecgate/json.h"

static void open_backend(scene *s)
{
    vg_status status = {0};

    assert_int_equal(vg_embedded.conf_size, sizeof s->conf);
    s->conf[0] = 64;
    s->conf[1] = 1 << 20;
    s->conf[2] = 2;
    s->backend = (vg_backend){.adapter = &vg_embedded, .conf = s->conf};
    assert_int_equal(vg_embedded.open(&s->backend, vg_slice_str(s->dir), s->arena, &status), VG_OK);
}

int up(void **state)
{
    scene *s = calloc(1, sizeof *s);

    s->arena = vg_arena_new(1 << 26);
    s->scratch = vg_arena_new(1 << 26);
    make_directory(s->dir);
    open_backend(s);
    s->who.name = VG_LIT("default");
    s->collection.name = s->collection.physical = VG_LIT("c");
    *state = s;
    return 0;
}

int down(void **state)
{
    scene *s = *state;

    vg_arena_free(s->scratch); /* results hold collections */
    vg_embedded.close(&s->backend);
    vg_arena_free(s->arena);
    remove_directory(s->dir);
    free(s);
    return 0;
}

vg_op *begin(scene *s, vg_op_kind kind)
{
    s->op = (vg_op){.magic = VG_OP_MAGIC,
                    .kind = kind,
                    .arena = s->arena,
                    .who = &s->who,
                    .collection = &s->collection};
    return &s->op;
}

vg_code run(scene *s)
{
    return run_steps(&s->backend, &s->op, s->scratch, NULL);
}

vg_code create(scene *s, uint32_t size, vg_distance distance)
{
    static vg_vector_params vector;

    vector = (vg_vector_params){.size = size, .distance = distance, .on_disk = -1};
    begin(s, VG_OP_CREATE_COLLECTION);
    s->op.in.create.physical = VG_LIT("c");
    s->op.in.create.spec = (vg_collection_spec){
        .vectors = &vector, .vector_count = 1, .settings = VG_LIT("{\"shard_number\":1}")};
    return run(s);
}

vg_vector json_vector(scene *s, const char *text)
{
    size_t len = strlen(text), bad;
    char *at = vg_arena_take_zero(s->arena, 1, len + VG_JSON_PAD);
    vg_vector vector = {.form = VG_VECTOR_JSON};
    size_t count = 0;

    memcpy(at, text, len);
    vector.bytes = vg_slice_of(at, len);
    assert_true(vg_json_check_numbers(vector.bytes, &count, &bad));
    vector.count = (uint32_t)count;
    return vector;
}

vg_point_id number(uint64_t num)
{
    return (vg_point_id){.kind = VG_ID_NUM, .num = num};
}

vg_code upsert_one(scene *s, vg_point_id id, const char *vector, const char *payload)
{
    vg_vector *made = VG_TAKE(s->arena, vg_vector);
    vg_point *point = VG_TAKE(s->arena, vg_point);
    vg_update *update;

    if (vector)
        *made = json_vector(s, vector);
    *point = (vg_point){.id = id,
                        .vectors = made,
                        .vector_count = vector != NULL,
                        .payload = vg_slice_str(payload)};
    begin(s, VG_OP_UPSERT);
    update = vg_op_update(&s->op);
    update->points = point;
    update->point_count = 1;
    return run(s);
}

vg_search *ask(scene *s, uint32_t count)
{
    vg_search *queries = VG_TAKE_N(s->arena, vg_search, count);

    begin(s, VG_OP_SEARCH);
    s->op.in.search.queries = queries;
    s->op.in.search.count = count;
    for (uint32_t i = 0; i < count; i++)
        queries[i].limit = 10;
    return queries;
}
