/* The toys' stores and steps. Every operation is one exchange, whose work is done where and when
 * the transport says. */
#include "tests/support/toy_adapter.h"

#include <stdlib.h>

#include "base/check.h"
#include "catalog/catalog.h"

enum { SPEC_BYTES = 1 << 20 };

struct collection {
    char *name;
    char *spec; /* as a row holds it */
    uint64_t writes;
};

struct row {
    vg_meta_row row; /* its slices are in `text` */
    char *text;
};

struct toys {
    vg_adapter vectors_adapter, metadata_adapter;
    vg_backend vectors, metadata;
    struct collection *collections;
    unsigned collection_count;
    struct row *rows; /* by name */
    unsigned row_count;
    toy_script_state script;
};

toy_script_state *toy_scripted(toys *toy)
{
    return &toy->script;
}

/* ---- collections ---- */

static struct collection *find_collection(const toys *toy, vg_slice name)
{
    for (unsigned i = 0; i < toy->collection_count; i++)
        if (vg_slice_is_str(name, toy->collections[i].name))
            return &toy->collections[i];
    return NULL;
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

static void add_collection(toys *toy, vg_slice name, const vg_collection_spec *spec)
{
    size_t bytes = (toy->collection_count + 1) * sizeof *toy->collections;

    toy->collections = realloc(toy->collections, bytes);
    VG_CHECK(toy->collections);
    toy->collections[toy->collection_count++] =
        (struct collection){.name = strndup(name.at, name.len), .spec = write_spec(spec)};
}

static void drop_collection(toys *toy, struct collection *collection)
{
    free(collection->name);
    free(collection->spec);
    *collection = toy->collections[--toy->collection_count];
}

unsigned toy_collections(const toys *toy)
{
    return toy->collection_count;
}

const char *toy_spec(const toys *toy, const char *name)
{
    const struct collection *collection = find_collection(toy, vg_slice_str(name));

    return collection ? collection->spec : NULL;
}

void toy_set_collection(toys *toy, const char *name, uint32_t size)
{
    const vg_vector_params vector = {.size = size, .distance = VG_DOT, .on_disk = -1};
    struct collection *collection = find_collection(toy, vg_slice_str(name));

    if (collection)
        drop_collection(toy, collection);
    if (size > 0)
        add_collection(toy, vg_slice_str(name),
                       &(vg_collection_spec){.vectors = &vector, .vector_count = 1});
}

/* ---- rows ---- */

/* Its place, or the place where it would be. */
static unsigned place_of(const toys *toy, vg_slice name)
{
    unsigned low = 0, high = toy->row_count;

    while (low < high) {
        unsigned middle = (low + high) / 2;

        if (vg_slice_cmp(toy->rows[middle].row.name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct row *find_row(const toys *toy, vg_slice name)
{
    unsigned place = place_of(toy, name);

    return place < toy->row_count && vg_slice_is(toy->rows[place].row.name, name)
               ? &toy->rows[place]
               : NULL;
}

static vg_slice keep(char **at, vg_slice text)
{
    vg_slice kept = {*at, text.len};

    if (text.len > 0)
        memcpy(*at, text.at, text.len);
    *at += text.len;
    return kept;
}

static struct row copy_row(const vg_meta_row *from)
{
    size_t bytes =
        from->tenant.len + from->backend.len + from->name.len + from->physical.len + from->spec.len;
    struct row row = {.row = *from, .text = malloc(bytes + 1)};
    char *at = row.text;

    VG_CHECK(at);
    row.row.tenant = keep(&at, from->tenant);
    row.row.backend = keep(&at, from->backend);
    row.row.name = keep(&at, from->name);
    row.row.physical = keep(&at, from->physical);
    row.row.spec = keep(&at, from->spec);
    return row;
}

static void drop_row(toys *toy, struct row *row)
{
    unsigned place = (unsigned)(row - toy->rows);

    free(row->text);
    toy->row_count--;
    memmove(row, row + 1, (toy->row_count - place) * sizeof *row);
}

void toy_set_row(toys *toy, const vg_meta_row *row)
{
    struct row *old = find_row(toy, row->name);
    struct row copy = copy_row(row);
    unsigned place = place_of(toy, row->name);

    if (old) {
        free(old->text);
        *old = copy;
        return;
    }
    toy->rows = realloc(toy->rows, (toy->row_count + 1) * sizeof *toy->rows);
    VG_CHECK(toy->rows);
    memmove(&toy->rows[place + 1], &toy->rows[place], (toy->row_count - place) * sizeof *toy->rows);
    toy->rows[place] = copy;
    toy->row_count++;
}

void toy_remove_row(toys *toy, const char *name)
{
    struct row *row = find_row(toy, vg_slice_str(name));

    if (row)
        drop_row(toy, row);
}

unsigned toy_rows(const toys *toy)
{
    return toy->row_count;
}

const vg_meta_row *toy_row(const toys *toy, const char *name)
{
    const struct row *row = find_row(toy, vg_slice_str(name));

    return row ? &row->row : NULL;
}

/* ---- what operations do: into the try, as an adapter would ---- */

static void fail(toy_work *w, vg_code code, const char *what, const char *where)
{
    vg_status_set(&w->try->status, code, vg_slice_str(what), vg_slice_str(where));
}

static void do_create(toy_work *w)
{
    const vg_collection_spec *spec = &w->op->in.create.spec;
    vg_slice name = w->op->in.create.physical;

    if (find_collection(w->toy, name)) {
        fail(w, VG_EXISTS, "the toy has that already", "toy");
        return;
    }
    add_collection(w->toy, name, spec);
    w->try->result.did = true;
}

static void do_drop(toy_work *w)
{
    struct collection *collection = find_collection(w->toy, w->op->in.collection.physical);

    w->try->result.did = collection != NULL;
    if (collection)
        drop_collection(w->toy, collection);
}

static bool read_spec(toy_work *w, const struct collection *collection, vg_collection_spec *spec)
{
    vg_status status = {0};

    if (vg_spec_read(w->try->scratch, vg_slice_str(collection->spec), spec, &status))
        return true;
    fail(w, VG_TOO_LARGE, "the toy has no memory", "toy");
    return false;
}

static void do_describe(toy_work *w)
{
    const struct collection *collection = find_collection(w->toy, w->op->in.collection.physical);
    vg_collection_info *info = &w->try->result.info;

    info->exists = collection != NULL;
    if (collection && read_spec(w, collection, &info->spec))
        info->points_count = collection->writes;
}

static void do_update(toy_work *w)
{
    struct collection *collection = find_collection(w->toy, w->op->in.change.physical);

    if (!collection) {
        fail(w, VG_NOT_FOUND, "the toy does not have that", "collection");
        return;
    }
    set_spec(collection, &w->op->in.change.spec);
    w->try->result.did = true;
}

/* Takes the field out, and puts it in again at the end when it is to be there. */
static void do_index(toy_work *w)
{
    struct collection *collection = find_collection(w->toy, w->op->collection->physical);
    const vg_index *index = &w->op->in.index.index;
    vg_collection_spec spec;
    vg_index at[64];
    uint32_t count = 0;

    if (!collection) {
        fail(w, VG_NOT_FOUND, "the toy does not have that", "collection");
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

    if (!names) {
        fail(w, VG_TOO_LARGE, "the toy has no memory", "toy");
        return;
    }
    for (unsigned i = 0; i < w->toy->collection_count; i++)
        names[i] = vg_arena_copy(w->try->scratch, vg_slice_str(w->toy->collections[i].name));
    w->try->result.names.at = names;
    w->try->result.names.count = w->toy->collection_count;
}

static void do_points(toy_work *w)
{
    struct collection *collection = find_collection(w->toy, w->op->collection->physical);

    if (!collection) {
        fail(w, VG_NOT_FOUND, "the toy does not have that", "collection");
        return;
    }
    if (vg_op_is_update(w->op->kind))
        w->try->result.written.operation_id = ++collection->writes;
    if (w->op->kind == VG_OP_COUNT)
        w->try->result.count = collection->writes;
}

static void give_row(toy_work *w, const struct row *row)
{
    vg_arena *arena = w->try->scratch;
    vg_meta_row *to = &w->try->result.row.row;

    w->try->result.row.found = true;
    *to = row->row;
    to->tenant = vg_arena_copy(arena, row->row.tenant);
    to->backend = vg_arena_copy(arena, row->row.backend);
    to->name = vg_arena_copy(arena, row->row.name);
    to->physical = vg_arena_copy(arena, row->row.physical);
    to->spec = vg_arena_copy(arena, row->row.spec);
    if (vg_arena_is_spent(arena))
        fail(w, VG_TOO_LARGE, "the toy has no memory", "toy");
}

static void do_meta_create(toy_work *w)
{
    vg_meta_row row = w->op->in.row;

    if (find_row(w->toy, row.name)) {
        fail(w, VG_EXISTS, "the row is taken", "toy");
        return;
    }
    row.version = 1;
    toy_set_row(w->toy, &row);
    give_row(w, find_row(w->toy, row.name));
}

static void do_meta_get(toy_work *w)
{
    const struct row *row = find_row(w->toy, w->op->in.row.name);

    if (row)
        give_row(w, row);
}

static void do_meta_update(toy_work *w)
{
    const struct row *old = find_row(w->toy, w->op->in.row.name);
    vg_meta_row row = w->op->in.row;

    if (!old || old->row.version != row.version) {
        fail(w, old ? VG_CONFLICT : VG_NOT_FOUND, "another version", "toy");
        return;
    }
    row.version++;
    toy_set_row(w->toy, &row);
    give_row(w, find_row(w->toy, row.name));
}

static void do_meta_delete(toy_work *w)
{
    struct row *row = find_row(w->toy, w->op->in.row.name);
    uint64_t version = w->op->in.row.version;

    if (row && version != 0 && row->row.version != version) {
        fail(w, VG_CONFLICT, "another version", "toy");
        return;
    }
    w->try->result.row.found = row != NULL;
    if (row)
        drop_row(w->toy, row);
}

static void do_meta_list(toy_work *w)
{
    const vg_meta_query *query = &w->op->in.list;
    vg_meta_row *rows = VG_TAKE_N(w->try->scratch, vg_meta_row, (size_t)query->limit);
    uint32_t count = 0;

    if (!rows) {
        fail(w, VG_TOO_LARGE, "the toy has no memory", "toy");
        return;
    }
    for (unsigned i = 0; i < w->toy->row_count && count < query->limit; i++)
        if (vg_slice_cmp(w->toy->rows[i].row.name, query->after) > 0)
            rows[count++] = w->toy->rows[i].row; /* the test changes nothing meanwhile */
    w->try->result.rows.at = rows;
    w->try->result.rows.count = count;
}

static void (*const deeds[VG_OP_KINDS])(toy_work *) = {
    [VG_OP_CREATE_COLLECTION] = do_create,
    [VG_OP_DROP_COLLECTION] = do_drop,
    [VG_OP_DESCRIBE] = do_describe,
    [VG_OP_LIST] = do_list,
    [VG_OP_UPDATE_COLLECTION] = do_update,
    [VG_OP_CREATE_INDEX] = do_index,
    [VG_OP_DROP_INDEX] = do_index,
    [VG_OP_UPSERT] = do_points,
    [VG_OP_SET_PAYLOAD] = do_points,
    [VG_OP_BATCH] = do_points,
    [VG_OP_GET] = do_points,
    [VG_OP_DELETE] = do_points,
    [VG_OP_SEARCH] = do_points,
    [VG_OP_SCROLL] = do_points,
    [VG_OP_COUNT] = do_points,
    [VG_OP_META_CREATE] = do_meta_create,
    [VG_OP_META_GET] = do_meta_get,
    [VG_OP_META_UPDATE] = do_meta_update,
    [VG_OP_META_DELETE] = do_meta_delete,
    [VG_OP_META_LIST] = do_meta_list,
};

static void run(vg_work *work)
{
    toy_work *w = vg_container_of(work, toy_work, work);

    if (deeds[w->op->kind])
        deeds[w->op->kind](w);
}

/* ---- steps ---- */

static vg_next ask(const vg_backend *self, const vg_op *op, vg_try *try, vg_exchange *out)
{
    toy_work *w = VG_TAKE(try->scratch, toy_work);

    if (!w)
        return vg_try_fail(try, VG_TOO_LARGE, VG_LIT("the toy has no memory"));
    *w = (toy_work){.work = {.run = run}, .toy = self->store, .op = op, .try = try};
    out->name = vg_op_describe(op->kind)->name;
    out->via = VG_VIA_LOCAL;
    out->repeat = vg_op_describe(op->kind)->repeats ? VG_REPEAT_ALWAYS : VG_REPEAT_NEVER;
    out->writes = vg_op_describe(op->kind)->writes;
    out->as.local.work = &w->work;
    out->as.local.pool = VG_POOL_MISC;
    try->state = w;
    try->stage = 1;
    return VG_SEND;
}

static bool wants_wait(const toys *toy, const vg_op *op)
{
    for (unsigned i = 0; i < toy->script.count; i++)
        if (toy->script.rules[i].fate == TOY_WAIT && toy->script.rules[i].kind == (int)op->kind)
            return true;
    return false;
}

static vg_next step(const vg_backend *self, const vg_op *op, vg_try *try, const vg_reply *reply,
                    vg_exchange *out)
{
    const toy_work *w = try->state;

    if (!reply && wants_wait(self->store, op)) {
        out->wait_ms = 3600 * 1000;
        return VG_WAIT;
    }
    if (!reply)
        return ask(self, op, try, out);
    if (w->refused != VG_OK)
        return vg_try_fail(try, w->refused, VG_LIT("the toy refuses"));
    return try->status.code == VG_OK ? VG_DONE : VG_FAIL;
}

static const vg_adapter vectors_table = {
    .name = "toy",
    .via = VG_VIA_LOCAL,
    .can = {.max_vector_dimensions = 8,
            .distances = {[VG_COSINE] = true, [VG_EUCLID] = true, [VG_DOT] = true},
            .supports_named_vectors = true,
            .supports_adoption = true},
    .ops = {[VG_OP_HEALTH] = step,
            [VG_OP_CREATE_COLLECTION] = step,
            [VG_OP_DROP_COLLECTION] = step,
            [VG_OP_DESCRIBE] = step,
            [VG_OP_LIST] = step,
            [VG_OP_UPDATE_COLLECTION] = step,
            [VG_OP_CREATE_INDEX] = step,
            [VG_OP_DROP_INDEX] = step,
            [VG_OP_UPSERT] = step,
            [VG_OP_SET_PAYLOAD] = step,
            [VG_OP_BATCH] = step,
            [VG_OP_GET] = step,
            [VG_OP_DELETE] = step,
            [VG_OP_SEARCH] = step,
            [VG_OP_SCROLL] = step,
            [VG_OP_COUNT] = step},
};

static const vg_adapter metadata_table = {
    .name = "toy-metadata",
    .via = VG_VIA_LOCAL,
    .ops = {[VG_OP_META_CREATE] = step,
            [VG_OP_META_GET] = step,
            [VG_OP_META_UPDATE] = step,
            [VG_OP_META_DELETE] = step,
            [VG_OP_META_LIST] = step},
};

toys *toy_new(void)
{
    toys *toy = calloc(1, sizeof *toy);

    VG_CHECK(toy);
    toy->vectors_adapter = vectors_table;
    toy->metadata_adapter = metadata_table;
    toy->vectors = (vg_backend){.adapter = &toy->vectors_adapter, .store = toy};
    toy->metadata = (vg_backend){.adapter = &toy->metadata_adapter, .store = toy};
    vg_list_init(&toy->script.held);
    return toy;
}

void toy_free(toys *toy)
{
    while (toy->collection_count > 0)
        drop_collection(toy, &toy->collections[0]);
    while (toy->row_count > 0)
        drop_row(toy, &toy->rows[toy->row_count - 1]);
    free(toy->collections);
    free(toy->rows);
    free(toy);
}

vg_adapter *toy_vectors_adapter(toys *toy)
{
    return &toy->vectors_adapter;
}

const vg_backend *toy_vectors(toys *toy)
{
    return &toy->vectors;
}

const vg_backend *toy_metadata(toys *toy)
{
    return &toy->metadata;
}
