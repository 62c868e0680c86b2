/* See case_result.h. */
#include "tests/support/case_result.h"

#include <inttypes.h>

#include "vecgate/json.h"

static void write_note(vg_buf *to, const char *name, vg_slice text)
{
    if (text.len > 0)
        vg_buf_printf(to, " [%s: " VG_FMT "]", name, VG_ARG(text));
}

static void write_failure(vg_buf *to, const vg_status *status)
{
    vg_buf_printf(to, "%s " VG_FMT, vg_code_describe(status->code)->name,
                  VG_ARG(vg_status_what(status)));
    write_note(to, "where", status->where);
    write_note(to, "upstream", status->upstream);
    if (status->is_unclear)
        vg_buf_put(to, VG_LIT(" [unsure]"));
    if (status->retry_after_ms > 0)
        vg_buf_printf(to, " [retry after: %" PRIu32 "]", status->retry_after_ms);
}

/* --- points ---------------------------------------------------------------------------------- */

static void write_vector(vg_buf *to, const vg_vector *vector)
{
    vg_json_out out = {.buf = to};

    vg_buf_printf(to, ":" VG_FMT, VG_ARG(vector->name));
    vg_vector_write(&out, vector);
    vg_buf_printf(to, "(%" PRIu32 ")", vector->count);
    if (vector->rows > 0)
        vg_buf_printf(to, "(%" PRIu32 " rows)", vector->rows);
}

static void write_point(vg_buf *to, const vg_point *point)
{
    vg_json_out out = {.buf = to};

    vg_buf_put_byte(to, ' ');
    vg_point_id_write(&out, &point->id);
    if (point->has_score) {
        vg_buf_printf(to, " score=");
        out.comma = false;
        vg_json_put_f32(&out, point->score);
        vg_buf_printf(to, " version=%" PRIu64, point->version);
    }
    if (point->has_order) {
        vg_buf_printf(to, " order=");
        out.comma = false;
        if (point->order.is_integer)
            vg_json_put_i64(&out, point->order.integer);
        else
            vg_json_put_f64(&out, point->order.real);
    }
    if (point->has_payload)
        vg_buf_printf(to, " payload=" VG_FMT, VG_ARG(point->payload));
    if (point->has_vectors)
        vg_buf_printf(to, " vectors=%" PRIu32, point->vector_count);
    for (uint32_t i = 0; i < point->vector_count; i++)
        write_vector(to, &point->vectors[i]);
    vg_buf_put_byte(to, ';');
}

static void write_points(vg_buf *to, vg_points points)
{
    for (uint32_t i = 0; i < points.count; i++)
        write_point(to, &points.at[i]);
}

static void write_searches(vg_buf *to, const vg_op_result *result)
{
    for (uint32_t i = 0; i < result->searches.count; i++) {
        vg_buf_printf(to, " #%" PRIu32, i);
        write_points(to, result->searches.at[i]);
    }
}

static void write_groups(vg_buf *to, const vg_op_result *result)
{
    for (uint32_t i = 0; i < result->groups.count; i++) {
        const vg_group *group = &result->groups.at[i];

        if (group->id.kind == VG_MATCH_TEXT)
            vg_buf_printf(to, " \"" VG_FMT "\":", VG_ARG(group->id.text));
        else
            vg_buf_printf(to, " %" PRId64 ":", group->id.integer);
        write_points(to, group->hits);
    }
}

static void write_page(vg_buf *to, const vg_op_result *result)
{
    vg_json_out out = {.buf = to};

    write_points(to, result->page.points);
    vg_buf_printf(to, " next ");
    vg_point_id_write(&out, &result->page.next);
}

/* --- collections ----------------------------------------------------------------------------- */

static void write_index(vg_buf *to, const vg_index *index, uint64_t points)
{
    const vg_text_options *text = &index->text;

    vg_buf_printf(to, " index(" VG_FMT " %s", VG_ARG(index->key), vg_index_kind_word(index->kind));
    if (index->kind == VG_INDEX_TEXT)
        vg_buf_printf(to, " %s %" PRIu32 "..%" PRIu32 "%s%s", vg_tokenizer_word(text->tokenizer),
                      text->min_token_len, text->max_token_len, text->keeps_case ? " case" : "",
                      text->has_phrases ? " phrases" : "");
    vg_buf_printf(to, "%s%s " VG_FMT " points=%" PRIu64 ")", index->no_lookup ? " no_lookup" : "",
                  index->no_range ? " no_range" : "", VG_ARG(index->params), points);
}

static void write_info(vg_buf *to, const vg_collection_info *info)
{
    static const char *const colors[] = {"green", "yellow", "grey", "red"};

    if (!info->exists) {
        vg_buf_printf(to, " absent");
        return;
    }
    vg_buf_printf(to, " %s points=%" PRIu64 " indexed=%" PRIu64 " segments=%" PRIu64,
                  colors[info->color], info->points_count, info->indexed_vectors_count,
                  info->segments_count);
    for (uint32_t i = 0; i < info->spec.vector_count; i++) {
        const vg_vector_params *v = &info->spec.vectors[i];

        vg_buf_printf(to, " vector(" VG_FMT " %" PRIu32 " %s %d" VG_FMT VG_FMT, VG_ARG(v->name),
                      v->size, vg_distance_name(v->distance), v->on_disk, VG_ARG(v->datatype),
                      VG_ARG(v->hnsw_config));
        if (v->kind != VG_DENSE)
            vg_buf_printf(to, " %s%s" VG_FMT, vg_vector_kind_word(v->kind),
                          v->has_idf        ? " idf"
                          : v->names_no_idf ? " no idf"
                                            : "",
                          VG_ARG(v->sparse_index));
        vg_buf_printf(to, VG_FMT ")", VG_ARG(v->quantization_config));
    }
    for (uint32_t i = 0; i < info->spec.indexes.count; i++)
        write_index(to, &info->spec.indexes.at[i], info->index_points[i]);
    write_note(to, "trouble", info->trouble);
    write_note(to, "settings", info->spec.settings);
    write_note(to, "config", info->config);
    write_note(to, "schema", info->payload_schema);
}

static void write_names(vg_buf *to, const vg_op_result *result)
{
    for (uint32_t i = 0; i < result->names.count; i++)
        vg_buf_printf(to, " " VG_FMT, VG_ARG(result->names.at[i]));
}

static void write_build(vg_buf *to, const vg_index_build *build)
{
    static const char *const words[] = {"done", "needed", "going on"};

    vg_buf_printf(to, " %s %" PRIu64 "/%" PRIu64, words[build->state], build->done, build->total);
    if (build->again_ms > 0)
        vg_buf_printf(to, " again in %" PRIu32 " ms", build->again_ms);
    write_note(to, "cursor", build->cursor);
}

static void write_batch(vg_buf *to, const vg_op_result *result)
{
    vg_buf_printf(to, " operations");
    for (uint32_t i = 0; i < result->batch.count; i++)
        vg_buf_printf(to, " %" PRIu64, result->batch.operation_ids[i]);
    vg_buf_printf(to, result->batch.completed ? " completed" : " accepted");
}

static void write_facet(vg_buf *to, const vg_op_result *result)
{
    for (uint32_t i = 0; i < result->facet.count; i++) {
        const vg_facet_hit *hit = &result->facet.at[i];

        if (hit->value.kind == VG_MATCH_TEXT)
            vg_buf_printf(to, " \"" VG_FMT "\"", VG_ARG(hit->value.text));
        else if (hit->value.kind == VG_MATCH_BOOL)
            vg_buf_printf(to, hit->value.integer ? " true" : " false");
        else
            vg_buf_printf(to, " %" PRId64, hit->value.integer);
        vg_buf_printf(to, "=%" PRIu64 ";", hit->count);
    }
}

/* Those whose answer says that points or their index were changed. */
static bool is_written(vg_op_kind kind)
{
    return kind == VG_OP_CREATE_INDEX || kind == VG_OP_DROP_INDEX ||
           (vg_op_is_update(kind) && kind != VG_OP_BATCH);
}

static void write_found(vg_buf *to, vg_op_kind kind, const vg_op_result *result)
{
    if (is_written(kind)) {
        vg_buf_printf(to, " operation %" PRIu64 " %s", result->written.operation_id,
                      result->written.completed ? "completed" : "accepted");
        return;
    }
    switch (kind) {
    case VG_OP_HEALTH:
        vg_buf_printf(to, " " VG_FMT " " VG_FMT, VG_ARG(result->health.title),
                      VG_ARG(result->health.version));
        return;
    case VG_OP_CREATE_COLLECTION:
    case VG_OP_DROP_COLLECTION:
    case VG_OP_DROP_TENANT:
    case VG_OP_UPDATE_COLLECTION:
        vg_buf_printf(to, result->did ? " did" : " had nothing to do");
        return;
    case VG_OP_DESCRIBE:
        write_info(to, &result->info);
        return;
    case VG_OP_LIST:
        write_names(to, result);
        return;
    case VG_OP_BUILD_INDEX:
        write_build(to, &result->build);
        return;
    case VG_OP_BATCH:
        write_batch(to, result);
        return;
    case VG_OP_GET:
        write_points(to, result->points);
        return;
    case VG_OP_SEARCH:
    case VG_OP_QUERY:
    case VG_OP_MATRIX:
        write_searches(to, result);
        return;
    case VG_OP_GROUPS:
        write_groups(to, result);
        return;
    case VG_OP_SCROLL:
        write_page(to, result);
        return;
    case VG_OP_COUNT:
        vg_buf_printf(to, " %" PRIu64, result->count);
        return;
    case VG_OP_FACET:
        write_facet(to, result);
        return;
    default:
        vg_buf_printf(to, " ?");
    }
}

void case_result_write(vg_buf *to, vg_op_kind kind, const vg_try *t, bool is_done)
{
    if (!is_done) {
        write_failure(to, &t->status);
        return;
    }
    vg_buf_printf(to, "OK");
    write_found(to, kind, &t->result);
}
