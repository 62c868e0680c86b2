/* See method.h. Costs are counted in rows that SQL reads from an index, about 0.3 us each. */
#include "engine/method.h"

#include <inttypes.h>

#include "engine/coded.h"

enum {
    WALK_PART = 8,        /* a walk that keeps more than 1/8 of the slots meets most of them */
    MOST_SCANNED = 20000, /* rows that are scanned rather than walked … */
    SCANNED_PART = 10,    /* … if they are no more than 1/10 of all */
    CHECK_COST = 10,      /* SQL is asked about one row */
    WALK_COST = 5,        /* a candidate is walked to */
    UNINDEXED_COST = 6,   /* a row is read, and its payload, to be asked */
    SAMPLE_LEAST = 64,
    SAMPLE_MOST = 512,
    SAMPLE_PART = 2000, /* one more for so many points */
    SAMPLE_HITS = 8,    /* are enough to know that many pass */
    MOST_FAR = 200000, /* rows that are far are scanned, which takes less than to ask for them … */
    FAR_TIMES = 4,     /* … and more are walked with so many times the candidates */
};

/* What is known of a filter. Questions that follow each other often have the same one. */
typedef struct passing {
    const vg_filter *filter;
    vg_where where;             /* parameters from ?2 on; ?1 is a row */
    struct sqlite3_stmt *check; /* is that row in? */
    double share;               /* of the points that pass, estimated */
    const vg_rowset *rows;      /* NULL: not asked for yet */
} passing;

typedef struct method {
    vg_look *look;
    vg_view view; /* what is searched */
    vg_question *question;
    uint32_t ef, wanted;
    passing *passing;
} method;

/* ---- which ---- */

static uint64_t bytes_of(const vg_view *view)
{
    return vg_dense_bytes_of(view->dense, view->live);
}

/* With indexed_only, of vectors that deserve a graph, those that are in it. */
static vg_view view_of(const vg_view *view, const vg_search *query)
{
    vg_view part = *view;

    /* Asked of the whole view: behind fewer slots the graph may have some that are not coded. */
    if (part.codes && vg_codes_next(part.codes) < part.used)
        part.codes = NULL;
    if (query->how.indexed_only && vg_tuning_wants(&view->tuning, bytes_of(view)) &&
        part.used > part.indexed)
        part.used = part.indexed;
    return part;
}

static uint32_t smaller(uint64_t a, uint64_t b)
{
    uint64_t least = a < b ? a : b;

    return least < UINT32_MAX ? (uint32_t)least : UINT32_MAX;
}

/* Hits that are needed to fill the answer, whatever is left out of them. */
static uint32_t wanted_of(const method *m)
{
    const vg_search *query = m->question->query;

    return smaller((uint64_t)query->limit + query->offset + m->question->nearest->except_count,
                   m->view.used);
}

static uint32_t ef_of(const method *m)
{
    const vg_search_params *how = &m->question->query->how;
    bool is_filtered = m->question->query->filter != NULL;
    uint32_t ef =
        how->hnsw_ef > 0 ? how->hnsw_ef : vg_tuning_ef(&m->view.tuning, m->view.live, is_filtered);
    uint32_t least = m->wanted;

    if (vg_coded_walks(&m->view, how))
        least = smaller(vg_coded_candidates(how, m->wanted), m->view.used);
    return ef > least ? ef : least;
}

/* In the stored form; NULL: examples are scored. */
static const void *query_of(const vg_nearest *nearest)
{
    return nearest->compare ? nearest->compare->query : nearest->query;
}

static bool walks(const method *m)
{
    return m->view.graph && !m->question->query->exact && query_of(m->question->nearest) &&
           bytes_of(&m->view) >= m->view.tuning.full_scan_bytes &&
           m->ef < m->view.indexed / WALK_PART;
}

static bool is_indexed(const passing *p)
{
    return !vg_slice_is(p->where.text, p->where.each);
}

/* Candidates among which the wanted ones are, most likely, if so many pass. */
static double candidates_of(const method *m)
{
    return m->ef + 2.0 * m->wanted / m->passing->share;
}

static bool pays_to_check(const method *m)
{
    const passing *p = m->passing;
    double candidates = candidates_of(m), live = m->view.live;
    double rows = is_indexed(p) ? p->share * live : UNINDEXED_COST * live;

    return candidates < m->view.indexed / (double)WALK_PART &&
           CHECK_COST * m->wanted / p->share + WALK_COST * candidates < rows;
}

static bool pays_to_scan(const method *m, const vg_rowset *rows)
{
    return rows->count <= MOST_SCANNED && rows->count <= m->view.live / SCANNED_PART;
}

/* ---- exactly ---- */

static void explain_exact(vg_question *q, const vg_view *view)
{
    const vg_rowset *rows = q->nearest->rows;

    q->explain.method = rows ? "filter_then_exact" : "exact";
    q->explain.compared += rows ? rows->count : view->live;
    q->explain.has_estimate = rows != NULL;
    q->explain.estimate = rows ? rows->count : 0;
    q->explain.ef = 0;
    q->explain.codes = NULL;
    q->explain.is_rescored = false;
}

static bool search_exactly(const method *m)
{
    if (!vg_question_make_room(m->look, &m->view, m->question))
        return false;
    explain_exact(m->question, &m->view);
    vg_exact_search(&m->view, m->question->nearest, 1);
    return true;
}

/* ---- by the graph ---- */

/* The nearest `ef` into `to`, which has room for its limit. *is_dry: there may be more. */
static bool walk(const method *m, uint32_t ef, vg_nearest *to, bool *is_dry)
{
    vg_explain *explain = &m->question->explain;
    vg_walk walk = {
        .view = &m->view,
        .before = m->view.indexed,
        .query = query_of(to),
        .rows = to->rows,
        .ef = ef,
        .hits = VG_TAKE_N(m->look->read->arena, vg_hit, (size_t)ef + 1),
        .limit = ef,
    };
    uint64_t scanned, there = to->rows ? to->rows->count : m->view.live;
    vg_coded coded;

    if (!walk.hits ||
        !vg_coded_begin(m->look->read->arena, &m->view, &m->question->query->how, to, &coded))
        return vg_read_too_large(m->look->read);
    if (coded.codes) {
        walk.query = coded.query;
        walk.measure = vg_codes_measure(coded.codes);
    }
    *is_dry =
        !vg_hnsw_search(m->view.graph, &walk) || (walk.count < m->wanted && walk.count < there);
    vg_exact_begin(to);
    vg_coded_offer(&m->view, &coded, to, walk.hits, walk.count);
    scanned = vg_coded_scan(&m->view, &coded, m->view.indexed, to);
    vg_exact_end(&m->view, to);
    explain->ef = ef;
    explain->codes = coded.codes ? vg_code_word(vg_codes_coding(coded.codes).kind) : NULL;
    explain->is_rescored = coded.codes && coded.rescores;
    explain->unindexed = scanned;
    explain->compared += walk.compared + scanned;
    return true;
}

static bool search_graph(const method *m, const char *name)
{
    bool is_dry = false;

    m->question->explain.method = name;
    if (!vg_question_make_room(m->look, &m->view, m->question) ||
        !walk(m, m->ef, m->question->nearest, &is_dry))
        return false;
    return !is_dry || search_exactly(m);
}

/* ---- with a filter ---- */

/* 1, 0, or -1: with a story. */
static int passes(const method *m, uint64_t row)
{
    struct sqlite3_stmt *check = m->passing->check;
    vg_sql_step step;

    vg_sql_put_u64(check, 1, row);
    step = vg_sql_next(check);
    if (step == VG_SQL_FAILED)
        vg_look_trouble(m->look);
    vg_sql_done(check);
    return step == VG_SQL_FAILED ? -1 : step == VG_SQL_ROW;
}

/* Of rows by chance, which is the same each time. */
static bool sample(const method *m)
{
    const vg_view *view = &m->view;
    uint32_t most = smaller(SAMPLE_LEAST + view->live / SAMPLE_PART, SAMPLE_MOST), asked = 0;
    uint64_t chance = view->operation + 1;
    int hits = 0, passed;

    for (uint32_t turn = 0; turn < 2 * most && asked < most && hits < SAMPLE_HITS; turn++) {
        uint32_t slot;

        chance = chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        slot = (uint32_t)((chance >> 32) * view->used >> 32);
        if (!vg_place_is_seen(vg_dense_place(view->dense, slot), view->operation))
            continue;
        passed = passes(m, vg_dense_row_of(view->dense, slot));
        if (passed < 0)
            return false;
        hits += passed;
        asked++;
    }
    m->passing->share = (hits + 0.5) / (asked + 1.0);
    return true;
}

static bool learn(const method *m, const vg_filter *filter)
{
    passing *p = m->passing;
    vg_look *look = m->look;
    vg_slice text;

    if (p->filter == filter)
        return true;
    vg_sql_drop(p->check);
    *p = (passing){0};
    if (!vg_look_where(look, filter, 2, &p->where))
        return false;
    text = vg_arena_printf(look->read->arena,
                           "SELECT 1 FROM points_%" PRIu64 " AS p WHERE p.row=?1 AND (" VG_FMT ")",
                           look->session.table->number, VG_ARG(p->where.each));
    p->check = vg_look_prepare(look, text, &p->where);
    if (!p->check || !sample(m))
        return false;
    p->filter = filter;
    return true;
}

/* Asks about the first `most` candidates, the nearest first, until the answer is full. */
static bool check_all(const method *m, const vg_nearest *candidates, uint32_t most)
{
    vg_nearest *to = m->question->nearest;

    to->count = 0;
    for (uint32_t i = 0; i < candidates->count && i < most && to->count < to->limit; i++) {
        int passed = passes(m, vg_dense_row_of(m->view.dense, candidates->hits[i].slot));

        if (passed < 0)
            return false;
        if (passed)
            to->hits[to->count++] = candidates->hits[i];
    }
    return true;
}

/* Of the farthest quarter of the candidates a walk misses many: an answer that needs them is short
 * too. *is_short: there may be more that pass. */
static bool walk_and_check(const method *m, uint32_t ef, bool *is_short)
{
    vg_nearest candidates = *m->question->nearest;
    bool is_dry = false;

    candidates.limit = ef;
    candidates.hits = VG_TAKE_N(m->look->read->arena, vg_hit, (size_t)ef + 1);
    if (!candidates.hits)
        return vg_read_too_large(m->look->read);
    if (!walk(m, ef, &candidates, &is_dry) || !check_all(m, &candidates, ef - ef / 4))
        return false;
    /* candidates that are missing were beyond the threshold, and so is all that is farther */
    *is_short = m->question->nearest->count < m->question->nearest->limit &&
                (is_dry || !candidates.has_threshold || candidates.count >= ef - ef / 4);
    return true;
}

/* Once: the candidates are so many that an answer that is short means that the filter goes against
 * the query, and behind what does not pass a wider walk finds little of what does. */
static bool search_checking(const method *m, bool *is_short)
{
    m->question->explain.method = "traverse_then_check";
    return vg_question_make_room(m->look, &m->view, m->question) &&
           walk_and_check(m, (uint32_t)candidates_of(m), is_short);
}

/* `is_far`: the nearest do not pass, so that a walk has to go a long way through what it does not
 * find. */
static bool search_rows(method *m, bool is_far)
{
    vg_question *q = m->question;

    if (!vg_question_find_rows(m->look, q, m->passing->rows))
        return false;
    m->passing->rows = q->nearest->rows;
    if (pays_to_scan(m, q->nearest->rows) || (is_far && q->nearest->rows->count <= MOST_FAR))
        return search_exactly(m);
    if (is_far)
        m->ef *= FAR_TIMES;
    q->explain.has_estimate = true;
    q->explain.estimate = q->nearest->rows->count;
    return search_graph(m, "filtered_traversal");
}

static bool search_filtered(method *m)
{
    vg_explain *explain = &m->question->explain;
    bool is_short = true;

    if (!learn(m, m->question->query->filter))
        return false;
    if (m->passing->rows || !pays_to_check(m))
        return search_rows(m, false);
    explain->has_estimate = true;
    explain->estimate = (uint64_t)(m->passing->share * m->view.live);
    if (!search_checking(m, &is_short))
        return false;
    return !is_short || search_rows(m, true);
}

/* ---- from end to end ---- */

static method method_of(vg_look *look, const vg_view *view, vg_question *question, passing *known)
{
    method m = {look, view_of(view, question->query), question, 0, 0, known};

    m.wanted = wanted_of(&m);
    m.ef = ef_of(&m);
    question->explain = (vg_explain){.points = view->live};
    return m;
}

static bool search_one(method *m)
{
    const vg_filter *filter = m->question->query->filter;

    if (walks(m))
        return filter ? search_filtered(m) : search_graph(m, "graph");
    return (!filter || vg_question_find_rows(m->look, m->question, NULL)) && search_exactly(m);
}

static bool search_each(vg_look *look, const vg_view *view, vg_question *const *asked,
                        uint32_t count)
{
    passing known = {0};
    bool good = true;

    for (uint32_t i = 0; good && i < count; i++) {
        method m = method_of(look, view, asked[i], &known);

        good = search_one(&m);
    }
    vg_sql_drop(known.check);
    return good;
}

/* In one pass over the floats. */
static bool search_together(vg_look *look, const vg_view *view, vg_question *const *asked,
                            uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        vg_question *q = asked[i];
        bool is_same = i > 0 && asked[i - 1]->query->filter == q->query->filter;

        q->explain = (vg_explain){.points = view->live};
        if (q->query->filter &&
            !vg_question_find_rows(look, q, is_same ? asked[i - 1]->nearest->rows : NULL))
            return false;
        if (!vg_question_make_room(look, view, q))
            return false;
        explain_exact(q, view);
    }
    vg_exact_search(view, asked[0]->nearest, count);
    return true;
}

bool vg_method_search(vg_look *look, const vg_view *view, vg_question *const *asked, uint32_t count)
{
    bool is_whole = true;

    for (uint32_t i = 0; i < count; i++) {
        method m = method_of(look, view, asked[i], NULL);

        is_whole &= !walks(&m) && m.view.used == view->used;
    }
    return is_whole ? search_together(look, view, asked, count)
                    : search_each(look, view, asked, count);
}
