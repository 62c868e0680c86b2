/* The toy metadata store: rows by tenant and name, and what operations do with them. See
 * toy_adapter.h. */
#include <stdlib.h>

#include "base/check.h"
#include "tests/support/toy_stores.h"

/* ---- rows ---- */

static int order(const vg_meta_row *row, vg_slice tenant, vg_slice name)
{
    int by = vg_slice_cmp(row->tenant, tenant);

    return by != 0 ? by : vg_slice_cmp(row->name, name);
}

/* Its place, or the place where it would be. */
static unsigned place_of(const toys *toy, vg_slice tenant, vg_slice name)
{
    unsigned low = 0, high = toy->row_count;

    while (low < high) {
        unsigned middle = (low + high) / 2;

        if (order(&toy->rows[middle].row, tenant, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct row *find_row(const toys *toy, vg_slice tenant, vg_slice name)
{
    unsigned place = place_of(toy, tenant, name);

    return place < toy->row_count && order(&toy->rows[place].row, tenant, name) == 0
               ? &toy->rows[place]
               : NULL;
}

static struct row *meant(const toy_work *w)
{
    return find_row(w->toy, w->op->in.row.tenant, w->op->in.row.name);
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
    struct row *old = find_row(toy, row->tenant, row->name);
    struct row copy = copy_row(row);
    unsigned place = place_of(toy, row->tenant, row->name);

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
    struct row *row = find_row(toy, VG_LIT("default"), vg_slice_str(name));

    if (row)
        drop_row(toy, row);
}

unsigned toy_rows(const toys *toy)
{
    return toy->row_count;
}

const vg_meta_row *toy_row_of(const toys *toy, const char *tenant, const char *name)
{
    const struct row *row = find_row(toy, vg_slice_str(tenant), vg_slice_str(name));

    return row ? &row->row : NULL;
}

const vg_meta_row *toy_row(const toys *toy, const char *name)
{
    return toy_row_of(toy, "default", name);
}

unsigned toy_rows_of(const toys *toy, const char *tenant)
{
    unsigned n = 0;

    for (unsigned i = 0; i < toy->row_count; i++)
        n += vg_slice_is_str(toy->rows[i].row.tenant, tenant);
    return n;
}

void toy_free_rows(toys *toy)
{
    while (toy->row_count > 0)
        drop_row(toy, &toy->rows[toy->row_count - 1]);
    free(toy->rows);
}

/* ---- what operations do ---- */

/* What somebody changes before the answer is read, the answer does not have. */
static vg_meta_row scratch_row(toy_work *w, const vg_meta_row *row)
{
    vg_arena *arena = w->try->scratch;
    vg_meta_row to = *row;

    to.tenant = vg_arena_copy(arena, row->tenant);
    to.backend = vg_arena_copy(arena, row->backend);
    to.name = vg_arena_copy(arena, row->name);
    to.physical = vg_arena_copy(arena, row->physical);
    to.spec = vg_arena_copy(arena, row->spec);
    return to;
}

static void fail_when_spent(toy_work *w)
{
    if (vg_arena_is_spent(w->try->scratch))
        toy_fail(w, VG_TOO_LARGE, "the toy has no memory", "toy");
}

static void give_row(toy_work *w, const struct row *row)
{
    w->try->result.row.found = true;
    w->try->result.row.row = scratch_row(w, &row->row);
    fail_when_spent(w);
}

static void do_meta_create(toy_work *w)
{
    vg_meta_row row = w->op->in.row;

    if (meant(w)) {
        toy_fail(w, VG_EXISTS, "the row is taken", "toy");
        return;
    }
    row.version = 1;
    toy_set_row(w->toy, &row);
    give_row(w, meant(w));
}

static void do_meta_get(toy_work *w)
{
    const struct row *row = meant(w);

    if (row)
        give_row(w, row);
}

static void do_meta_update(toy_work *w)
{
    const struct row *old = meant(w);
    vg_meta_row row = w->op->in.row;

    if (!old || old->row.version != row.version) {
        toy_fail(w, old ? VG_CONFLICT : VG_NOT_FOUND, "another version", "toy");
        return;
    }
    row.version++;
    toy_set_row(w->toy, &row);
    give_row(w, meant(w));
}

static void do_meta_delete(toy_work *w)
{
    struct row *row = meant(w);
    uint64_t version = w->op->in.row.version;

    if (row && version != 0 && row->row.version != version) {
        toy_fail(w, VG_CONFLICT, "another version", "toy");
        return;
    }
    w->try->result.row.found = row != NULL;
    if (row)
        drop_row(w->toy, row);
}

/* It has rows of one backend alone, and is asked for those or for all of one tenant. */
static bool is_listed(const vg_meta_query *query, const vg_meta_row *row)
{
    if (query->backend.len > 0 && !vg_slice_is(row->backend, query->backend))
        return false;
    if (query->tenant.len > 0)
        return vg_slice_is(row->tenant, query->tenant) && vg_slice_cmp(row->name, query->after) > 0;
    return order(row, query->after_tenant, query->after) > 0;
}

static void do_meta_list(toy_work *w)
{
    const vg_meta_query *query = &w->op->in.list;
    vg_meta_row *rows = VG_TAKE_N(w->try->scratch, vg_meta_row, (size_t)query->limit);
    uint32_t count = 0;

    for (unsigned i = 0; rows && i < w->toy->row_count && count < query->limit; i++)
        if (is_listed(query, &w->toy->rows[i].row))
            rows[count++] = scratch_row(w, &w->toy->rows[i].row);
    fail_when_spent(w);
    w->try->result.rows.at = rows;
    w->try->result.rows.count = count;
}

unsigned toy_rows_under(const toys *toy, const char *prefix, const vg_meta_row **last)
{
    unsigned n = 0;

    *last = NULL;
    for (unsigned i = 0; i < toy->row_count; i++) {
        if (!vg_slice_starts(toy->rows[i].row.name, vg_slice_str(prefix)))
            continue;
        *last = &toy->rows[i].row;
        n++;
    }
    return n;
}

toy_deed *const toy_metadata_deeds[VG_OP_KINDS] = {
    [VG_OP_META_CREATE] = do_meta_create, [VG_OP_META_GET] = do_meta_get,
    [VG_OP_META_UPDATE] = do_meta_update, [VG_OP_META_DELETE] = do_meta_delete,
    [VG_OP_META_LIST] = do_meta_list,
};
