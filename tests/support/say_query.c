/* See say_query.h. */
#include "tests/support/say_query.h"

#include <inttypes.h>

#include "vecgate/json.h"

static void say_id(vg_buf *to, vg_arena *arena, const vg_point_id *id)
{
    vg_buf_printf(to, "%s" VG_FMT, id->kind == VG_ID_TEXT ? "text:" : "",
                  VG_ARG(vg_point_id_text(arena, id)));
}

static void say_vector(vg_buf *to, const vg_vector *vector)
{
    vg_json_out json = {.buf = to};

    vg_vector_write(&json, vector);
    vg_buf_printf(to, "#%u", vector->count);
    if (vector->rows > 0)
        vg_buf_printf(to, "/%u", vector->rows);
}

static void say_one(vg_buf *to, vg_arena *arena, const vg_point_id *id, const vg_vector *vector)
{
    if (id->kind != VG_ID_NONE)
        say_id(to, arena, id);
    else
        say_vector(to, vector);
}

static void say_examples(vg_buf *to, vg_arena *arena, const vg_search *search)
{
    for (uint32_t i = 0; i < search->positive_count; i++) {
        vg_buf_put(to, VG_LIT(" +"));
        say_one(to, arena, &search->positive[i].id, &search->positive[i].vector);
    }
    for (uint32_t i = 0; i < search->negative_count; i++) {
        vg_buf_put(to, VG_LIT(" -"));
        say_one(to, arena, &search->negative[i].id, &search->negative[i].vector);
    }
}

static void say_pairs(vg_buf *to, vg_arena *arena, const vg_search *search)
{
    for (uint32_t i = 0; i < search->positive_count; i++) {
        vg_buf_put(to, VG_LIT(" ("));
        say_one(to, arena, &search->positive[i].id, &search->positive[i].vector);
        vg_buf_put(to, VG_LIT(","));
        say_one(to, arena, &search->negative[i].id, &search->negative[i].vector);
        vg_buf_put(to, VG_LIT(")"));
    }
}

void say_sought(vg_buf *to, vg_arena *arena, const vg_search *search)
{
    static const char *const words[VG_SCORINGS] = {"",     " average",   " best",
                                                   " sum", " discovery", " context"};

    vg_buf_printf(to, "%s", words[search->scoring]);
    if (search->scoring == VG_BY_NEAREST || search->scoring == VG_BY_DISCOVERY) {
        vg_buf_put(to, VG_LIT(" "));
        say_one(to, arena, &search->by_id, &search->vector);
    }
    if (search->scoring >= VG_BY_DISCOVERY)
        say_pairs(to, arena, search);
    else
        say_examples(to, arena, search);
}

void say_how(vg_buf *to, const vg_search_params *how)
{
    static const char *const rescores[] = {"", " rescores", " rescores_not"};

    if (how->hnsw_ef > 0)
        vg_buf_printf(to, " ef=%" PRIu32, how->hnsw_ef);
    vg_buf_printf(to, "%s%s%s", how->indexed_only ? " indexed_only" : "",
                  how->ignores_quantization ? " ignores" : "", rescores[how->rescore]);
    if (how->oversampling > 0)
        vg_buf_printf(to, " over=%g", (double)how->oversampling);
}

static void say_order(vg_buf *to, const vg_order_by *order)
{
    vg_buf_printf(to, " " VG_FMT "%s", VG_ARG(order->key), order->descends ? " desc" : "");
    if (order->has_start && order->start.is_integer)
        vg_buf_printf(to, " start=%" PRId64, order->start.integer);
    else if (order->has_start)
        vg_buf_printf(to, " start=%g", order->start.real);
}

static void say_part(vg_buf *to, vg_arena *arena, const vg_query *query, say_terms_fn *terms)
{
    static const char *const words[] = {" scroll", "", " order", " sample", " rrf", " dbsf"};

    vg_buf_printf(to, "%s", words[query->kind]);
    if (query->kind == VG_QUERY_SEARCH)
        say_sought(to, arena, &query->search);
    if (query->kind == VG_QUERY_ORDER_BY)
        say_order(to, &query->order);
    terms(to, arena, &query->search);
    if (query->lookup_collection.len > 0)
        vg_buf_printf(to, " lookup=" VG_FMT "/" VG_FMT, VG_ARG(query->lookup_collection),
                      VG_ARG(query->lookup_vector));
}

void say_query(vg_buf *to, vg_arena *arena, const vg_query *query, say_terms_fn *terms)
{
    say_part(to, arena, query, terms);
    for (uint32_t i = 0; i < query->prefetch_count; i++) {
        vg_buf_printf(to, "%s", i == 0 ? " of{" : ";");
        say_part(to, arena, &query->prefetch[i], terms);
    }
    if (query->prefetch_count > 0)
        vg_buf_put(to, VG_LIT("}"));
}
