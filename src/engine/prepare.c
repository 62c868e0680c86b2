/* The part of updates of points that needs no order: vectors, keys, names and paths.
 * See write.h. */
#include <inttypes.h>

#include "engine/keys.h"
#include "engine/payload.h"
#include "engine/write.h"

typedef struct preparing {
    vg_write *write;
    vg_arena *arena;
    const vg_table *table;
    const vg_update *update;
    uint32_t number;   /* of the update in its list */
    bool is_one;       /* of several */
    bool reads_json;   /* are there fields whose values come from payloads? */
    vg_status *status; /* why this update is refused */
} preparing;

/* ---- refusals ---- */

static bool spent(const preparing *p)
{
    vg_status_set(p->status, vg_arena_is_starved(p->arena) ? VG_OVERLOADED : VG_TOO_LARGE,
                  vg_arena_is_starved(p->arena)
                      ? VG_LIT(VG_STARVED)
                      : VG_LIT("the request needs more memory than one request may use"),
                  (vg_slice){0});
    return false;
}

/* "points[3].vector", "operations[1].points[3].vector.name" */
static vg_slice vector_place(const preparing *p, uint32_t point, vg_slice name)
{
    vg_slice before = {0};

    if (p->is_one)
        before = vg_arena_printf(p->arena, "operations[%" PRIu32 "].", p->number);
    return vg_arena_printf(p->arena, VG_FMT "points[%" PRIu32 "].vector%s" VG_FMT, VG_ARG(before),
                           point, name.len > 0 ? "." : "", VG_ARG(name));
}

static bool no_such_name(const preparing *p, vg_slice name, vg_slice where)
{
    vg_status_setf(p->status, p->arena, VG_INVALID, where,
                   "Not existing vector name error: " VG_FMT, VG_ARG(name));
    return false;
}

/* ---- vectors ---- */

static bool make_vector(const preparing *p, const vg_vector *vector, uint32_t point,
                        const void **vectors)
{
    int place = vg_table_place(p->table, vector->name);
    vg_form form; /* the params': the vectors themselves are the writer's, which may replace them */

    if (place == VG_NO_PLACE)
        return no_such_name(p, vector->name, vector_place(p, point, vector->name));
    form = vg_form_of(&p->table->vectors[place]);
    vectors[place] = vg_form_make(p->arena, &form, vector, p->status);
    if (!vectors[place] && p->status->code == VG_INVALID)
        p->status->where = vector_place(p, point, vector->name);
    return vectors[place] != NULL;
}

static bool make_put(const preparing *p, uint32_t point, vg_put *put)
{
    const vg_point *from = &p->update->points[point];

    put->vectors = VG_TAKE_N(p->arena, const void *, p->table->vector_count + 1U);
    if (!put->vectors)
        return spent(p);
    for (uint32_t i = 0; i < from->vector_count; i++)
        if (!make_vector(p, &from->vectors[i], point, put->vectors))
            return false;
    return true;
}

/* ---- payloads ---- */

static bool read_document(const preparing *p, vg_slice payload, const vg_json **json)
{
    return !p->reads_json || vg_payload_read(p->arena, payload, json, p->status);
}

static bool read_patch(const preparing *p, vg_change *change)
{
    vg_slice payload = vg_payload_copy(p->arena, p->update->payload);
    vg_slice key = p->update->key;

    if (!payload.at)
        return spent(p);
    if (!vg_patch_read(p->arena, payload, &change->patch, p->status))
        return false;
    return key.len == 0 || vg_edit_path(p->arena, key, VG_LIT("key"), &change->at, p->status);
}

static bool read_names(const preparing *p, vg_change *change)
{
    bool *cuts = VG_TAKE_N(p->arena, bool, p->table->vector_count + 1U);

    if (!cuts)
        return spent(p);
    for (uint32_t i = 0; i < p->update->name_count; i++) {
        int place = vg_table_place(p->table, p->update->names[i]);

        if (place == VG_NO_PLACE)
            return no_such_name(p, p->update->names[i], VG_LIT("vector"));
        cuts[place] = true;
    }
    change->cuts = cuts;
    return true;
}

/* ---- which points ---- */

/* Of a repeated id the last one wins, and only that one's vector is made. */
static bool choose_last(const preparing *p, vg_change *change)
{
    const vg_update *update = p->update;
    vg_put *puts = VG_TAKE_N(p->arena, vg_put, (size_t)update->point_count + 1);
    vg_keys keys;

    if (!puts || !vg_keys_init(p->arena, &keys, update->point_count))
        return spent(p);
    for (uint32_t i = 0; i < update->point_count; i++)
        keys.at[i] = vg_keys_of(p->arena, &update->points[i].id);
    if (!vg_keys_once(p->arena, &keys, VG_KEEP_LAST))
        return spent(p);
    for (uint32_t i = 0; i < keys.once_count; i++) {
        uint32_t point = keys.once[i];

        puts[i] = (vg_put){.key = keys.at[point], .payload = update->points[point].payload};
        if (!make_put(p, point, &puts[i]) || !read_document(p, puts[i].payload, &puts[i].json))
            return false;
    }
    change->puts = puts;
    change->count = keys.once_count;
    return true;
}

/* A repeated id is done once for each time that it comes. */
static bool choose_all(const preparing *p, vg_change *change)
{
    const vg_update *update = p->update;
    vg_put *puts = VG_TAKE_N(p->arena, vg_put, (size_t)update->point_count + 1);

    for (uint32_t i = 0; puts && i < update->point_count; i++) {
        puts[i].key = vg_keys_of(p->arena, &update->points[i].id);
        if (!make_put(p, i, &puts[i]))
            return false;
    }
    change->puts = puts;
    change->count = update->point_count;
    return !vg_arena_is_spent(p->arena) || spent(p);
}

static bool choose_ids(const preparing *p, vg_change *change)
{
    const vg_update *update = p->update;
    vg_put *puts = VG_TAKE_N(p->arena, vg_put, (size_t)update->id_count + 1);

    change->is_filtered = update->id_count == 0;
    change->filter = update->filter;
    if (change->is_filtered && !update->filter) {
        vg_status_set(p->status, VG_UNSUPPORTED, VG_LIT("Empty update request"), VG_LIT("points"));
        return false;
    }
    for (uint32_t i = 0; puts && i < update->id_count; i++)
        puts[i].key = vg_keys_of(p->arena, &update->ids[i]);
    change->puts = puts;
    change->count = update->id_count;
    return !vg_arena_is_spent(p->arena) || spent(p);
}

/* ---- one update, and all ---- */

static bool prepare(const preparing *p, vg_change *change)
{
    change->kind = p->update->kind;
    switch (p->update->kind) {
    case VG_OP_UPSERT:
        return choose_last(p, change);
    case VG_OP_UPDATE_VECTORS:
        return choose_all(p, change);
    case VG_OP_DELETE:
    case VG_OP_CLEAR_PAYLOAD:
        return choose_ids(p, change);
    case VG_OP_SET_PAYLOAD:
        return choose_ids(p, change) && read_patch(p, change);
    case VG_OP_OVERWRITE_PAYLOAD:
        change->payload = p->update->payload;
        return choose_ids(p, change) && read_document(p, change->payload, &change->json);
    case VG_OP_DELETE_PAYLOAD:
        return choose_ids(p, change) &&
               vg_removal_read(p->arena, p->update->names, p->update->name_count, &change->removal,
                               p->status);
    case VG_OP_DELETE_VECTORS:
        return choose_ids(p, change) && read_names(p, change);
    default:
        vg_status_set(p->status, VG_INTERNAL, VG_LIT("an update of no known kind"), (vg_slice){0});
        return false;
    }
}

/* Fields may come and go until the writer applies this: then it reads what is missing itself. */
static bool has_fields(vg_table *table)
{
    vg_shape *shape = vg_table_shape(table);
    bool has_some = shape->fields.count > 0;

    vg_shape_let(shape);
    return has_some;
}

bool vg_write_prepare_updates(vg_write *write, vg_table *table, const vg_update *at, uint32_t count,
                              bool wait)
{
    preparing p = {.write = write,
                   .arena = write->arena,
                   .table = table,
                   .is_one = count > 1,
                   .reads_json = has_fields(table),
                   .status = &write->refusal};

    write->kind = VG_WRITE_POINTS;
    write->table = table;
    write->wait = wait;
    write->status = write->refusal = (vg_status){0};
    write->changes = VG_TAKE_N(p.arena, vg_change, (size_t)count + 1);
    write->operations = VG_TAKE_N(p.arena, uint64_t, (size_t)count + 1);
    write->count = 0;
    if (!write->changes || !write->operations)
        spent(&p);
    for (uint32_t i = 0; i < count && write->refusal.code == VG_OK; i++) {
        p.update = &at[i];
        p.number = i;
        if (prepare(&p, &write->changes[i]))
            write->count++;
    }
    if (write->refusal.code == VG_OK || (write->count > 0 && !vg_arena_is_spent(p.arena)))
        return true;
    write->status = write->refusal;
    return false;
}
