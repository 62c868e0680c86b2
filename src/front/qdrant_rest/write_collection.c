/* Answers of the routes on collections (FACTS 2 and 10), and the one that says who answers. */
#include "front/qdrant_rest/qdrant.h"
#include "front/qdrant_rest/settings.h"

static const char *const colors[] = {
    [VG_GREEN] = "green",
    [VG_YELLOW] = "yellow",
    [VG_GREY] = "grey",
    [VG_RED] = "red",
};

static void put_text(vg_json_out *json, const char *key, vg_slice text)
{
    vg_json_put_key(json, vg_slice_str(key));
    vg_json_put_text(json, text);
}

static void put_number(vg_json_out *json, const char *key, uint64_t number)
{
    vg_json_put_key(json, vg_slice_str(key));
    vg_json_put_u64(json, number);
}

static void put_flag(vg_json_out *json, const char *key, bool flag)
{
    vg_json_open_object(json);
    vg_json_put_key(json, vg_slice_str(key));
    vg_json_put_bool(json, flag);
    vg_json_close_object(json);
}

void vg_write_collection_version(vg_front *front, const vg_front_in *in, vg_arena *arena,
                                 vg_front_out *out)
{
    vg_json_out json = {.buf = out->body};

    (void)in;
    (void)arena;
    vg_json_open_object(&json);
    put_text(&json, "title", VG_LIT("qdrant - vector search engine"));
    put_text(&json, "version", vg_front_parts_of(front)->qdrant_version);
    vg_json_close_object(&json);
}

void vg_write_collection_names(const vg_op *op, vg_front_out *out)
{
    vg_json_out json;

    vg_envelope_open(&json, out);
    vg_json_open_object(&json);
    vg_json_put_key(&json, VG_LIT("collections"));
    vg_json_open_array(&json);
    for (uint32_t i = 0; i < op->out.names.count; i++) {
        vg_json_open_object(&json);
        put_text(&json, "name", op->out.names.at[i]);
        vg_json_close_object(&json);
    }
    vg_json_close_array(&json);
    vg_json_close_object(&json);
    vg_envelope_close(&json, out);
}

/* Of a creation, a change, changes of aliases: it was done, whether or not there was something to
 * do. */
void vg_write_collection_done(const vg_op *op, vg_front_out *out)
{
    vg_json_out json;

    (void)op;
    vg_envelope_open(&json, out);
    vg_json_put_bool(&json, true);
    vg_envelope_close(&json, out);
}

void vg_write_collection_dropped(const vg_op *op, vg_front_out *out)
{
    vg_json_out json;

    vg_envelope_open(&json, out);
    vg_json_put_bool(&json, op->out.did);
    vg_envelope_close(&json, out);
}

void vg_write_collection_aliases(const vg_op *op, vg_front_out *out)
{
    vg_json_out json;

    vg_envelope_open(&json, out);
    vg_json_open_object(&json);
    vg_json_put_key(&json, VG_LIT("aliases"));
    vg_json_open_array(&json);
    for (uint32_t i = 0; i < op->out.aliases.count; i++) {
        vg_json_open_object(&json);
        put_text(&json, "alias_name", op->out.aliases.at[i].name);
        put_text(&json, "collection_name", op->out.aliases.at[i].collection);
        vg_json_close_object(&json);
    }
    vg_json_close_array(&json);
    vg_json_close_object(&json);
    vg_envelope_close(&json, out);
}

/* Also what is made of a description that was not found. */
void vg_write_collection_exists(const vg_op *op, vg_front_out *out)
{
    vg_json_out json;

    vg_envelope_open(&json, out);
    put_flag(&json, "exists", op->status.code == VG_OK);
    vg_envelope_close(&json, out);
}

/* ---- description ---- */

static void put_health(vg_json_out *json, const vg_collection_info *info)
{
    put_text(json, "status", vg_slice_str(colors[info->color]));
    if (info->color != VG_RED) {
        put_text(json, "optimizer_status", VG_LIT("ok"));
        return;
    }
    vg_json_put_key(json, VG_LIT("optimizer_status"));
    vg_json_open_object(json);
    put_text(json, "error", info->trouble);
    vg_json_close_object(json);
}

/* What the backend does not tell is known from the creation; the vectors, to the word. */
static vg_collection_spec spec_of(const vg_op *op)
{
    vg_collection_spec spec = op->out.info.spec;

    if (!op->collection)
        return spec;
    spec.vectors = op->collection->spec.vectors;
    spec.vector_count = op->collection->spec.vector_count;
    if (spec.settings.len == 0)
        spec.settings = op->collection->spec.settings;
    /* who counts the points of indexes knows which there are */
    if (spec.indexes.count == 0 && !op->out.info.index_points)
        spec.indexes = op->collection->spec.indexes;
    return spec;
}

/* `points` is null-free in Qdrant's schema: what is unknown is 0. */
static void put_schema(vg_json_out *json, const vg_collection_info *info, const vg_indexes *indexes)
{
    bool has_points = info->index_points && indexes->at == info->spec.indexes.at;

    vg_json_open_object(json);
    for (uint32_t i = 0; i < indexes->count; i++) {
        const vg_index *index = &indexes->at[i];

        vg_json_put_key(json, index->key);
        vg_json_open_object(json);
        put_text(json, "data_type", vg_slice_str(vg_index_kind_word(index->kind)));
        if (index->params.len > 0) {
            vg_json_put_key(json, VG_LIT("params"));
            vg_json_put_raw(json, index->params);
        }
        put_number(json, "points", has_points ? info->index_points[i] : 0);
        vg_json_close_object(json);
    }
    vg_json_close_object(json);
}

static void put_config(vg_json_out *json, const vg_op *op)
{
    const vg_collection_info *info = &op->out.info;
    vg_collection_spec spec = spec_of(op);

    vg_json_put_key(json, VG_LIT("config"));
    if (info->config.len > 0)
        vg_json_put_raw(json, info->config);
    else
        vg_settings_write(op->arena, json, &spec);
    vg_json_put_key(json, VG_LIT("payload_schema"));
    if (info->payload_schema.len > 0)
        vg_json_put_raw(json, info->payload_schema);
    else
        put_schema(json, info, &spec.indexes);
}

void vg_write_collection_info(const vg_op *op, vg_front_out *out)
{
    const vg_collection_info *info = &op->out.info;
    vg_json_out json;

    vg_envelope_open(&json, out);
    vg_json_open_object(&json);
    put_health(&json, info);
    put_number(&json, "indexed_vectors_count", info->indexed_vectors_count);
    put_number(&json, "points_count", info->points_count);
    put_number(&json, "segments_count", info->segments_count);
    put_config(&json, op);
    vg_json_close_object(&json);
    vg_envelope_close(&json, out);
}
