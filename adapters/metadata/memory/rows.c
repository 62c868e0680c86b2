/* See rows.h. Each row lives in an arena of its own, so that replacing one is making another. */
#include "adapters/metadata/memory/rows.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

enum { ROW_BYTES = 1 << 24 };

typedef struct kept {
    vg_arena *arena;
    vg_meta_row row;
} kept;

struct memory_rows {
    pthread_mutex_t lock;
    kept *at;
    size_t count, room;
};

memory_rows *memory_rows_new(void)
{
    memory_rows *rows = calloc(1, sizeof *rows);

    if (rows)
        pthread_mutex_init(&rows->lock, NULL);
    return rows;
}

void memory_rows_free(memory_rows *rows)
{
    if (!rows)
        return;
    for (size_t i = 0; i < rows->count; i++)
        vg_arena_free(rows->at[i].arena);
    pthread_mutex_destroy(&rows->lock);
    free(rows->at);
    free(rows);
}

/* ---- rows ---- */

static int order(const vg_meta_row *a, const vg_meta_row *b)
{
    int by = vg_slice_cmp(a->tenant, b->tenant);

    if (by == 0)
        by = vg_slice_cmp(a->backend, b->backend);
    return by != 0 ? by : vg_slice_cmp(a->name, b->name);
}

/* The first place whose row is not before this one. */
static size_t place_of(const memory_rows *rows, const vg_meta_row *row)
{
    size_t low = 0, high = rows->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (order(&rows->at[middle].row, row) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static kept *find(const memory_rows *rows, const vg_meta_row *row)
{
    size_t place = place_of(rows, row);

    if (place < rows->count && order(&rows->at[place].row, row) == 0)
        return &rows->at[place];
    return NULL;
}

static bool copy_row(vg_arena *arena, const vg_meta_row *from, vg_meta_row *to)
{
    *to = *from;
    to->tenant = vg_arena_copy(arena, from->tenant);
    to->backend = vg_arena_copy(arena, from->backend);
    to->name = vg_arena_copy(arena, from->name);
    to->physical = vg_arena_copy(arena, from->physical);
    to->spec = vg_arena_copy(arena, from->spec);
    return !vg_arena_is_spent(arena);
}

/* Replaces what is there only once its successor is whole. */
static bool keep(kept *to, const vg_meta_row *row, uint64_t version)
{
    kept made = {.arena = vg_arena_new(ROW_BYTES)};

    if (!made.arena || !copy_row(made.arena, row, &made.row)) {
        vg_arena_free(made.arena);
        return false;
    }
    made.row.version = version;
    vg_arena_free(to->arena);
    *to = made;
    return true;
}

/* ---- answers ---- */

static vg_code no_memory(const memory_call *call)
{
    return vg_status_set(call->status, VG_OVERLOADED, VG_LIT("no memory is left for metadata"),
                         (vg_slice){0});
}

static vg_code answer(const memory_call *call, const vg_meta_row *row)
{
    call->out->row.found = true;
    return copy_row(call->arena, row, &call->out->row.row) ? VG_OK : no_memory(call);
}

static vg_code conflict(const memory_call *call, const vg_meta_row *now)
{
    return vg_status_setf(call->status, call->arena, VG_CONFLICT, VG_LIT("version"),
                          "the metadata of `" VG_FMT "` has version %" PRIu64 ", not %" PRIu64
                          ": somebody else changed it first",
                          VG_ARG(now->name), now->version, call->in->row.version);
}

/* ---- operations, each under the lock ---- */

static bool make_room(memory_rows *rows)
{
    size_t room = rows->room ? 2 * rows->room : 16;
    kept *at;

    if (rows->count < rows->room)
        return true;
    at = realloc(rows->at, room * sizeof *at);
    if (!at)
        return false;
    rows->at = at;
    rows->room = room;
    return true;
}

static vg_code create(const memory_call *call)
{
    memory_rows *rows = call->rows;
    const vg_meta_row *row = &call->in->row;
    size_t place = place_of(rows, row);
    kept made = {0};

    if (find(rows, row))
        return vg_status_setf(call->status, call->arena, VG_EXISTS, VG_LIT("name"),
                              "metadata of `" VG_FMT "` exists already", VG_ARG(row->name));
    if (!make_room(rows) || !keep(&made, row, 1))
        return no_memory(call);
    memmove(rows->at + place + 1, rows->at + place, (rows->count - place) * sizeof made);
    rows->at[place] = made;
    rows->count++;
    return answer(call, &made.row);
}

static vg_code get(const memory_call *call)
{
    kept *there = find(call->rows, &call->in->row);

    call->out->row.found = there != NULL;
    return there ? answer(call, &there->row) : VG_OK;
}

static vg_code update(const memory_call *call)
{
    const vg_meta_row *row = &call->in->row;
    kept *there = find(call->rows, row);

    if (!there)
        return vg_status_setf(call->status, call->arena, VG_NOT_FOUND, VG_LIT("name"),
                              "there is no metadata of `" VG_FMT "`", VG_ARG(row->name));
    if (there->row.version != row->version)
        return conflict(call, &there->row);
    if (!keep(there, row, row->version + 1))
        return no_memory(call);
    return answer(call, &there->row);
}

static vg_code delete_row(const memory_call *call)
{
    memory_rows *rows = call->rows;
    kept *there = find(rows, &call->in->row);
    size_t place;

    call->out->row.found = there != NULL;
    if (!there)
        return VG_OK;
    if (call->in->row.version != 0 && call->in->row.version != there->row.version)
        return conflict(call, &there->row);
    place = (size_t)(there - rows->at);
    vg_arena_free(there->arena);
    rows->count--;
    memmove(there, there + 1, (rows->count - place) * sizeof *there);
    return VG_OK;
}

static int order_in_tenant(const vg_meta_row *a, const vg_meta_row *b)
{
    int by = vg_slice_cmp(a->name, b->name);

    return by != 0 ? by : vg_slice_cmp(a->backend, b->backend);
}

static int by_name(const void *a, const void *b)
{
    return order_in_tenant(*(vg_meta_row *const *)a, *(vg_meta_row *const *)b);
}

static bool is_behind(const vg_meta_query *query, const vg_meta_row *row)
{
    const vg_meta_row last = {
        .tenant = query->after_tenant, .backend = query->after_backend, .name = query->after};

    if (query->tenant.len == 0)
        return order(row, &last) > 0;
    if (query->backend.len > 0 || last.backend.len == 0)
        return vg_slice_cmp(row->name, last.name) > 0;
    return order_in_tenant(row, &last) > 0;
}

static bool is_listed(const vg_meta_query *query, const vg_meta_row *row)
{
    return (query->tenant.len == 0 || vg_slice_is(row->tenant, query->tenant)) &&
           (query->backend.len == 0 || vg_slice_is(row->backend, query->backend)) &&
           is_behind(query, row);
}

/* All that are meant, in the order of the list. NULL: no memory. */
static const vg_meta_row **gather(const memory_call *call, size_t *count)
{
    const vg_meta_query *query = &call->in->list;
    const vg_meta_row **found = VG_TAKE_N(call->arena, const vg_meta_row *, call->rows->count + 1);

    for (size_t i = 0; found && i < call->rows->count; i++)
        if (is_listed(query, &call->rows->at[i].row))
            found[(*count)++] = &call->rows->at[i].row;
    if (found && *count > 0 && query->tenant.len > 0 && query->backend.len == 0)
        qsort(found, *count, sizeof(const void *), by_name);
    return found;
}

static vg_code list(const memory_call *call)
{
    const vg_meta_query *query = &call->in->list;
    size_t count = 0;
    const vg_meta_row **found = gather(call, &count);
    size_t most = query->limit < count ? query->limit : count;
    vg_meta_row *rows = found ? VG_TAKE_N(call->arena, vg_meta_row, most + 1) : NULL;

    if (!rows)
        return no_memory(call);
    for (size_t i = 0; i < most; i++)
        if (!copy_row(call->arena, found[i], &rows[i]))
            return no_memory(call);
    call->out->rows.at = rows;
    call->out->rows.count = (uint32_t)most;
    return VG_OK;
}

static vg_code locked(const memory_call *call, vg_code (*run)(const memory_call *))
{
    vg_code code;

    pthread_mutex_lock(&call->rows->lock);
    code = run(call);
    pthread_mutex_unlock(&call->rows->lock);
    return code;
}

vg_code memory_rows_create(const memory_call *call)
{
    return locked(call, create);
}

vg_code memory_rows_get(const memory_call *call)
{
    return locked(call, get);
}

vg_code memory_rows_update(const memory_call *call)
{
    return locked(call, update);
}

vg_code memory_rows_delete(const memory_call *call)
{
    return locked(call, delete_row);
}

vg_code memory_rows_list(const memory_call *call)
{
    return locked(call, list);
}
