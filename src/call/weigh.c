/* See weigh.h. What is text already weighs its bytes. A packed float is at most "-1.1754944e-38,"
 * and an index ten digits and a comma. Names may have to be escaped, each byte as \u0000. */
#include "call/weigh.h"

enum {
    UUID_BYTES = 39, /* with its quotes and a comma; no number is longer */
    FLOAT_BYTES = 16,
    INDEX_BYTES = 11,
    ESCAPED = 6,
    PER_POINT = 48, /* braces, and the names of its members */
    PER_VECTOR = 32,
    PER_UPDATE = 128,
    PER_SEARCH = 512,  /* its numbers, and the names of all that it may have */
    PER_FILTER = 1024, /* one that did not come as JSON is not measured */
};

static size_t weigh_text(vg_slice text)
{
    return text.len * ESCAPED + 3;
}

static size_t weigh_texts(const vg_slice *texts, uint32_t count)
{
    size_t bytes = 0;

    for (uint32_t i = 0; i < count; i++)
        bytes += weigh_text(texts[i]);
    return bytes;
}

static size_t weigh_vector(const vg_vector *vector)
{
    size_t bytes = PER_VECTOR + weigh_text(vector->name);

    if (vector->form != VG_VECTOR_F32)
        return bytes + vector->bytes.len;
    if (vector->indices)
        bytes += (size_t)vector->count * INDEX_BYTES;
    return bytes + vector->bytes.len / sizeof(float) * FLOAT_BYTES + 3 * (size_t)vector->rows;
}

size_t vg_weigh_id(const vg_point_id *id)
{
    return id->kind == VG_ID_TEXT ? weigh_text(id->text) : UUID_BYTES;
}

static size_t weigh_ids(const vg_point_id *ids, uint32_t count, size_t enough)
{
    size_t bytes = 0;

    for (uint32_t i = 0; i < count && bytes < enough; i++)
        bytes += vg_weigh_id(&ids[i]);
    return bytes;
}

size_t vg_weigh_point(const vg_point *point)
{
    size_t bytes = PER_POINT + vg_weigh_id(&point->id) + point->payload.len;

    for (uint32_t i = 0; i < point->vector_count; i++)
        bytes += weigh_vector(&point->vectors[i]);
    return bytes;
}

/* ---- changes ---- */

static size_t weigh_filter(const vg_filter *filter)
{
    if (!filter)
        return 0;
    return filter->raw.len > 0 ? filter->raw.len : PER_FILTER;
}

size_t vg_weigh_frame(const vg_update *update)
{
    size_t bytes = PER_UPDATE + update->payload.len + weigh_text(update->key) +
                   weigh_texts(update->names, update->name_count);

    return update->id_count > 0 ? bytes : bytes + weigh_filter(update->filter);
}

size_t vg_weigh_update(const vg_update *update, size_t enough)
{
    size_t bytes = vg_weigh_frame(update) + weigh_ids(update->ids, update->id_count, enough);

    for (uint32_t i = 0; i < update->point_count && bytes < enough; i++)
        bytes += vg_weigh_point(&update->points[i]);
    return bytes;
}

static size_t weigh_updates(const vg_op *op, size_t enough)
{
    size_t bytes = 0;

    for (uint32_t i = 0; i < op->in.update.count && bytes < enough; i++)
        bytes += vg_weigh_update(&op->in.update.at[i], enough);
    return bytes;
}

/* ---- queries ---- */

static size_t weigh_examples(const vg_example *at, uint32_t count)
{
    size_t bytes = 0;

    for (uint32_t i = 0; i < count; i++)
        bytes += weigh_vector(&at[i].vector) + vg_weigh_id(&at[i].id);
    return bytes;
}

size_t vg_weigh_search(const vg_search *search)
{
    return PER_SEARCH + weigh_vector(&search->vector) + vg_weigh_id(&search->by_id) +
           weigh_examples(search->positive, search->positive_count) +
           weigh_examples(search->negative, search->negative_count) +
           weigh_ids(search->except, search->except_count, SIZE_MAX) +
           weigh_filter(search->filter) + search->params.len + weigh_text(search->using_name) +
           search->with_payload.raw.len +
           weigh_texts(search->with_payload.paths, search->with_payload.path_count) +
           weigh_texts(search->with_vectors.names, search->with_vectors.name_count);
}

size_t vg_weigh_query(const vg_query *query)
{
    size_t bytes = vg_weigh_search(&query->search) + weigh_text(query->order.key);

    for (uint32_t i = 0; i < query->prefetch_count; i++)
        bytes += vg_weigh_search(&query->prefetch[i].search);
    return bytes;
}

static size_t weigh_searches(const vg_op *op, size_t enough)
{
    size_t bytes = 0;

    for (uint32_t i = 0; i < op->in.search.count && bytes < enough; i++)
        bytes += vg_weigh_search(&op->in.search.queries[i]);
    return bytes;
}

static size_t weigh_queries(const vg_op *op, size_t enough)
{
    size_t bytes = 0;

    for (uint32_t i = 0; i < op->in.query.count && bytes < enough; i++)
        bytes += vg_weigh_query(&op->in.query.at[i]);
    return bytes;
}

size_t vg_weigh(const vg_op *op, size_t enough)
{
    if (vg_op_is_update(op->kind))
        return weigh_updates(op, enough);
    switch (op->kind) {
    case VG_OP_SEARCH:
        return weigh_searches(op, enough);
    case VG_OP_QUERY:
        return weigh_queries(op, enough);
    case VG_OP_GET:
        return weigh_ids(op->in.get.ids, op->in.get.count, enough);
    default:
        return 0;
    }
}
