/* The toy vector backend: collections, and what operations do with them. See toy_adapter.h. */
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/spec.h"
#include "catalog/catalog.h"
#include "tests/support/toy_stores.h"

enum { SPEC_BYTES = 1 << 20 };

/* ---- collections ---- */

static struct collection *find(const toys *toy, vg_slice tenant, vg_slice name)
{
    for (unsigned i = 0; i < toy->collection_count; i++)
        if (vg_slice_is_str(tenant, toy->collections[i].tenant) &&
            vg_slice_is_str(name, toy->collections[i].name))
            return &toy->collections[i];
    return NULL;
}

static vg_slice owner_of(const toys *toy, const char *tenant)
{
    return toy->vectors_adapter.place ? VG_LIT("") : vg_slice_str(tenant);
}

struct collection *toy_find_collection(const toys *toy, vg_slice name)
{
    return find(toy, owner_of(toy, "default"), name);
}

struct collection *toy_find_part(const toys *toy, vg_slice tenant, vg_slice name)
{
    return find(toy, tenant, name);
}

typedef struct key {
    vg_slice tenant, name;
} key;

static key key_of(const toy_work *w, vg_slice physical, bool raw_ids)
{
    const vg_op *op = w->op;
    bool is_placed = w->toy->vectors_adapter.place != NULL;

    if (!raw_ids)
        return (key){op->who->name, op->collection ? op->collection->name : op->name};
    return (key){is_placed ? VG_LIT("") : op->who->name, physical};
}

struct collection *toy_meant(const toy_work *w, vg_slice physical, bool raw_ids)
{
    key k = key_of(w, physical, raw_ids);

    return find(w->toy, k.tenant, k.name);
}

static struct collection *known(const toy_work *w)
{
    return toy_meant(w, w->op->collection->physical, w->op->collection->raw_ids);
}

static char *write_spec(const vg_collection_spec *spec)
{
    vg_arena *arena = vg_arena_new(SPEC_BYTES);
    vg_slice text = vg_spec_write(arena, spec);
    char *copy = strndup(text.at, text.len);

    VG_CHECK(copy);
    vg_arena_free(arena);
    return copy;
}

static void set_spec(struct collection *collection, const vg_collection_spec *spec)
{
    char *text = write_spec(spec); /* before the old one goes, which `spec` may be made of */

    free(collection->spec);
    collection->spec = text;
}

static char *copy_text(vg_slice text)
{
    char *copy = malloc(text.len + 1);

    VG_CHECK(copy);
    if (text.len > 0)
        memcpy(copy, text.at, text.len);
    copy[text.len] = '\0';
    return copy;
}

static void add_collection(toys *toy, key k, const vg_collection_spec *spec)
{
    size_t bytes = (toy->collection_count + 1) * sizeof *toy->collections;

    toy->collections = realloc(toy->collections, bytes);
    VG_CHECK(toy->collections);
    toy->collections[toy->collection_count++] = (struct collection){
        .tenant = copy_text(k.tenant), .name = copy_text(k.name), .spec = write_spec(spec)};
}

static void drop_collection(toys *toy, struct collection *collection)
{
    free(collection->tenant);
    free(collection->name);
    free(collection->spec);
    free(collection->points);
    *collection = toy->collections[--toy->collection_count];
}

unsigned toy_collections(const toys *toy)
{
    return toy->collection_count;
}

unsigned toy_objects_of(const toys *toy, const char *tenant)
{
    unsigned n = 0;

    for (unsigned i = 0; i < toy->collection_count; i++)
        n += strcmp(toy->collections[i].tenant, tenant) == 0;
    return n;
}

const char *toy_spec(const toys *toy, const char *name)
{
    const struct collection *collection = toy_find_collection(toy, vg_slice_str(name));

    return collection ? collection->spec : NULL;
}

void toy_set_collection(toys *toy, const char *name, uint32_t size)
{
    const vg_vector_params vector = {.size = size, .distance = VG_DOT, .on_disk = -1};
    struct collection *collection = toy_find_collection(toy, vg_slice_str(name));

    if (collection)
        drop_collection(toy, collection);
    if (size > 0)
        add_collection(toy, (key){owner_of(toy, "default"), vg_slice_str(name)},
                       &(vg_collection_spec){.vectors = &vector, .vector_count = 1});
}

void toy_set_spec(toys *toy, const char *name, const vg_collection_spec *spec)
{
    add_collection(toy, (key){owner_of(toy, "default"), vg_slice_str(name)}, spec);
}

void toy_free_collections(toys *toy)
{
    while (toy->collection_count > 0)
        drop_collection(toy, &toy->collections[0]);
    free(toy->collections);
}

/* ---- what operations do ---- */

static void do_create(toy_work *w)
{
    const vg_collection_spec *spec = &w->op->in.create.spec;
    bool raw_ids = w->op->in.create.raw_ids;
    struct collection *old = toy_meant(w, w->op->in.create.physical, raw_ids);

    if (old && raw_ids) {
        toy_fail(w, VG_EXISTS, "the toy has that already", "toy");
        return;
    }
    if (!old)
        add_collection(w->toy, key_of(w, w->op->in.create.physical, raw_ids), spec);
    w->try->result.did = true;
}

static struct collection *named(const toy_work *w)
{
    return toy_meant(w, w->op->in.collection.physical, w->op->in.collection.raw_ids);
}

static void do_drop(toy_work *w)
{
    struct collection *collection = named(w);

    w->try->result.did = collection != NULL;
    if (collection)
        drop_collection(w->toy, collection);
}

static bool read_spec(toy_work *w, const struct collection *collection, vg_collection_spec *spec)
{
    vg_status status = {0};

    if (vg_spec_read(w->try->scratch, vg_slice_str(collection->spec), spec, &status))
        return true;
    toy_fail(w, VG_TOO_LARGE, "the toy has no memory", "toy");
    return false;
}

static void do_describe(toy_work *w)
{
    const struct collection *collection = named(w);
    vg_collection_info *info = &w->try->result.info;

    info->exists = collection != NULL;
    info->tells_builds = w->toy->build.is_told;
    if (collection && read_spec(w, collection, &info->spec))
        info->points_count = collection->writes;
}

static void do_update(toy_work *w)
{
    struct collection *collection = known(w);

    if (!collection) {
        toy_fail(w, VG_NOT_FOUND, "the toy does not have that", "collection");
        return;
    }
    set_spec(collection, &w->op->in.change.spec);
    w->try->result.did = true;
}

/* Takes the field out, and puts it in again at the end when it is to be there. */
static void do_index(toy_work *w)
{
    struct collection *collection = known(w);
    const vg_index *index = &w->op->in.index.index;
    vg_collection_spec spec;
    vg_index at[64];
    uint32_t count = 0;

    if (!collection) {
        toy_fail(w, VG_NOT_FOUND, "the toy does not have that", "collection");
        return;
    }
    if (!read_spec(w, collection, &spec))
        return;
    VG_CHECK(spec.indexes.count < 64);
    for (uint32_t i = 0; i < spec.indexes.count; i++)
        if (!vg_slice_is(spec.indexes.at[i].key, index->key))
            at[count++] = spec.indexes.at[i];
    if (w->op->kind == VG_OP_CREATE_INDEX)
        at[count++] = *index;
    spec.indexes = (vg_indexes){at, count};
    set_spec(collection, &spec);
    w->try->result.written.operation_id = ++collection->writes;
    w->try->result.written.completed = w->op->in.index.wait;
}

static void do_list(toy_work *w)
{
    vg_slice *names = VG_TAKE_N(w->try->scratch, vg_slice, w->toy->collection_count + 1);
    key mine = key_of(w, (vg_slice){0}, true);
    uint32_t count = 0;

    if (!names) {
        toy_fail(w, VG_TOO_LARGE, "the toy has no memory", "toy");
        return;
    }
    for (unsigned i = 0; i < w->toy->collection_count; i++)
        if (vg_slice_is_str(mine.tenant, w->toy->collections[i].tenant) &&
            w->toy->collections[i].name[0] != '=') /* toy_place(): another's */
            names[count++] =
                vg_arena_copy(w->try->scratch, vg_slice_str(w->toy->collections[i].name));
    w->try->result.names.at = names;
    w->try->result.names.count = count;
}

/* All of the tenant's, whatever rows say. */
static void do_drop_tenant(toy_work *w)
{
    for (unsigned i = w->toy->collection_count; i-- > 0;) {
        if (!vg_slice_is_str(w->op->who->name, w->toy->collections[i].tenant))
            continue;
        drop_collection(w->toy, &w->toy->collections[i]);
        w->try->result.did = true;
    }
}

/* Derived of tenant and name, and a word before it that nobody's own name begins with; of a size
 * that is odd the object is shared. */
bool toy_place(const vg_backend *self, const vg_tenant *who, vg_slice name,
               const vg_collection_spec *spec, vg_arena *arena, vg_placement *out,
               vg_status *status)
{
    bool is_shared = spec->vector_count > 0 && spec->vectors[0].size % 2 == 1;

    (void)self;
    (void)status;
    if (who->is_sole)
        *out = (vg_placement){name, true};
    else if (is_shared)
        *out = (vg_placement){VG_LIT("=shared"), false};
    else
        *out = (vg_placement){vg_arena_printf(arena, "=%zu" VG_FMT VG_FMT, who->name.len,
                                              VG_ARG(who->name), VG_ARG(name)),
                              true};
    return out->physical.at != NULL;
}

static void do_points(toy_work *w)
{
    struct collection *collection = known(w);

    if (!collection) {
        toy_fail(w, VG_NOT_FOUND, "the toy does not have that", "collection");
        return;
    }
    toy_check_limits(w);
    if (vg_op_is_update(w->op->kind))
        toy_write_points(w, collection);
    else if (w->op->kind == VG_OP_COUNT)
        w->try->result.count = collection->point_count;
    else
        toy_read_points(w, collection);
}

static void look_at_build(toy_build *build)
{
    build->looks++;
    if (build->state != VG_BUILD_GOING_ON)
        return;
    if (++build->done >= build->total)
        build->state = VG_BUILD_DONE;
}

static void do_build_index(toy_work *w)
{
    toy_build *build = &w->toy->build;
    vg_index_build *out = &w->try->result.build;
    vg_slice cursor = w->op->in.build.cursor;

    snprintf(build->cursor, sizeof build->cursor, VG_FMT, VG_ARG(cursor));
    if (!known(w)) {
        toy_fail(w, VG_NOT_FOUND, "there is no such collection", "collection");
        return;
    }
    if (w->op->in.build.looks) {
        look_at_build(build);
    } else {
        build->builds++;
        build->state = build->goes_on ? VG_BUILD_GOING_ON : VG_BUILD_DONE;
    }
    *out = (vg_index_build){.state = build->state,
                            .done = build->done,
                            .total = build->total,
                            .cursor = vg_arena_printf(w->try->scratch, "c%u", build->builds)};
}

toy_deed *const toy_vector_deeds[VG_OP_KINDS] = {
    [VG_OP_BUILD_INDEX] = do_build_index,
    [VG_OP_CREATE_COLLECTION] = do_create,
    [VG_OP_DROP_TENANT] = do_drop_tenant,
    [VG_OP_DROP_COLLECTION] = do_drop,
    [VG_OP_DESCRIBE] = do_describe,
    [VG_OP_LIST] = do_list,
    [VG_OP_UPDATE_COLLECTION] = do_update,
    [VG_OP_CREATE_INDEX] = do_index,
    [VG_OP_DROP_INDEX] = do_index,
    [VG_OP_UPSERT] = do_points,
    [VG_OP_DELETE] = do_points,
    [VG_OP_SET_PAYLOAD] = do_points,
    [VG_OP_OVERWRITE_PAYLOAD] = do_points,
    [VG_OP_DELETE_PAYLOAD] = do_points,
    [VG_OP_CLEAR_PAYLOAD] = do_points,
    [VG_OP_UPDATE_VECTORS] = do_points,
    [VG_OP_DELETE_VECTORS] = do_points,
    [VG_OP_BATCH] = do_points,
    [VG_OP_GET] = do_points,
    [VG_OP_SEARCH] = do_points,
    [VG_OP_QUERY] = do_points,
    [VG_OP_SCROLL] = do_points,
    [VG_OP_COUNT] = do_points,
};
