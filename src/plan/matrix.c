/* MATRIX: random points that have the vector, and of each its neighbours among them.
 *
 *     SAMPLE ─▶ SEARCH by id, among the sample ─▶ done
 *       ▲             │
 *       └─(one of them is gone meanwhile)         */
#include <inttypes.h>

#include "plan/fusion.h"
#include "plan/leaf.h"
#include "plan/narrow.h"
#include "plan/query.h"

enum { MOST_TURNS = 3, MOST_PAIRS = 1024 * 1024 };

typedef struct matrix {
    vg_children *children;
    vg_leaf sample;
    vg_leaf *searches; /* of each of the sample, by id */
    const vg_point_id *ids;
    uint32_t count;
    int turns;
} matrix;

static vg_arena *arena_of(const matrix *m)
{
    return m->children->op->arena;
}

static void begin(matrix *m);

/* The point, then its neighbours. */
static bool put_list(const matrix *m, uint32_t i, vg_points *out)
{
    const vg_points *near = &m->searches[i].points;
    vg_point *points = VG_TAKE_N(arena_of(m), vg_point, (size_t)near->count + 1);

    if (!points)
        return false;
    points[0] = (vg_point){.id = m->ids[i], .has_score = true};
    for (uint32_t k = 0; k < near->count; k++)
        points[1 + k] = near->at[k];
    *out = (vg_points){points, near->count + 1};
    return true;
}

static bool put_lists(const matrix *m)
{
    vg_op *op = m->children->op;
    vg_points *lists = VG_TAKE_N(op->arena, vg_points, (size_t)m->count + 1);

    if (!lists)
        return false;
    for (uint32_t i = 0; i < m->count; i++)
        if (!put_list(m, i, &lists[i]))
            return false;
    op->out.searches.at = lists;
    op->out.searches.count = m->count;
    return true;
}

/* A point of the sample was deleted: another sample has none of these. */
static bool lost_a_point(const matrix *m)
{
    const vg_status *failure = &m->children->failure;

    return failure->code == VG_NOT_FOUND && !vg_slice_is(failure->where, VG_LIT("collection"));
}

static void take_neighbours(void *arg)
{
    matrix *m = arg;

    if (vg_leaf_take(m->children, m->searches, m->count) && !put_lists(m))
        vg_children_no_memory(m->children);
}

static void on_taken(void *arg)
{
    const matrix *m = arg;

    vg_children_end(m->children);
}

static void on_neighbours(void *arg)
{
    matrix *m = arg;
    uint64_t hits;

    if (lost_a_point(m) && ++m->turns < MOST_TURNS) {
        vg_children_forgive(m->children);
        begin(m);
        return;
    }
    hits = m->searches ? vg_leaf_hits(m->searches, m->count) : 0;
    vg_children_compute(m->children, hits, take_neighbours, on_taken, m);
}

/* Before they are looked for: nobody could hold the answer. */
static bool check_pairs(const matrix *m)
{
    uint32_t limit = m->children->op->in.matrix.limit;
    uint32_t each = limit < m->count ? limit : m->count - 1;

    if ((uint64_t)m->count * each <= MOST_PAIRS)
        return true;
    vg_children_fail(m->children, VG_TOO_LARGE,
                     vg_arena_printf(arena_of(m),
                                     "%" PRIu32 " points with %" PRIu32 " neighbours each: one "
                                     "request may ask for %d pairs",
                                     m->count, each, MOST_PAIRS),
                     VG_LIT("sample"));
    return false;
}

static void make_searches(matrix *m)
{
    const vg_op *op = m->children->op;
    const vg_filter *among = vg_narrow_to_ids(op->arena, NULL, m->ids, m->count);

    m->searches = VG_TAKE_N(op->arena, vg_leaf, m->count);
    for (uint32_t i = 0; m->searches && i < m->count; i++)
        m->searches[i].query = (vg_query){
            .kind = VG_QUERY_SEARCH,
            .search = {.by_id = m->ids[i],
                       .filter = among,
                       .limit = op->in.matrix.limit,
                       .using_name = op->in.matrix.using_name},
        };
    if (vg_arena_is_spent(op->arena))
        vg_children_no_memory(m->children);
    else
        vg_leaf_send(m->children, m->searches, m->count);
}

static void take_sample(void *arg)
{
    matrix *m = arg;

    if (!vg_leaf_take(m->children, &m->sample, 1))
        return;
    m->ids = vg_fusion_union(arena_of(m), &m->sample.points, 1, &m->count);
    if (!m->ids)
        vg_children_no_memory(m->children);
    else if (m->count >= 2 && check_pairs(m))
        make_searches(m);
}

static void on_searches(void *arg)
{
    matrix *m = arg;

    if (vg_children_failed(m->children) || !vg_children_wait(m->children))
        vg_children_end(m->children); /* or nobody has a neighbour */
    else
        vg_children_run(m->children, on_neighbours, m);
}

static void on_sample(void *arg)
{
    matrix *m = arg;

    vg_children_compute(m->children, vg_leaf_hits(&m->sample, 1), take_sample, on_searches, m);
}

static void begin(matrix *m)
{
    const vg_op *op = m->children->op;

    m->sample = (vg_leaf){.query = {.kind = VG_QUERY_SAMPLE}};
    m->sample.query.search.limit = op->in.matrix.sample;
    m->sample.query.search.filter =
        vg_narrow_to_holders(op->arena, op->in.matrix.filter, op->in.matrix.using_name);
    if (vg_arena_is_spent(op->arena))
        vg_children_no_memory(m->children);
    else
        vg_leaf_send(m->children, &m->sample, 1);
    vg_children_run(m->children, on_sample, m);
}

static void give_up(void *arg)
{
    vg_children_end(arg);
}

void vg_matrix_run(vg_children *children)
{
    matrix *m = VG_TAKE(children->op->arena, matrix);

    if (m) {
        m->children = children;
        begin(m);
        return;
    }
    vg_children_no_memory(children);
    vg_children_run(children, give_up, children);
}
