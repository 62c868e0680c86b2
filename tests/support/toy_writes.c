/* Changes of the toy backend's points, as op.h says them; a payload that is set takes the old one's
 * place, and a filter passes every point. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "call/weigh.h"
#include "tests/support/toy_stores.h"

/* ---- texts that points have ---- */

static const char *intern(toys *toy, vg_slice text)
{
    char *copy = strndup(text.len > 0 ? text.at : "", text.len);

    toy->texts = realloc(toy->texts, (toy->text_count + 1) * sizeof *toy->texts);
    VG_CHECK(toy->texts && copy);
    toy->texts[toy->text_count++] = copy;
    return copy;
}

void toy_free_texts(toys *toy)
{
    for (unsigned i = 0; i < toy->text_count; i++)
        free(toy->texts[i]);
    free(toy->texts);
}

/* ---- one point ---- */

typedef struct writing {
    toys *toy;
    vg_arena *arena;
    struct collection *collection;
    const vg_update *update;
    const vg_point_id *missing; /* the first of those that are not there */
} writing;

static toy_point *find(const writing *w, const vg_point_id *id)
{
    for (unsigned i = 0; i < w->collection->point_count; i++)
        if (w->collection->points[i].id == id->num)
            return &w->collection->points[i];
    return NULL;
}

static bool is_of(const toy_point *point, int i, vg_slice name)
{
    return point->vectors[i].name && vg_slice_is_str(name, point->vectors[i].name);
}

static void set_vector(const writing *w, toy_point *point, const vg_vector *vector)
{
    vg_status status = {0};
    float *floats = vg_vector_floats(w->arena, vector, &status);
    int i = 0;

    while (i < TOY_VECTORS && point->vectors[i].name && !is_of(point, i, vector->name))
        i++;
    VG_CHECK(floats && i < TOY_VECTORS && vector->count <= TOY_LONGEST);
    point->vectors[i].name = intern(w->toy, vector->name);
    point->vectors[i].size = vector->count;
    memcpy(point->vectors[i].at, floats, vector->count * sizeof *floats);
}

static void cut_vectors(const writing *w, toy_point *point)
{
    for (uint32_t k = 0; k < w->update->name_count; k++)
        for (int i = 0; i < TOY_VECTORS; i++)
            if (is_of(point, i, w->update->names[k]))
                point->vectors[i].name = NULL;
}

static void put(const writing *w, const vg_point *from)
{
    toy_point point = {.id = from->id.num};

    if (from->payload.len > 0)
        point.payload = intern(w->toy, from->payload);
    for (uint32_t i = 0; i < from->vector_count; i++)
        set_vector(w, &point, &from->vectors[i]);
    toy_keep_point(w->collection, point);
}

static void change(const writing *w, toy_point *point)
{
    switch (w->update->kind) {
    case VG_OP_DELETE:
        toy_lose_point(w->collection, point->id);
        return;
    case VG_OP_SET_PAYLOAD:
    case VG_OP_OVERWRITE_PAYLOAD:
        point->payload = intern(w->toy, w->update->payload);
        return;
    case VG_OP_DELETE_PAYLOAD:
    case VG_OP_CLEAR_PAYLOAD:
        point->payload = NULL;
        return;
    case VG_OP_DELETE_VECTORS:
        cut_vectors(w, point);
        return;
    default:
        return;
    }
}

/* ---- one update ---- */

static toy_point *find_or_miss(writing *w, const vg_point_id *id)
{
    toy_point *point = find(w, id);

    if (!point && !w->missing)
        w->missing = id;
    return point;
}

static void write_points(writing *w)
{
    for (uint32_t i = 0; i < w->update->point_count; i++) {
        const vg_point *from = &w->update->points[i];
        toy_point *point;

        if (w->update->kind == VG_OP_UPSERT) {
            put(w, from);
            continue;
        }
        point = find_or_miss(w, &from->id);
        for (uint32_t k = 0; point && k < from->vector_count; k++)
            set_vector(w, point, &from->vectors[k]);
    }
}

static void write_chosen(writing *w)
{
    for (uint32_t i = 0; i < w->update->id_count; i++) {
        toy_point *point = find_or_miss(w, &w->update->ids[i]);

        if (point)
            change(w, point);
    }
    if (w->update->kind == VG_OP_DELETE || w->update->kind == VG_OP_DELETE_VECTORS)
        w->missing = NULL;
    if (w->update->id_count > 0 || !w->update->filter)
        return;
    for (unsigned i = w->collection->point_count; i > 0; i--)
        change(w, &w->collection->points[i - 1]);
}

/* False: it is done, and yet has failed. */
static bool write_update(toy_work *work, struct collection *collection, const vg_update *update)
{
    writing w = {
        .toy = work->toy, .arena = work->try->scratch, .collection = collection, .update = update};

    write_points(&w);
    write_chosen(&w);
    collection->writes++;
    if (!w.missing || !work->op->in.update.wait)
        return true;
    toy_fail(work, VG_NOT_FOUND, "", "points");
    work->try->status.what =
        vg_arena_printf(w.arena, "No point with id %llu found", (unsigned long long)w.missing->num);
    return false;
}

/* ---- a call ---- */

static void count_all(const vg_op *op, uint64_t *points, uint64_t *ids, uint64_t *queries)
{
    for (uint32_t i = 0; vg_op_is_update(op->kind) && i < op->in.update.count; i++) {
        *points += op->in.update.at[i].point_count;
        *ids += op->in.update.at[i].id_count;
    }
    *ids += op->kind == VG_OP_GET ? op->in.get.count : 0;
    *queries += op->kind == VG_OP_SEARCH ? op->in.search.count : 0;
    *queries += op->kind == VG_OP_QUERY ? op->in.query.count : 0;
}

/* A read of one thing may weigh what it likes. */
void toy_check_limits(const toy_work *work)
{
    const vg_capabilities *can = &work->toy->vectors_adapter.can;
    uint64_t points = 0, ids = 0, queries = 0;

    count_all(work->op, &points, &ids, &queries);
    VG_CHECK(points <= 1 || can->supports_batch_upsert);
    VG_CHECK(queries <= 1 || can->supports_batch_search);
    VG_CHECK(can->max_points_per_call == 0 || points <= can->max_points_per_call);
    VG_CHECK(can->max_ids_per_call == 0 || ids <= can->max_ids_per_call);
    VG_CHECK(can->max_queries_per_call == 0 || queries <= can->max_queries_per_call);
    VG_CHECK(can->max_bytes_per_call == 0 || ids + queries == 1 ||
             vg_weigh(work->op, SIZE_MAX) <= can->max_bytes_per_call);
}

static void write_batch(toy_work *work, struct collection *collection)
{
    uint32_t count = work->op->in.update.count;
    uint64_t *ids = VG_TAKE_N(work->try->scratch, uint64_t, (size_t)count + 1);

    VG_CHECK(ids);
    for (uint32_t i = 0; i < count; i++) {
        if (!write_update(work, collection, &work->op->in.update.at[i]))
            return;
        ids[i] = collection->writes;
    }
    work->try->result.batch.operation_ids = ids;
    work->try->result.batch.count = count;
    work->try->result.batch.completed = work->op->in.update.wait;
}

void toy_write_points(toy_work *work, struct collection *collection)
{
    if (work->op->kind == VG_OP_BATCH) {
        write_batch(work, collection);
        return;
    }
    if (!write_update(work, collection, work->op->in.update.at))
        return;
    work->try->result.written.operation_id = collection->writes;
    work->try->result.written.completed = work->op->in.update.wait;
}

void toy_let_write(toys *toy)
{
    vg_adapter *adapter = toy_vectors_adapter(toy);

    for (int kind = VG_OP_UPSERT; kind <= VG_OP_BATCH; kind++)
        adapter->ops[kind] = adapter->ops[VG_OP_UPSERT];
}
