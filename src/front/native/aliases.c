/* Other names of collections: what may be done with them, and how they are told. Pure: any thread.
 */
#include "front/native/native.h"

/* ---- reading ---- */

/* A name that is to be made: one that a collection could have. */
static bool read_new_name(vg_arena *arena, const vg_json *v, vg_slice *out, vg_status *status)
{
    if (!vg_json_read_text(arena, v, out, status))
        return false;
    if (vg_collection_name_check(arena, *out, status))
        return true;
    status->code = VG_RANGE;
    status->where = vg_json_path(arena, v);
    return false;
}

static bool read_create(vg_arena *arena, const vg_json *v, vg_alias_action *to, vg_status *status)
{
    const vg_json *alias = NULL, *collection = NULL;
    const field fields[] = {{"alias", &alias, true}, {"collection", &collection, true}};

    to->kind = VG_ALIAS_CREATE;
    return READ_FIELDS(arena, v, fields, status) &&
           read_new_name(arena, alias, &to->name, status) &&
           vg_json_read_text(arena, collection, &to->collection, status);
}

static bool read_delete(vg_arena *arena, const vg_json *v, vg_alias_action *to, vg_status *status)
{
    const vg_json *alias = NULL;
    const field fields[] = {{"alias", &alias, true}};

    to->kind = VG_ALIAS_DELETE;
    return READ_FIELDS(arena, v, fields, status) &&
           vg_json_read_text(arena, alias, &to->name, status);
}

static bool read_rename(vg_arena *arena, const vg_json *v, vg_alias_action *to, vg_status *status)
{
    const vg_json *old = NULL, *new = NULL;
    const field fields[] = {{"from", &old, true}, {"to", &new, true}};

    to->kind = VG_ALIAS_RENAME;
    return READ_FIELDS(arena, v, fields, status) &&
           vg_json_read_text(arena, old, &to->name, status) &&
           read_new_name(arena, new, &to->to, status);
}

static bool read_action(vg_arena *arena, const vg_json *from, vg_alias_action *to,
                        vg_status *status)
{
    const vg_json *create = NULL, *delete = NULL, *rename = NULL;
    const field fields[] = {
        {"create", &create, false}, {"delete", &delete, false}, {"rename", &rename, false}};

    if (!READ_FIELDS(arena, from, fields, status))
        return false;
    if (!!create + !!delete + !!rename != 1)
        return vg_native_wrong(arena, from, "an action has exactly one field, its kind", status);
    if (create)
        return read_create(arena, create, to, status);
    return delete ? read_delete(arena, delete, to, status) : read_rename(arena, rename, to, status);
}

bool vg_native_read_aliases(const vg_front_in *in, vg_op *op, vg_status *status)
{
    const vg_json *list = NULL;
    const field fields[] = {{"actions", &list, true}};
    vg_alias_action *actions;

    if (!vg_native_read_query(in, op, status) ||
        !READ_FIELDS(op->arena, in->body, fields, status) ||
        !vg_native_is_filled_list(op->arena, list, status))
        return false;
    if (list->kind == VG_JSON_VECTOR)
        return vg_json_mismatch(op->arena, list, "an array of objects", status);
    actions = VG_TAKE_N(op->arena, vg_alias_action, list->count);
    if (!actions)
        return vg_native_no_memory(status);
    op->in.aliases.at = actions;
    op->in.aliases.count = list->count;
    for (const vg_json *at = list->first; at; at = at->next)
        if (!read_action(op->arena, at, actions++, status))
            return false;
    return true;
}

/* ---- writing ---- */

void vg_native_write_aliases(const vg_op *op, vg_front_out *out)
{
    vg_json_out json = {.buf = out->body};

    vg_json_open_object(&json);
    vg_json_put_key(&json, VG_LIT("aliases"));
    vg_json_open_array(&json);
    for (uint32_t i = 0; i < op->out.aliases.count; i++) {
        vg_json_open_object(&json);
        vg_json_put_key(&json, VG_LIT("alias"));
        vg_json_put_text(&json, op->out.aliases.at[i].name);
        vg_json_put_key(&json, VG_LIT("collection"));
        vg_json_put_text(&json, op->out.aliases.at[i].collection);
        vg_json_close_object(&json);
    }
    vg_json_close_array(&json);
    vg_json_close_object(&json);
}

void vg_native_write_nothing(const vg_op *op, vg_front_out *out)
{
    (void)op;
    out->status = 204;
    out->content_type = (vg_slice){0};
}
