/* See parts.h. Lists are cut from their beginning, each part as long as one call takes; updates of
 * a BATCH that need no cutting go together for as long as they fit. */
#include "plan/parts.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "call/weigh.h"
#include "plan/distinct.h"

enum { FIRST_ROOM = 16, BLOCKS = 64 * 1024 };

typedef struct cutting {
    const vg_op *op;
    const vg_limits *limits;
    vg_parts *out;
    vg_update *updates; /* out's */
    uint32_t room;      /* of out->at */
    vg_status *status;
} cutting;

static bool no_memory(const cutting *c)
{
    vg_status_set(c->status, VG_TOO_LARGE,
                  VG_LIT("the request needs more memory than one may have"), (vg_slice){0});
    return false;
}

static bool add(cutting *c, vg_part part)
{
    vg_parts *out = c->out;
    size_t size = sizeof *out->at;

    if (out->count == c->room) {
        uint32_t room = c->room > 0 ? c->room * 2 : FIRST_ROOM;
        vg_part *at = vg_arena_resize(c->op->arena, out->at, c->room * size, room * size);

        if (!at)
            return no_memory(c);
        out->at = at;
        c->room = room;
    }
    out->at[out->count++] = part;
    return true;
}

/* ---- what no cutting helps ---- */

static bool refuse(const cutting *c, uint32_t u, const char *what, uint32_t place, size_t bytes)
{
    vg_arena *arena = c->op->arena;
    const char *kind = vg_op_describe(c->op->in.update.at[u].kind)->name;
    const char *list = c->op->in.update.at[u].point_count > 0 ? "points" : "ids";
    bool is_batch = c->op->kind == VG_OP_BATCH, has_place = place < UINT32_MAX;
    vg_slice whole =
        is_batch ? vg_arena_printf(arena, "operations[%" PRIu32 "].%s", u, kind) : (vg_slice){0};
    vg_slice where = whole;

    if (has_place)
        where = vg_arena_printf(arena, VG_FMT "%s%s[%" PRIu32 "]", VG_ARG(whole),
                                is_batch ? "." : "", list, place);
    vg_status_setf(c->status, arena, VG_TOO_LARGE, where,
                   "%s of about %zu bytes: this backend's max_bytes_per_call is %zu", what, bytes,
                   c->limits->bytes);
    return false;
}

/* Places are those of the request. */
static bool check_sizes(const cutting *c, uint32_t u)
{
    const vg_update *update = &c->op->in.update.at[u];
    size_t frame = vg_weigh_frame(update), most = c->limits->bytes;

    if (frame > most)
        return refuse(c, u, "an operation", UINT32_MAX, frame);
    for (uint32_t i = 0; i < update->point_count; i++) {
        size_t bytes = vg_weigh_point(&update->points[i]);

        if (bytes > most - frame)
            return refuse(c, u, "a point", i, frame + bytes);
    }
    for (uint32_t i = 0; i < update->id_count; i++) {
        size_t bytes = vg_weigh_id(&update->ids[i]);

        if (bytes > most - frame)
            return refuse(c, u, "the operation on one point", i, frame + bytes);
    }
    return true;
}

/* ---- each id once ---- */

_Static_assert(offsetof(vg_point, id) == 0, "a point begins with its id");

/* A list whose elements begin with their ids, `size` bytes from each to the next. */
typedef struct listed {
    const vg_point_id *first;
    size_t size;
    uint32_t count;
} listed;

static const vg_point_id *id_at(const listed *list, uint32_t i)
{
    return (const vg_point_id *)(const void *)((const char *)list->first + i * list->size);
}

/* Those that stay are copied into the op's arena; NULL: all stay, or there is no memory. */
static void *keep(const cutting *c, const listed *list, const bool *repeats, uint32_t stay)
{
    char *kept = vg_arena_take_zero(c->op->arena, stay, list->size), *to = kept;

    if (!kept)
        no_memory(c);
    for (uint32_t i = 0; kept && i < list->count; i++) {
        if (repeats[i])
            continue;
        memcpy(to, id_at(list, i), list->size);
        to += list->size;
    }
    return kept;
}

static uint32_t mark(vg_arena *scratch, const listed *list, bool keeps_last, bool **repeats)
{
    vg_placed_id *placed = VG_TAKE_N(scratch, vg_placed_id, list->count);

    *repeats = VG_TAKE_N(scratch, bool, list->count);
    if (!placed || !*repeats)
        return UINT32_MAX;
    for (uint32_t i = 0; i < list->count; i++)
        placed[i] = (vg_placed_id){id_at(list, i), i};
    return vg_distinct_mark(placed, list->count, keeps_last, *repeats);
}

/* How many are repeated; UINT32_MAX: no memory. `*kept` is the list without them, when there are
 * some; NULL: they are to stay. */
static uint32_t find_repeats(const cutting *c, listed list, bool keeps_last, void **kept)
{
    size_t bytes = list.count * (sizeof(vg_placed_id) + sizeof(bool)) + BLOCKS;
    vg_arena *scratch = vg_arena_new(bytes);
    bool *repeats = NULL;
    uint32_t found = scratch ? mark(scratch, &list, keeps_last, &repeats) : UINT32_MAX;

    if (found == UINT32_MAX)
        no_memory(c);
    else if (found > 0 && kept)
        *kept = keep(c, &list, repeats, list.count - found);
    if (found > 0 && kept && !*kept)
        found = UINT32_MAX;
    vg_arena_free(scratch);
    return found;
}

/* ---- one update ---- */

static listed points_of(const vg_update *update)
{
    return (listed){&update->points->id, sizeof *update->points, update->point_count};
}

static bool cut_points(cutting *c, uint32_t u)
{
    vg_update *update = &c->updates[u];
    bool is_whole = update->kind == VG_OP_UPSERT;
    void *kept = NULL;
    uint32_t repeats = find_repeats(c, points_of(update), true, is_whole ? &kept : NULL);
    size_t frame = vg_weigh_frame(update);

    if (repeats == UINT32_MAX)
        return false;
    if (kept) {
        update->points = kept;
        update->point_count -= repeats;
    }
    for (uint32_t first = 0, count; first < update->point_count; first += count) {
        bool waits = first == 0 || (repeats > 0 && !is_whole);

        count =
            vg_limits_points(c->limits, update->points + first, update->point_count - first, frame);
        if (!add(c, (vg_part){.first = first, .count = count, .update = u, .waits = waits}))
            return false;
    }
    return true;
}

static bool cut_ids(cutting *c, uint32_t u)
{
    vg_update *update = &c->updates[u];
    void *kept = NULL;
    uint32_t repeats =
        find_repeats(c, (listed){update->ids, sizeof *update->ids, update->id_count}, false, &kept);
    size_t frame = vg_weigh_frame(update);

    if (repeats == UINT32_MAX)
        return false;
    if (kept) {
        update->ids = kept;
        update->id_count -= repeats;
    }
    for (uint32_t first = 0, count; first < update->id_count; first += count) {
        count = vg_limits_ids(c->limits, update->ids + first, update->id_count - first, frame);
        if (!add(c, (vg_part){.first = first, .count = count, .update = u, .waits = first == 0}))
            return false;
    }
    return true;
}

/* ---- updates in order ---- */

static vg_load load_of(const cutting *c, const vg_update *update)
{
    size_t enough = c->limits->bytes == SIZE_MAX ? 0 : c->limits->bytes + 1;

    return (vg_load){.points = update->point_count,
                     .ids = update->id_count,
                     .bytes = enough > 0 ? vg_weigh_update(update, enough) : 0};
}

static vg_load sum_of(vg_load a, const vg_load *b)
{
    a.points += b->points;
    a.ids += b->ids;
    a.bytes += b->bytes;
    return a;
}

static bool add_whole(cutting *c, uint32_t first, uint32_t end)
{
    vg_part part = {
        .first = first, .count = end - first, .update = first, .is_whole = true, .waits = true};

    return end == first || add(c, part);
}

static bool cut_updates(cutting *c)
{
    uint32_t first = 0, count = c->op->in.update.count;
    vg_load sum = {0};

    for (uint32_t u = 0; u < count; u++) {
        vg_load load = load_of(c, &c->updates[u]), both = sum_of(sum, &load);

        if (vg_limits_take(c->limits, &both)) {
            sum = both;
            continue;
        }
        if (!add_whole(c, first, u))
            return false;
        first = u;
        sum = load;
        if (vg_limits_take(c->limits, &load))
            continue;
        if (!(c->updates[u].point_count > 0 ? cut_points : cut_ids)(c, u))
            return false;
        first = u + 1;
        sum = (vg_load){0};
    }
    return add_whole(c, first, count);
}

static bool cut_changes(cutting *c)
{
    uint32_t count = c->op->in.update.count;

    for (uint32_t u = 0; c->limits->bytes < SIZE_MAX && u < count; u++)
        if (!check_sizes(c, u))
            return false;
    c->updates = VG_TAKE_N(c->op->arena, vg_update, (size_t)count + 1);
    c->out->updates = c->updates;
    if (!c->updates)
        return no_memory(c);
    memcpy(c->updates, c->op->in.update.at, count * sizeof *c->updates);
    return cut_updates(c);
}

/* ---- reads ---- */

static bool cut_get(cutting *c)
{
    uint32_t count = c->op->in.get.count;
    void *kept = NULL;
    uint32_t repeats = find_repeats(
        c, (listed){c->op->in.get.ids, sizeof *c->op->in.get.ids, count}, false, &kept);

    if (repeats == UINT32_MAX)
        return false;
    c->out->ids = kept ? kept : c->op->in.get.ids;
    count -= kept ? repeats : 0;
    for (uint32_t first = 0, n; first < count; first += n) {
        n = vg_limits_ids(c->limits, c->out->ids + first, count - first, 0);
        if (!add(c, (vg_part){.first = first, .count = n}))
            return false;
    }
    return true;
}

static bool cut_searches(cutting *c)
{
    const vg_search *queries = c->op->in.search.queries;
    uint32_t count = c->op->in.search.count;

    for (uint32_t first = 0, n; first < count; first += n) {
        n = vg_limits_searches(c->limits, queries + first, count - first);
        if (!add(c, (vg_part){.first = first, .count = n}))
            return false;
    }
    return true;
}

static bool cut_queries(cutting *c)
{
    const vg_query *queries = c->op->in.query.at;
    uint32_t count = c->op->in.query.count;

    for (uint32_t first = 0, n; first < count; first += n) {
        n = vg_limits_queries(c->limits, queries + first, count - first);
        if (!add(c, (vg_part){.first = first, .count = n}))
            return false;
    }
    return true;
}

bool vg_parts_cut(const vg_op *op, const vg_limits *limits, vg_parts *out, vg_status *status)
{
    cutting c = {.op = op, .limits = limits, .out = out, .status = status};

    *out = (vg_parts){0};
    switch (op->kind) {
    case VG_OP_GET:
        return cut_get(&c);
    case VG_OP_SEARCH:
        return cut_searches(&c);
    case VG_OP_QUERY:
        return cut_queries(&c);
    default:
        return cut_changes(&c);
    }
}

bool vg_parts_goes_on(const vg_parts *parts, uint32_t i)
{
    return i > 0 && i < parts->count && !parts->at[i].is_whole && !parts->at[i - 1].is_whole &&
           parts->at[i].update == parts->at[i - 1].update;
}
