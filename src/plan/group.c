/* GROUPS. The best hits are looked at in rounds, each of more hits than the last, until every group
 * is full or the answer is exhausted:
 *
 *     look up ─┬▶ the backend's own steps ──────────────────────────┬▶ parts, lookups ─▶ done
 *              └▶ hits ─▶ gather ─(all full, or no more hits)───────┘
 *                  ▲         │
 *                  └─ more ◀─┴─(all groups are known: only hits of those that are not full)
 *
 * Hits come best first, so the first `limit` values are the groups, and what comes later only fills
 * them. A point without the field is in no group: a filter leaves it out, and goes down into
 * prefetches as every filter does. These take `size` times as many, and are never narrowed to known
 * groups: that would change ranks from round to round. */
#include <inttypes.h>

#include "vecgate/json.h"

#include "base/buf.h"
#include "plan/gather.h"
#include "plan/lookup.h"
#include "plan/narrow.h"
#include "plan/queries.h"
#include "plan/query.h"

enum { MOST_HITS = 8192, FEWEST_HITS = 16, GROWTH = 4 };

typedef struct grouping {
    vg_children *children;
    const vg_op *found; /* the collection of the groups' records; NULL: none are wanted */
    vg_lookup lookup;
    vg_query query; /* as it is asked: hits with the field, nothing else */
    const vg_filter *filter;
    vg_gather gather;
    vg_queries queries;
    const vg_op *whole; /* the backend's own answer; NULL: it has no steps for it */
    vg_group *groups;
    vg_points *lists; /* their hits */
    uint32_t count;
    vg_fill parts, records;
    bool fills;
    bool is_gathered; /* no more hits are needed, or to be had */
} grouping;

static const vg_grouping *wish_of(const grouping *g)
{
    return &g->children->op->in.groups.grouping;
}

static const vg_search *search_of(const grouping *g)
{
    return &g->children->op->in.groups.query.search;
}

static const vg_adapter *adapter_of(const grouping *g)
{
    return vg_runner_backend(g->children->parts->backend)->adapter;
}

static bool can_test(const grouping *g, vg_test test)
{
    return adapter_of(g)->can.filter_tests & 1u << test;
}

static void end(void *arg)
{
    grouping *g = arg;
    vg_op *op = g->children->op;

    op->out.groups.at = g->groups;
    op->out.groups.count = g->count;
    vg_children_end(g->children);
}

/* ---- the answer ---- */

/* What became empty meanwhile is no group. */
static void drop_empty(grouping *g)
{
    uint32_t used = 0;

    for (uint32_t i = 0; i < g->count; i++) {
        g->groups[i].hits = g->lists[i];
        if (g->lists[i].count > 0)
            g->groups[used++] = g->groups[i];
    }
    g->count = used;
}

/* A record's id as a group's value says it. */
static bool id_of(const grouping *g, const vg_match_value *value, vg_point_id *id)
{
    if (value->kind == VG_MATCH_INTEGER) {
        *id = (vg_point_id){.kind = VG_ID_NUM, .num = (uint64_t)value->integer};
        return value->integer >= 0;
    }
    if (vg_point_id_read_uuid(value->text, id))
        return true;
    *id = (vg_point_id){.kind = VG_ID_TEXT, .text = value->text};
    return adapter_of(g)->can.supports_text_ids && value->text.len > 0 &&
           value->text.len <= VG_ID_TEXT_MAX;
}

static void put_records(grouping *g)
{
    vg_point_id id;

    for (uint32_t i = 0; g->found && i < g->count; i++)
        if (id_of(g, &g->groups[i].id, &id))
            g->groups[i].lookup = vg_fill_find(&g->records, &id);
}

static void take_parts(void *arg)
{
    grouping *g = arg;

    if (g->fills && !vg_fill_take(g->children, &g->parts))
        return;
    drop_empty(g);
    put_records(g);
}

static void on_parts(void *arg)
{
    grouping *g = arg;
    uint64_t hits = g->count;

    for (uint32_t i = 0; i < g->count; i++)
        hits += g->lists[i].count;
    vg_children_compute(g->children, hits, take_parts, end, g);
}

static void ask_records(grouping *g)
{
    vg_points *ids = VG_TAKE(g->children->op->arena, vg_points);
    vg_point *points = VG_TAKE_N(g->children->op->arena, vg_point, (size_t)g->count + 1);

    if (!ids || !points) {
        vg_children_no_memory(g->children);
        return;
    }
    ids->at = points;
    for (uint32_t i = 0; i < g->count; i++)
        if (id_of(g, &g->groups[i].id, &points[ids->count].id))
            ids->count++;
    g->records = (vg_fill){.lists = ids,
                           .list_count = 1,
                           .collection = g->found->collection,
                           .with_payload = wish_of(g)->lookup_payload,
                           .with_vectors = wish_of(g)->lookup_vectors};
    vg_fill_send(g->children, &g->records);
}

static void prepare(grouping *g)
{
    g->parts = (vg_fill){.lists = g->lists,
                         .list_count = g->count,
                         .with_payload = search_of(g)->with_payload,
                         .with_vectors = search_of(g)->with_vectors};
    if ((!g->fills || vg_fill_send(g->children, &g->parts)) && g->found)
        ask_records(g);
}

static void complete(void *arg)
{
    grouping *g = arg;

    if (vg_children_failed(g->children))
        end(g);
    else if (vg_children_wait(g->children))
        vg_children_run(g->children, on_parts, g);
    else
        on_parts(g);
}

/* The field was asked for to tell the groups, not to be shown. */
static void hide_field(vg_gathered *group)
{
    for (uint32_t i = 0; i < group->count; i++) {
        group->hits[i].payload = (vg_slice){0};
        group->hits[i].has_payload = false;
    }
}

static bool make_room(grouping *g, uint32_t count)
{
    g->groups = VG_TAKE_N(g->children->op->arena, vg_group, (size_t)count + 1);
    g->lists = VG_TAKE_N(g->children->op->arena, vg_points, (size_t)count + 1);
    g->count = g->groups && g->lists ? count : 0;
    if (g->groups && g->lists)
        return true;
    vg_children_no_memory(g->children);
    return false;
}

static void use_gathered(grouping *g)
{
    if (!make_room(g, g->gather.count))
        return;
    g->fills = vg_fill_is_needed(&search_of(g)->with_payload, &search_of(g)->with_vectors);
    for (uint32_t i = 0; i < g->count; i++) {
        vg_gathered *group = &g->gather.groups[i];

        hide_field(group);
        g->groups[i].id = group->value;
        g->lists[i] = (vg_points){group->hits, group->count};
    }
    prepare(g);
}

/* ---- rounds ---- */

static void ask_hits(grouping *g);

static uint32_t most_hits(const grouping *g)
{
    uint32_t most = adapter_of(g)->can.max_top_k;

    return most > 0 && most < MOST_HITS ? most : MOST_HITS;
}

/* Only hits of groups that are not full yet. */
static void narrow(grouping *g)
{
    vg_arena *arena = g->children->op->arena;
    vg_match_value *values = VG_TAKE_N(arena, vg_match_value, (size_t)g->gather.count + 1);
    uint32_t open = 0;

    for (uint32_t i = 0; values && i < g->gather.count; i++)
        if (!g->gather.groups[i].is_closed)
            values[open++] = g->gather.groups[i].value;
    g->query.search.filter =
        vg_narrow_to_values(arena, g->filter, wish_of(g)->by, values, values ? open : 0);
}

static bool can_narrow(const grouping *g)
{
    return g->gather.count == g->gather.limit && g->query.prefetch_count == 0 &&
           can_test(g, VG_TEST_MATCH_ANY) && can_test(g, VG_TEST_NESTED_FILTER);
}

static void tell_bound(grouping *g)
{
    vg_op *op = g->children->op;

    if (op->degraded.len == 0)
        op->degraded = vg_arena_printf(op->arena, "groups: made of the best %" PRIu32 " hits only",
                                       most_hits(g));
}

static void ask_more(grouping *g)
{
    uint32_t most = most_hits(g), limit = g->query.search.limit;

    if (can_narrow(g))
        narrow(g);
    g->query.search.limit = limit < most / GROWTH ? limit * GROWTH : most;
    vg_gather_empty_open(&g->gather);
    ask_hits(g);
}

static void gather_hits(void *arg)
{
    grouping *g = arg;
    const vg_points *hits = g->queries.lists;
    bool is_all;

    if (!vg_gather_add(&g->gather, hits)) {
        vg_children_no_memory(g->children);
        return;
    }
    vg_gather_close_full(&g->gather);
    is_all = hits->count < g->query.search.limit || vg_gather_is_complete(&g->gather);
    g->is_gathered = is_all || g->query.search.limit >= most_hits(g);
    if (!is_all && g->is_gathered)
        tell_bound(g);
    if (g->is_gathered)
        use_gathered(g);
}

static void on_gathered(void *arg)
{
    grouping *g = arg;

    if (g->is_gathered || vg_children_failed(g->children))
        complete(g);
    else
        ask_more(g);
}

static void on_hits(void *arg)
{
    grouping *g = arg;
    uint64_t hits = vg_children_failed(g->children) ? 0 : g->queries.lists->count;

    vg_children_compute(g->children, hits, gather_hits, on_gathered, g);
}

static void ask_hits(grouping *g)
{
    vg_query *query = VG_TAKE(g->children->op->arena, vg_query);

    if (!query) {
        vg_children_no_memory(g->children);
        vg_children_run(g->children, on_hits, g);
        return;
    }
    *query = g->query;
    g->queries = (vg_queries){.children = g->children, .at = query, .count = 1};
    vg_queries_run(&g->queries, on_hits, g);
}

/* ---- what is asked ---- */

/* An index in the path selects nothing (FACTS 6): then the whole payload is read. */
static bool select_field(grouping *g)
{
    vg_payload_selector *selector = &g->query.search.with_payload;
    vg_arena *arena = g->children->op->arena;
    vg_buf buf;
    vg_json_out out = {.buf = &buf};

    *selector = (vg_payload_selector){
        .want = VG_PAYLOAD_INCLUDE, .paths = &wish_of(g)->by, .path_count = 1};
    for (uint32_t i = 0; i < g->gather.path.count; i++)
        if (g->gather.path.steps[i].kind == VG_PATH_INDEX)
            *selector = (vg_payload_selector){.want = VG_PAYLOAD_ALL};
    if (selector->want == VG_PAYLOAD_ALL)
        return true;
    vg_buf_init(&buf, 0);
    vg_json_open_array(&out);
    vg_json_put_text(&out, wish_of(g)->by);
    vg_json_close_array(&out);
    selector->raw = vg_arena_copy(arena, vg_buf_bytes(&buf));
    vg_buf_fini(&buf);
    return selector->raw.at != NULL;
}

static uint32_t times(uint32_t a, uint32_t b, uint32_t most)
{
    uint64_t product = (uint64_t)a * b;

    return product < most ? (uint32_t)product : most;
}

/* As many hits as may be merged are shared by all of them. */
static bool widen_prefetches(grouping *g)
{
    uint32_t count = g->query.prefetch_count;
    uint32_t share = VG_QUERIES_MOST_HITS / (count > 0 ? count : 1);
    uint32_t most = share < most_hits(g) ? share : most_hits(g);
    vg_query *copies = VG_TAKE_N(g->children->op->arena, vg_query, (size_t)count + 1);

    if (!copies)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t limit = g->query.prefetch[i].search.limit;

        copies[i] = g->query.prefetch[i];
        copies[i].search.limit = times(limit, wish_of(g)->size, limit > most ? limit : most);
    }
    g->query.prefetch = copies;
    return true;
}

static bool make_query(grouping *g)
{
    vg_arena *arena = g->children->op->arena;
    vg_search *search = &g->query.search;

    g->query = *g->lookup.queries;
    if (!select_field(g) || !widen_prefetches(g))
        return false;
    if (can_test(g, VG_TEST_IS_EMPTY))
        search->filter = vg_narrow_to_filled(arena, search->filter, wish_of(g)->by);
    g->filter = search->filter;
    search->with_vectors = (vg_vector_selector){0};
    search->offset = 0;
    search->limit = times(wish_of(g)->limit, wish_of(g)->size, most_hits(g));
    if (search->limit < FEWEST_HITS)
        search->limit = FEWEST_HITS < most_hits(g) ? FEWEST_HITS : most_hits(g);
    return !vg_arena_is_spent(arena);
}

/* ---- the backend's own groups ---- */

static void take_whole(void *arg)
{
    grouping *g = arg;

    if (!make_room(g, g->whole->out.groups.count))
        return;
    for (uint32_t i = 0; i < g->count; i++) {
        g->groups[i] = g->whole->out.groups.at[i];
        g->lists[i] = g->groups[i].hits;
    }
    prepare(g);
}

static void on_whole(void *arg)
{
    grouping *g = arg;
    uint64_t groups = vg_children_failed(g->children) ? 0 : g->whole->out.groups.count;

    vg_children_compute(g->children, groups, take_whole, complete, g);
}

/* Records of another collection are looked up here: the backend may know it by another name. */
static void ask_whole(grouping *g)
{
    vg_op *child = vg_children_add(g->children, VG_OP_GROUPS);

    if (child) {
        child->in.groups.query = *g->lookup.queries;
        child->in.groups.grouping = *wish_of(g);
        child->in.groups.grouping.lookup_collection = (vg_slice){0};
    }
    g->whole = child;
    vg_children_run(g->children, on_whole, g);
}

/* ---- the way ---- */

static void ask(grouping *g)
{
    if (adapter_of(g)->ops[VG_OP_GROUPS]) {
        ask_whole(g);
        return;
    }
    if (make_query(g)) {
        ask_hits(g);
        return;
    }
    vg_children_no_memory(g->children);
    vg_children_run(g->children, on_hits, g);
}

static void on_lookups(void *arg)
{
    grouping *g = arg;

    if (vg_children_failed(g->children))
        end(g);
    else
        ask(g);
}

static bool read_path(grouping *g)
{
    vg_arena *arena = g->children->op->arena;
    vg_slice by = wish_of(g)->by;

    switch (vg_path_read(arena, by, &g->gather.path)) {
    case VG_PATH_OK:
        return true;
    case VG_PATH_WRONG:
        vg_children_fail(g->children, VG_INVALID,
                         vg_arena_printf(arena, "Invalid json path: '" VG_FMT "'", VG_ARG(by)),
                         VG_LIT("group_by"));
        return false;
    default:
        vg_children_no_memory(g->children);
        return false;
    }
}

static void begin(grouping *g)
{
    const vg_op *op = g->children->op;

    g->gather.arena = op->arena;
    g->gather.limit = wish_of(g)->limit;
    g->gather.size = wish_of(g)->size;
    g->lookup = (vg_lookup){.children = g->children, .queries = &op->in.groups.query, .count = 1};
    if (read_path(g) && wish_of(g)->lookup_collection.len > 0)
        g->found =
            vg_children_add_finding(g->children, wish_of(g)->lookup_collection, "with_lookup");
    if (vg_lookup_is_needed(g->lookup.queries, 1) && !vg_children_failed(g->children))
        vg_lookup_run(&g->lookup, on_lookups, g);
    else if (g->found || vg_children_failed(g->children))
        vg_children_run(g->children, on_lookups, g);
    else
        ask(g);
}

static void give_up(void *arg)
{
    vg_children_end(arg);
}

void vg_group_run(vg_children *children)
{
    grouping *g = VG_TAKE(children->op->arena, grouping);

    if (g) {
        g->children = children;
        begin(g);
        return;
    }
    vg_children_no_memory(children);
    vg_children_run(children, give_up, children);
}
