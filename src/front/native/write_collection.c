/* Operations on collections to native answers. Pure: any thread. */
#include "front/native/native.h"

static const char *const colors[] = {
    [VG_GREEN] = "green", [VG_YELLOW] = "yellow", [VG_GREY] = "grey", [VG_RED] = "red"};

static void put(vg_json_out *out, const char *key)
{
    vg_json_put_key(out, vg_slice_str(key));
}

static void write_sparse(vg_json_out *out, const vg_vector_params *vector)
{
    put(out, "kind");
    vg_json_put_text(out, vg_slice_str(vg_vector_kind_word(vector->kind)));
    put(out, "idf");
    vg_json_put_bool(out, vector->has_idf);
}

/* The unnamed vector alone is the collection's dimension and metric. What a vector is by default is
 * not said. */
static void write_params(vg_json_out *out, vg_arena *arena, const vg_json *all,
                         const vg_vector_params *vector)
{
    if (vector->kind == VG_SPARSE) {
        write_sparse(out, vector);
        return;
    }
    if (vector->kind != VG_DENSE) {
        put(out, "kind");
        vg_json_put_text(out, vg_slice_str(vg_vector_kind_word(vector->kind)));
    }
    put(out, "dimension");
    vg_json_put_u64(out, vector->size);
    put(out, "metric");
    vg_json_put_text(out, vg_slice_str(vg_distance_name(vector->distance)));
    if (vector->datatype.len > 0) {
        put(out, "datatype");
        vg_json_put_text(out, vector->datatype);
    }
    vg_native_write_settings(out, arena, all, vector);
}

/* `settings`: of the whole collection, as text. */
static void write_vectors(vg_json_out *out, vg_arena *arena, const vg_collection_spec *spec,
                          vg_slice settings)
{
    const vg_json *all = vg_native_read_kept(arena, settings);

    if (spec->vector_count == 1 && spec->vectors[0].name.len == 0) {
        write_params(out, arena, all, &spec->vectors[0]);
        return;
    }
    put(out, "vectors");
    vg_json_open_object(out);
    for (uint32_t i = 0; i < spec->vector_count; i++) {
        vg_json_put_key(out, spec->vectors[i].name);
        vg_json_open_object(out);
        write_params(out, arena, all, &spec->vectors[i]);
        vg_json_close_object(out);
    }
    vg_json_close_object(out);
}

/* ---- payload fields ---- */

/* The options as they were given; `params` is {"type": …, options}, or nothing. */
static void write_options(vg_json_out *out, vg_arena *arena, vg_slice params)
{
    const vg_json *given = vg_native_read_kept(arena, params);

    for (const vg_json *v = given ? given->first : NULL; v; v = v->next) {
        if (vg_slice_is(v->key, VG_LIT("type")))
            continue;
        vg_json_put_key(out, v->key);
        vg_json_put_raw(out, v->raw);
    }
}

/* `points`: NULL when nobody knows how many have a value. */
static void write_field(vg_json_out *out, vg_arena *arena, const vg_index *index,
                        const uint64_t *points)
{
    vg_json_open_object(out);
    put(out, "key");
    vg_json_put_text(out, index->key);
    put(out, "type");
    vg_json_put_text(out, vg_slice_str(vg_index_kind_word(index->kind)));
    write_options(out, arena, index->params);
    if (points) {
        put(out, "points");
        vg_json_put_u64(out, *points);
    }
    vg_json_close_object(out);
}

static void write_fields(vg_json_out *out, vg_arena *arena, const vg_indexes *indexes,
                         const uint64_t *points)
{
    put(out, "fields");
    vg_json_open_array(out);
    for (uint32_t i = 0; i < indexes->count; i++)
        write_field(out, arena, &indexes->at[i], points ? &points[i] : NULL);
    vg_json_close_array(out);
}

/* What the backend knows to have, with its numbers; else what was declared. */
static const vg_indexes *indexes_of(const vg_op *op)
{
    return op->out.info.index_points ? &op->out.info.spec.indexes : &op->collection->spec.indexes;
}

void vg_native_write_fields(const vg_op *op, vg_front_out *out)
{
    vg_json_out json = {.buf = out->body};

    vg_json_open_object(&json);
    write_fields(&json, op->arena, indexes_of(op), op->out.info.index_points);
    vg_json_close_object(&json);
}

void vg_native_write_field(const vg_op *op, vg_front_out *out)
{
    vg_json_out json = {.buf = out->body};
    vg_slice key = out->in->params[1];
    const vg_indexes *indexes = indexes_of(op);
    const vg_index *index = vg_index_find(indexes, key);
    const uint64_t *points = op->out.info.index_points;

    if (index)
        write_field(&json, op->arena, index, points ? &points[index - indexes->at] : NULL);
    else
        vg_native_write_absent(
            op, "key",
            vg_arena_printf(op->arena, "Field `" VG_FMT "` is not declared!", VG_ARG(key)), out);
}

/* ---- collections ---- */

static void add_location(const vg_op *op, vg_front_out *out)
{
    vg_slice name = vg_path_escape(op->arena, op->name);
    vg_slice path = vg_arena_printf(op->arena, "/v1/collections/" VG_FMT, VG_ARG(name));

    if (name.len > 0 && path.len > 0)
        out->headers[out->header_count++] = (vg_header){VG_LIT_INIT("location"), path};
}

void vg_native_write_created(const vg_op *op, vg_front_out *out)
{
    vg_json_out json = {.buf = out->body};

    out->status = 201;
    add_location(op, out);
    vg_json_open_object(&json);
    put(&json, "name");
    vg_json_put_text(&json, op->name);
    write_vectors(&json, op->arena, &op->in.create.spec, op->in.create.spec.settings);
    write_fields(&json, op->arena, &op->in.create.spec.indexes, NULL);
    vg_json_close_object(&json);
}

void vg_native_write_names(const vg_op *op, vg_front_out *out)
{
    vg_json_out json = {.buf = out->body};

    vg_json_open_object(&json);
    put(&json, "collections");
    vg_json_open_array(&json);
    for (uint32_t i = 0; i < op->out.names.count; i++) {
        vg_json_open_object(&json);
        put(&json, "name");
        vg_json_put_text(&json, op->out.names.at[i]);
        vg_json_close_object(&json);
    }
    vg_json_close_array(&json);
    vg_json_close_object(&json);
}

/* What the backend says of the whole collection when it speaks of it; else what was said to it. */
static vg_slice settings_of(const vg_op *op)
{
    return op->out.info.config.len > 0 ? op->out.info.config : op->collection->spec.settings;
}

void vg_native_write_info(const vg_op *op, vg_front_out *out)
{
    const vg_collection_info *info = &op->out.info;
    vg_json_out json = {.buf = out->body};

    vg_json_open_object(&json);
    put(&json, "name");
    vg_json_put_text(&json, op->name);
    write_vectors(&json, op->arena, &op->collection->spec, settings_of(op));
    write_fields(&json, op->arena, indexes_of(op), info->index_points);
    put(&json, "status");
    vg_json_put_text(&json, vg_slice_str(colors[info->color]));
    if (info->trouble.len > 0) {
        put(&json, "trouble");
        vg_json_put_text(&json, info->trouble);
    }
    put(&json, "points");
    vg_json_put_u64(&json, info->points_count);
    put(&json, "indexed_vectors");
    vg_json_put_u64(&json, info->indexed_vectors_count);
    vg_json_close_object(&json);
}

void vg_native_write_absent(const vg_op *op, const char *where, vg_slice what, vg_front_out *out)
{
    vg_status status = {.code = VG_NOT_FOUND, .what = what, .where = vg_slice_str(where)};

    vg_native_write_problem(op->arena, &status, out);
}

void vg_native_write_dropped(const vg_op *op, vg_front_out *out)
{
    vg_slice what;

    if (op->out.did) {
        vg_native_write_nothing(op, out);
        return;
    }
    what = vg_arena_printf(op->arena, "Collection `" VG_FMT "` doesn't exist!", VG_ARG(op->name));
    vg_native_write_absent(op, "collection", what, out);
}
