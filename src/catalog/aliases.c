/* A tenant's aliases as the catalog keeps them: one metadata row, VG_META_ALIASES, and the table
 * made of it in memory. The row is read when a tenant first needs it; the table changes when the
 * row was changed, and is forgotten when it is not known whether it was. The row's version only
 * grows, so an answer that comes late cannot bring back what was before. Only with the tenant the
 * row is deleted; one that is made later is younger. What another worker changed makes a table old:
 * it is read again before it is believed.
 *
 * Who changes the row reads it first and writes it with its version: whoever else did so meanwhile
 * makes that fail, and it is tried again. */
#include <stdlib.h>

#include "base/check.h"
#include "catalog/errand.h"

enum { TABLE_BYTES = 4 << 20, MOST_TRIES = 16 };

typedef struct table {
    vg_list link; /* in catalog->aliases */
    vg_arena *arena;
    vg_slice tenant;
    uint64_t version; /* of the row; 0: there is none */
    uint64_t created_ms;
    uint64_t epoch; /* that it was read in */
    vg_alias_list list;
} table;

/* ---- in memory ---- */

static table *find(const vg_catalog *catalog, vg_slice tenant)
{
    const vg_list *head = &catalog->aliases;

    for (const vg_list *at = head->next; at != head; at = at->next) {
        table *t = vg_container_of((vg_list *)(uintptr_t)at, table, link);

        if (vg_slice_is(t->tenant, tenant))
            return t;
    }
    return NULL;
}

const vg_alias_list *vg_aliases_of(const vg_catalog *catalog, vg_slice tenant)
{
    const table *t = find(catalog, tenant);

    return t ? &t->list : NULL;
}

vg_slice vg_alias_target(const vg_catalog *catalog, vg_slice tenant, vg_slice name)
{
    const table *t = find(catalog, tenant);
    const vg_alias *alias = t ? vg_alias_find(&t->list, name) : NULL;

    return alias ? alias->collection : (vg_slice){0};
}

bool vg_aliases_are_known(const vg_catalog *catalog, vg_slice tenant)
{
    const table *t = find(catalog, tenant);

    return t && t->epoch == vg_epochs_now(catalog->epochs, tenant);
}

static void drop(table *t)
{
    if (!t)
        return;
    vg_list_remove(&t->link);
    vg_arena_free(t->arena);
}

void vg_aliases_free(vg_catalog *catalog)
{
    while (!vg_list_is_empty(&catalog->aliases))
        drop(vg_container_of(catalog->aliases.next, table, link));
}

/* `row` may be NULL: there is none. NULL with a status. */
static table *make(vg_slice tenant, const vg_meta_row *row, vg_status *status)
{
    vg_arena *arena = vg_arena_new(TABLE_BYTES);
    table *t = arena ? VG_TAKE(arena, table) : NULL;
    bool good = t != NULL;

    if (t) {
        t->arena = arena;
        t->tenant = vg_arena_copy(arena, tenant);
        t->version = row ? row->version : 0;
        t->created_ms = row ? row->created_ms : 0;
        good = !row || vg_alias_read(arena, row->spec, &t->list, status);
    }
    if (good && !vg_arena_is_spent(arena))
        return t;
    vg_arena_free(arena);
    vg_status_set(status, VG_OVERLOADED,
                  VG_LIT("no memory is left for the catalog, try again soon"), (vg_slice){0});
    return NULL;
}

void vg_aliases_forget(vg_catalog *catalog, vg_slice tenant)
{
    drop(find(catalog, tenant));
}

/* Is what the table was made of as new as the answer? None, though there was one when it was asked
 * for: that was deleted. */
static bool is_as_new(const errand *e, const table *t, const vg_meta_row *row)
{
    if (!row)
        return t->version == 0 || t->version != e->asked_aliases;
    if (t->version > 0 && t->created_ms != row->created_ms)
        return t->created_ms > row->created_ms;
    return t->version >= row->version;
}

/* False: there is no table now. */
static bool keep(errand *e, const vg_meta_row *row, vg_status *status)
{
    table *old = find(e->catalog, e->row.tenant), *made;

    if (old && is_as_new(e, old, row)) {
        if (e->epoch > old->epoch)
            old->epoch = e->epoch;
        return true;
    }
    made = make(e->row.tenant, row, status);
    drop(old);
    if (!made)
        return false;
    made->epoch = e->epoch;
    vg_list_push(&e->catalog->aliases, &made->link);
    return true;
}

/* ---- in the store ---- */

static vg_op *row_child(errand *e, vg_op_kind kind, errand_step *then)
{
    vg_op *child = vg_errand_row_child(e, kind, then);

    if (child)
        child->in.row.name = VG_META_ALIASES;
    return child;
}

void vg_errand_ask_aliases(errand *e, errand_step *then)
{
    const table *known = find(e->catalog, e->row.tenant);

    e->asked_aliases = known ? known->version : 0;
    if (row_child(e, VG_OP_META_GET, then))
        vg_errand_run(e);
}

void vg_errand_write_aliases(errand *e, const vg_aliases_change *change, errand_step *then)
{
    vg_slice text = vg_alias_write(e->arena, change->list, &e->failure);
    vg_op *child;

    if (text.len == 0) {
        vg_errand_finish(e);
        return;
    }
    child = row_child(e, change->has_row ? VG_OP_META_UPDATE : VG_OP_META_CREATE, then);
    if (!child)
        return;
    child->in.row.state = VG_META_READY;
    child->in.row.raw_ids = true;
    child->in.row.spec = text;
    child->in.row.version = change->version;
    child->in.row.created_ms = change->has_row ? change->created_ms : child->now_ms;
    child->in.row.updated_ms = child->now_ms;
    vg_errand_run(e);
}

/* What was written is written, though there may be no memory to know it. Of a write whose end is
 * not known, nothing may be believed. */
static bool keep_written(errand *e)
{
    const vg_op *child = e->child;
    vg_code code = child->status.code;
    vg_status story = {0};

    if (code == VG_OK) {
        keep(e, &child->out.row.row, &story);
        return true;
    }
    drop(find(e->catalog, e->row.tenant));
    if (!vg_errand_lost_race(code) || ++e->tries >= MOST_TRIES)
        vg_errand_child_is_ok(e);
    return false;
}

bool vg_errand_keep_aliases(errand *e)
{
    const vg_op *child = e->child;

    if (child->kind != VG_OP_META_GET)
        return keep_written(e);
    return vg_errand_child_is_ok(e) &&
           keep(e, child->out.row.found ? &child->out.row.row : NULL, &e->failure);
}

static void on_needed(errand *e)
{
    if (vg_errand_keep_aliases(e))
        e->after(e);
    else
        vg_errand_finish(e);
}

void vg_errand_need_aliases(errand *e, errand_step *then)
{
    if (vg_aliases_are_known(e->catalog, e->row.tenant)) {
        then(e);
        return;
    }
    e->after = then;
    vg_errand_ask_aliases(e, on_needed);
}

/* ---- aliases of what is no more ---- */

static errand_step clean, on_asked, on_cleaned;

static void clean(errand *e)
{
    bool is_known = vg_aliases_are_known(e->catalog, e->row.tenant);

    if (is_known && !vg_alias_has_target(vg_aliases_of(e->catalog, e->row.tenant), e->name))
        e->cleaned(e);
    else
        vg_errand_ask_aliases(e, on_asked);
}

static void on_asked(errand *e)
{
    const vg_op *child = e->child;
    vg_alias_list list = {0};

    if (!vg_errand_keep_aliases(e))
        vg_errand_finish(e);
    else if (child->out.row.found &&
             !vg_alias_read(e->arena, child->out.row.row.spec, &list, &e->failure))
        vg_errand_finish(e);
    else if (vg_alias_remove_target(&list, e->name) > 0)
        vg_errand_write_aliases(e,
                                &(vg_aliases_change){&list, true, child->out.row.row.version,
                                                     child->out.row.row.created_ms},
                                on_cleaned);
    else
        e->cleaned(e);
}

/* The errand is about the collection, and tells of that alone. */
static void tell_cleaned(const errand *e)
{
    const vg_catalog_parts *parts = &e->catalog->parts;
    vg_op *child = e->child;

    child->change = (vg_row_change){.before = child->in.row.version,
                                    .after = child->out.row.row.version,
                                    .is_read = true,
                                    .has_changed = true};
    if (parts->changed)
        parts->changed(parts->changed_arg, child, VG_META_ALIASES);
}

static void on_cleaned(errand *e)
{
    if (vg_errand_keep_aliases(e)) {
        tell_cleaned(e);
        e->cleaned(e);
    } else if (e->failure.code == VG_OK) {
        clean(e);
    } else {
        vg_errand_finish(e);
    }
}

void vg_errand_clean_aliases(errand *e, errand_step *then)
{
    e->cleaned = then;
    e->tries = 0;
    clean(e);
}

/* With the name held: is there really nothing? */
static errand_step look, on_looked, end;

static void look(errand *e)
{
    vg_errand_ask_find(e, e->name, on_looked);
}

static void on_looked(errand *e)
{
    if (e->child->status.code == VG_NOT_FOUND)
        vg_errand_clean_aliases(e, end);
    else
        vg_errand_finish(e);
}

static void end(errand *e)
{
    vg_errand_finish(e);
}

void vg_aliases_clean_later(vg_catalog *catalog, const errand *e)
{
    errand *alone = vg_errand_new_alone(catalog, e->parent, look);

    if (!alone)
        return; /* whoever asks for the alias next comes here again */
    vg_errand_rename(alone, vg_arena_copy(alone->arena, e->name));
    alone->is_exact = true;
    alone->locks = true;
    vg_errand_start(alone);
}
