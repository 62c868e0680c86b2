/* CHANGE_ALIASES. A list of actions happens whole or not at all: the row is read,
 * the actions are done one after the other in memory, and what came out is written if nobody
 * changed the row meanwhile.
 *
 *     is the tenant being erased? ─▶ META_GET aliases ─▶ action ─▶ action … ─▶ META_UPDATE
 * (META_CREATE, the first time) ▲                   │ is there such a collection? is the name free?
 * │ └──────────────────(somebody was faster)─────────────────────────────────────┘
 *
 * The collections that aliases are to stand for and the new names are held all the while: nobody
 * here deletes the one or makes a collection of the other. */
#include "catalog/errand.h"

struct change {
    vg_alias_list list; /* as it is after the actions done so far */
    vg_aliases_change row;
    uint32_t next; /* the action that comes */
    bool is_there; /* its collection is known to exist … */
    bool is_free;  /* … and its new name to be no collection's */
};

static errand_step look_at_mark, on_mark, read_row, on_row, go_on, on_target, on_name, on_written;

static const vg_alias_action *action_of(const errand *e)
{
    const struct change *c = e->own;

    return &e->parent->in.aliases.at[c->next];
}

static vg_slice place_of(const errand *e, uint32_t action)
{
    return vg_arena_printf(e->arena, "actions[%u]", (unsigned)action);
}

static void fail_action(errand *e, vg_code code, vg_slice what)
{
    const struct change *c = e->own;

    vg_errand_fail(e, code, what, place_of(e, c->next));
    vg_errand_finish(e);
}

/* ---- the row ---- */

/* An alias that is made all the same, between this look and the row's change, stands for nothing in
 * the end and goes with the row. */
static void look_at_mark(errand *e)
{
    vg_errand_ask_mark(e, on_mark);
}

static void on_mark(errand *e)
{
    if (vg_errand_may_make(e))
        read_row(e);
    else
        vg_errand_finish(e);
}

static void read_row(errand *e)
{
    vg_errand_ask_aliases(e, on_row);
}

static void on_row(errand *e)
{
    const vg_op *child = e->child;
    const vg_meta_row *row = &child->out.row.row;
    struct change *c = e->own;

    if (!vg_errand_keep_aliases(e)) {
        vg_errand_finish(e);
        return;
    }
    *c = (struct change){.row = {&c->list, child->out.row.found, row->version, row->created_ms}};
    if (!c->row.has_row || vg_alias_read(e->arena, row->spec, &c->list, &e->failure))
        go_on(e);
    else
        vg_errand_finish(e);
}

/* ---- actions ---- */

static bool is_known(const errand *e, vg_slice collection)
{
    return vg_catalog_known(e->catalog, e->row.tenant, collection) != NULL;
}

static void on_target(errand *e)
{
    struct change *c = e->own;

    if (!vg_errand_child_is_ok(e)) {
        vg_errand_finish(e);
        return;
    }
    c->is_there = true;
    go_on(e);
}

static void on_name(errand *e)
{
    struct change *c = e->own;
    const vg_alias_action *action = action_of(e);

    if (e->child->status.code == VG_OK) {
        vg_errand_exists(e, action->kind == VG_ALIAS_RENAME ? action->to : action->name);
        vg_errand_finish(e);
    } else if (e->child->status.code != VG_NOT_FOUND) {
        vg_errand_child_is_ok(e);
        vg_errand_finish(e);
    } else {
        c->is_free = true;
        go_on(e);
    }
}

/* False: the answer is awaited. What is an alias already is no collection. */
static bool is_free(errand *e, vg_slice name)
{
    struct change *c = e->own;

    if (c->is_free || vg_alias_find(&c->list, name))
        return true;
    vg_errand_ask_find(e, name, on_name);
    return false;
}

/* All three: true when the action is done, false when the errand waits or has ended. */
static bool create(errand *e, const vg_alias_action *action)
{
    struct change *c = e->own;

    if (!c->is_there && !is_known(e, action->collection)) {
        vg_errand_ask_find(e, action->collection, on_target);
        return false;
    }
    if (!is_free(e, action->name))
        return false;
    if (vg_alias_put(e->arena, &c->list, (vg_alias){action->name, action->collection}))
        return true;
    vg_errand_no_memory(e);
    vg_errand_finish(e);
    return false;
}

static bool rename_it(errand *e, const vg_alias_action *action)
{
    struct change *c = e->own;
    const vg_alias *old = vg_alias_find(&c->list, action->name);
    vg_alias made;

    if (!old) {
        fail_action(
            e, VG_NOT_FOUND,
            vg_arena_printf(e->arena, "Alias " VG_FMT " does not exists!", VG_ARG(action->name)));
        return false;
    }
    if (!is_free(e, action->to))
        return false;
    made = (vg_alias){action->to, old->collection};
    vg_alias_remove(&c->list, action->name);
    if (vg_alias_put(e->arena, &c->list, made))
        return true;
    vg_errand_no_memory(e);
    vg_errand_finish(e);
    return false;
}

static bool act(errand *e, const vg_alias_action *action)
{
    struct change *c = e->own;

    switch (action->kind) {
    case VG_ALIAS_CREATE:
        return create(e, action);
    case VG_ALIAS_RENAME:
        return rename_it(e, action);
    case VG_ALIAS_DELETE:
        vg_alias_remove(&c->list, action->name);
        return true;
    }
    return true;
}

/* An alias takes ten bytes of text at least, however short its names. */
static bool is_too_long(errand *e)
{
    const struct change *c = e->own;

    if (c->list.count < VG_ALIASES_BYTES / 10)
        return false;
    fail_action(e, VG_TOO_LARGE, VG_LIT("all aliases together may take 256 KiB at most"));
    return true;
}

static void go_on(errand *e)
{
    struct change *c = e->own;

    for (; c->next < e->parent->in.aliases.count; c->next++) {
        if (is_too_long(e) || !act(e, action_of(e)))
            return;
        c->is_there = c->is_free = false;
    }
    if (c->list.count == 0 && !c->row.has_row) {
        e->parent->out.did = true;
        vg_errand_finish(e); /* no row says the same */
        return;
    }
    vg_errand_write_aliases(e, &c->row, on_written);
}

static void on_written(errand *e)
{
    if (vg_errand_keep_aliases(e)) {
        e->parent->out.did = true;
        vg_errand_finish(e);
    } else if (e->failure.code == VG_OK) {
        read_row(e);
    } else {
        vg_errand_finish(e);
    }
}

/* ---- before it begins ---- */

/* An alias is named as a collection is. */
static bool check_name(errand *e, uint32_t action, vg_slice name)
{
    vg_status story = {0};

    if (vg_collection_name_check(e->arena, name, &story))
        return true;
    vg_errand_fail(e, VG_RANGE, story.what,
                   vg_arena_printf(e->arena, "actions[%u].alias_name", (unsigned)action));
    return false;
}

static bool check_action(errand *e, uint32_t i)
{
    const vg_alias_action *action = &e->parent->in.aliases.at[i];
    vg_slice what;

    if (action->kind == VG_ALIAS_RENAME)
        return check_name(e, i, action->to);
    if (action->kind == VG_ALIAS_DELETE)
        return true;
    if (!check_name(e, i, action->name))
        return false;
    if (vg_collection_name_can_be(action->collection))
        return true;
    what = vg_arena_printf(e->arena, "Collection `" VG_FMT "` doesn't exist!",
                           VG_ARG(action->collection));
    vg_errand_fail(e, VG_NOT_FOUND, what, place_of(e, i));
    return false;
}

static bool check_actions(errand *e)
{
    for (uint32_t i = 0; i < e->parent->in.aliases.count; i++)
        if (!check_action(e, i))
            return false;
    return true;
}

/* The names that the errand holds, besides the table's. */
static bool take_names(errand *e)
{
    uint32_t count = e->parent->in.aliases.count;
    vg_slice *names = VG_TAKE_N(e->arena, vg_slice, (size_t)count * 2 + 1);

    if (!names)
        return false;
    e->names = names;
    for (uint32_t i = 0; i < count; i++) {
        const vg_alias_action *action = &e->parent->in.aliases.at[i];

        if (action->kind == VG_ALIAS_CREATE)
            names[e->name_count++] = action->collection;
        if (action->kind != VG_ALIAS_DELETE)
            names[e->name_count++] = action->kind == VG_ALIAS_CREATE ? action->name : action->to;
    }
    return true;
}

static bool makes_some(const vg_op *op)
{
    for (uint32_t i = 0; i < op->in.aliases.count; i++)
        if (op->in.aliases.at[i].kind != VG_ALIAS_DELETE)
            return true;
    return false;
}

bool vg_catalog_change_aliases(vg_catalog *catalog, vg_op *op)
{
    struct change *c = VG_TAKE(op->arena, struct change);
    errand *e = c ? vg_errand_new(catalog, op, makes_some(op) ? look_at_mark : read_row) : NULL;

    if (!e)
        return false;
    e->own = c;
    e->finished = op->done;
    vg_errand_rename(e, VG_META_ALIASES);
    if (!check_actions(e)) {
        vg_errand_finish_later(e);
        return true;
    }
    if (!take_names(e)) {
        vg_errand_no_memory(e);
        vg_errand_finish_later(e);
        return true;
    }
    e->locks = true;
    vg_errand_start(e);
    return true;
}
