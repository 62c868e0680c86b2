/* See toy_points.h. */
#include "tests/support/toy_points.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "filter/eval.h"
#include "filter/project.h"
#include "tests/support/toy_stores.h"

/* ---- what is there ---- */

static toy_point *find_point(const struct collection *collection, uint64_t id)
{
    for (unsigned i = 0; i < collection->point_count; i++)
        if (collection->points[i].id == id)
            return &collection->points[i];
    return NULL;
}

static int by_id(const void *a, const void *b)
{
    const toy_point *one = a, *two = b;

    return (one->id > two->id) - (one->id < two->id);
}

void toy_keep_point(struct collection *collection, toy_point point)
{
    toy_point *old = find_point(collection, point.id);

    if (old) {
        *old = point;
        return;
    }
    collection->points =
        realloc(collection->points, (collection->point_count + 1) * sizeof *collection->points);
    VG_CHECK(collection->points);
    collection->points[collection->point_count++] = point;
    qsort(collection->points, collection->point_count, sizeof *collection->points, by_id);
}

void toy_lose_point(struct collection *collection, uint64_t id)
{
    toy_point *point = find_point(collection, id), *end;

    VG_CHECK(point);
    end = collection->points + --collection->point_count;
    memmove(point, point + 1, (size_t)(end - point) * sizeof *point);
}

void toy_put_point(toys *toy, const char *name, toy_point point)
{
    struct collection *collection = toy_find_collection(toy, vg_slice_str(name));

    VG_CHECK(collection);
    toy_keep_point(collection, point);
}

void toy_drop_point(toys *toy, const char *name, uint64_t id)
{
    struct collection *collection = toy_find_collection(toy, vg_slice_str(name));

    VG_CHECK(collection);
    toy_lose_point(collection, id);
}

void toy_put_part(toys *toy, const char *tenant, const char *name, toy_point point)
{
    struct collection *part = toy_find_part(toy, vg_slice_str(tenant), vg_slice_str(name));

    VG_CHECK(part);
    toy_keep_point(part, point);
}

void toy_make_able(toys *toy)
{
    vg_capabilities *can = &toy_vectors_adapter(toy)->can;

    can->supports_metadata_filter = true;
    can->supports_batch_search = true;
    can->supports_search_by_id = true;
    can->supports_examples = true;
    can->supports_sampling = true;
    can->supports_order_by = true;
    can->filter_tests = (1u << VG_TESTS) - 1;
}

/* ---- one read ---- */

typedef struct reading {
    toy_work *w;
    const struct collection *collection;
    vg_arena *arena;
    const vg_json **payloads; /* of each point */
} reading;

static vg_slice padded(vg_arena *arena, const char *text)
{
    size_t len = strlen(text);
    char *copy = vg_arena_take_zero(arena, 1, len + VG_JSON_PAD);

    VG_CHECK(copy);
    memcpy(copy, text, len);
    return vg_slice_of(copy, len);
}

static vg_slice payload_of(const reading *r, const toy_point *point)
{
    return padded(r->arena, point->payload ? point->payload : "{}");
}

static void read_payloads(reading *r)
{
    vg_status status = {0};

    r->payloads = VG_TAKE_N(r->arena, const vg_json *, (size_t)r->collection->point_count + 1);
    VG_CHECK(r->payloads);
    for (unsigned i = 0; i < r->collection->point_count; i++) {
        r->payloads[i] = vg_json_read(r->arena, payload_of(r, &r->collection->points[i]),
                                      VG_JSON_DEPTH, &status);
        VG_CHECK(r->payloads[i]);
    }
}

static const float *floats_of(const toy_point *point, vg_slice name)
{
    for (int i = 0; i < TOY_VECTORS; i++)
        if (point->vectors[i].name && vg_slice_is_str(name, point->vectors[i].name))
            return point->vectors[i].at;
    return NULL;
}

static bool passes(const reading *r, const vg_filter *filter, unsigned i)
{
    const toy_point *point = &r->collection->points[i];
    vg_slice names[TOY_VECTORS];
    vg_status status = {0};
    vg_subject subject = {
        .id = {.kind = VG_ID_NUM, .num = point->id}, .payload = r->payloads[i], .vectors = names};
    const vg_ready *ready = filter ? vg_ready_make(r->arena, filter, NULL, &status) : NULL;

    for (int k = 0; k < TOY_VECTORS; k++)
        if (point->vectors[k].name)
            names[subject.vector_count++] = vg_slice_str(point->vectors[k].name);
    VG_CHECK(!filter || ready);
    return !filter || vg_eval(ready, &subject);
}

/* ---- what is shown of a point ---- */

static bool wants(const vg_vector_selector *selector, const char *name)
{
    if (selector->want != VG_VECTORS_NAMED)
        return selector->want == VG_VECTORS_ALL;
    for (uint32_t i = 0; i < selector->name_count; i++)
        if (vg_slice_is_str(selector->names[i], name))
            return true;
    return false;
}

static void show_vectors(const reading *r, const toy_point *point,
                         const vg_vector_selector *selector, vg_point *out)
{
    vg_vector *vectors = VG_TAKE_N(r->arena, vg_vector, TOY_VECTORS);

    out->has_vectors = selector->want != VG_VECTORS_NONE;
    out->vectors = vectors;
    for (int i = 0; i < TOY_VECTORS; i++) {
        const char *name = point->vectors[i].name;
        uint32_t size = point->vectors[i].size > 0 ? point->vectors[i].size : TOY_SIZE;

        if (!name || !wants(selector, name))
            continue;
        vectors[out->vector_count++] = (vg_vector){
            .name = vg_slice_str(name),
            .form = VG_VECTOR_F32,
            .bytes = vg_arena_copy(
                r->arena, vg_slice_of((const char *)point->vectors[i].at, size * sizeof(float))),
            .count = size,
        };
    }
}

static vg_point show(const reading *r, const toy_point *point, const vg_payload_selector *payload,
                     const vg_vector_selector *vectors)
{
    vg_point out = {.id = {.kind = VG_ID_NUM, .num = point->id}, .version = 7};
    vg_projection projection;
    vg_status status = {0};

    out.has_payload = payload->want != VG_PAYLOAD_NONE;
    if (out.has_payload) {
        VG_CHECK(vg_project_read(r->arena, payload, &projection, &status));
        out.payload = vg_project(r->arena, &projection, payload_of(r, point), &status);
    }
    show_vectors(r, point, vectors, &out);
    return out;
}

static vg_point *room_for(const reading *r)
{
    vg_point *points = VG_TAKE_N(r->arena, vg_point, (size_t)r->collection->point_count + 1);

    VG_CHECK(points);
    return points;
}

/* ---- GET ---- */

static bool was_shown(const vg_point *points, uint32_t count, const vg_point_id *id)
{
    for (uint32_t i = 0; i < count; i++)
        if (vg_point_id_cmp(&points[i].id, id) == 0)
            return true;
    return false;
}

static void do_get(const reading *r)
{
    const vg_op_input *in = &r->w->op->in;
    vg_point *points = room_for(r);
    uint32_t used = 0;

    for (uint32_t i = 0; i < in->get.count; i++) {
        const vg_point_id *id = &in->get.ids[i];
        const toy_point *point = id->kind == VG_ID_NUM ? find_point(r->collection, id->num) : NULL;

        if (point && !was_shown(points, used, id))
            points[used++] = show(r, point, &in->get.with_payload, &in->get.with_vectors);
    }
    r->w->try->result.points = (vg_points){points, used};
}

/* ---- SCROLL and SEARCH: keys, sorted ---- */

typedef struct key {
    unsigned place;
    double by; /* ascending */
    uint64_t id;
} key;

static int by_key(const void *a, const void *b)
{
    const key *one = a, *two = b;

    if (one->by != two->by)
        return one->by < two->by ? -1 : 1;
    return (one->id > two->id) - (one->id < two->id);
}

static bool order_of(const reading *r, unsigned i, double *by)
{
    const vg_op *op = r->w->op;
    vg_status status = {0};
    const vg_json *value;

    if (op->in.scroll.is_random) {
        *by = (double)((r->collection->points[i].id * 2654435761u +
                        (uint64_t)op->chance[0] * 40503u) %
                       9973);
        return true;
    }
    if (op->in.scroll.order.key.len == 0)
        return true;
    value = vg_json_get(r->payloads[i], op->in.scroll.order.key);
    if (!value || !vg_json_read_f64(r->arena, value, by, &status))
        return false;
    *by = op->in.scroll.order.descends ? -*by : *by;
    return true;
}

static void do_scroll(const reading *r)
{
    const vg_op_input *in = &r->w->op->in;
    key *keys = VG_TAKE_N(r->arena, key, (size_t)r->collection->point_count + 1);
    vg_point *points = room_for(r);
    uint32_t used = 0;

    for (unsigned i = 0; i < r->collection->point_count; i++) {
        keys[used] = (key){.place = i, .id = r->collection->points[i].id};
        used += passes(r, in->scroll.filter, i) && order_of(r, i, &keys[used].by);
    }
    qsort(keys, used, sizeof *keys, by_key);
    used = used < in->scroll.limit ? used : in->scroll.limit;
    for (uint32_t i = 0; i < used; i++)
        points[i] = show(r, &r->collection->points[keys[i].place], &in->scroll.with_payload,
                         &in->scroll.with_vectors);
    r->w->try->result.page.points = (vg_points){points, used};
}

static bool is_left_out(const vg_search *search, uint64_t id)
{
    if (search->by_id.kind != VG_ID_NONE && search->by_id.num == id)
        return true;
    for (uint32_t i = 0; i < search->except_count; i++)
        if (search->except[i].num == id)
            return true;
    return false;
}

static const float *target_of(const reading *r, const vg_search *search)
{
    const toy_point *point;

    if (search->by_id.kind == VG_ID_NONE)
        return vg_vector_floats(r->arena, &search->vector, &r->w->try->status);
    point = find_point(r->collection, search->by_id.num);
    if (!point)
        toy_fail(r->w, VG_NOT_FOUND, "No point with that id found", "point");
    if (!point && r->w->op->kind == VG_OP_SEARCH && r->w->op->in.search.is_list)
        r->w->try->status.where = vg_arena_printf(r->arena, "searches[%u].id",
                                                  (unsigned)(search - r->w->op->in.search.queries));
    return point ? floats_of(point, search->using_name) : NULL;
}

static float dot(const float *a, const float *b)
{
    float sum = 0;

    for (int i = 0; i < TOY_SIZE; i++)
        sum += a[i] * b[i];
    return sum;
}

static uint32_t sort_hits(const reading *r, const vg_search *search, const float *target, key *keys)
{
    uint32_t used = 0;

    for (unsigned i = 0; i < r->collection->point_count; i++) {
        const toy_point *point = &r->collection->points[i];
        const float *floats = floats_of(point, search->using_name);

        if (!floats || is_left_out(search, point->id) || !passes(r, search->filter, i))
            continue;
        keys[used] = (key){i, -(double)dot(floats, target), point->id};
        used += !search->has_threshold || -keys[used].by > (double)search->threshold;
    }
    qsort(keys, used, sizeof *keys, by_key);
    return used;
}

static bool do_query(const reading *r, const vg_search *search, vg_points *out)
{
    key *keys = VG_TAKE_N(r->arena, key, (size_t)r->collection->point_count + 1);
    const float *target = target_of(r, search);
    vg_point *points = room_for(r);
    uint32_t used = target ? sort_hits(r, search, target, keys) : 0;

    *out = (vg_points){.at = points};
    for (uint32_t i = search->offset; i < used && out->count < search->limit; i++) {
        vg_point *point = &points[out->count++];

        *point = show(r, &r->collection->points[keys[i].place], &search->with_payload,
                      &search->with_vectors);
        point->score = (float)-keys[i].by;
        point->has_score = true;
    }
    return target != NULL;
}

static uint32_t count_searches(const vg_op *op)
{
    return op->kind == VG_OP_SEARCH ? op->in.search.count : op->in.query.count;
}

static const vg_search *nth_search(const vg_op *op, uint32_t i)
{
    return op->kind == VG_OP_SEARCH ? &op->in.search.queries[i] : &op->in.query.at[i].search;
}

/* Explained is which of the searches it is that asks: by its limit, as `ef`. */
static const vg_explain *explain(const reading *r)
{
    uint32_t count = count_searches(r->w->op);
    vg_explain *explains = VG_TAKE_N(r->arena, vg_explain, (size_t)count + 1);
    bool asks = false;

    for (uint32_t i = 0; explains && i < count; i++) {
        const vg_search *search = nth_search(r->w->op, i);

        if (search->explains)
            explains[i].ef = search->limit;
        asks = asks || search->explains;
    }
    return asks ? explains : NULL;
}

/* A SEARCH, or a QUERY that is nothing but searches. */
static void do_search(const reading *r)
{
    uint32_t count = count_searches(r->w->op);
    vg_points *lists = VG_TAKE_N(r->arena, vg_points, (size_t)count + 1);

    if (!lists) {
        toy_fail(r->w, VG_TOO_LARGE, "the toy has no memory", "toy");
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        if (!do_query(r, nth_search(r->w->op, i), &lists[i]))
            return;
    r->w->try->result.searches.at = lists;
    r->w->try->result.searches.count = count;
    r->w->try->result.searches.explains = explain(r);
}

void toy_read_points(toy_work *w, const struct collection *collection)
{
    reading r = {.w = w, .collection = collection, .arena = w->try->scratch};

    bool is_search = w->op->kind == VG_OP_SEARCH || w->op->kind == VG_OP_QUERY;

    if (!is_search && collection->point_count == 0)
        return;
    if (collection->point_count > 0)
        read_payloads(&r);
    if (w->op->kind == VG_OP_GET)
        do_get(&r);
    else if (w->op->kind == VG_OP_SCROLL)
        do_scroll(&r);
    else if (is_search)
        do_search(&r);
}
