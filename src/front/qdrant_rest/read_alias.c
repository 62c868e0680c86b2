/* The body of changes of aliases (FACTS 2): a list of actions, each an object of one name. */
#include "front/member.h"
#include "front/qdrant_rest/params.h"
#include "front/qdrant_rest/qdrant.h"

static bool need_text(vg_reader r, const vg_json *v, const char *member, vg_slice *out)
{
    const vg_json *name = vg_member_need(r, v, member, NULL);

    return name && vg_json_read_text(r.arena, name, out, r.status);
}

/* What is made must be able to be a collection's name; what is only looked for may be any text. */
static bool need_new_name(vg_reader r, const vg_json *v, const char *member, vg_slice *out)
{
    vg_status wrong = {0};

    if (!need_text(r, v, member, out))
        return false;
    return vg_collection_name_check(r.arena, *out, &wrong) ||
           vg_member_wrong(r, vg_member_get(v, member, NULL), VG_RANGE, VG_FMT, VG_ARG(wrong.what));
}

static bool read_create(vg_reader r, const vg_json *v, vg_alias_action *out)
{
    out->kind = VG_ALIAS_CREATE;
    return need_text(r, v, "collection_name", &out->collection) &&
           need_new_name(r, v, "alias_name", &out->name);
}

static bool read_delete(vg_reader r, const vg_json *v, vg_alias_action *out)
{
    out->kind = VG_ALIAS_DELETE;
    return need_text(r, v, "alias_name", &out->name);
}

static bool read_rename(vg_reader r, const vg_json *v, vg_alias_action *out)
{
    out->kind = VG_ALIAS_RENAME;
    return need_text(r, v, "old_alias_name", &out->name) &&
           need_new_name(r, v, "new_alias_name", &out->to);
}

static const struct action {
    const char *name;
    bool (*read)(vg_reader r, const vg_json *v, vg_alias_action *out);
} actions[] = {
    {"create_alias", read_create},
    {"delete_alias", read_delete},
    {"rename_alias", read_rename},
};

enum { ACTIONS = sizeof actions / sizeof actions[0] };

static bool read_action(vg_reader r, const vg_json *v, vg_alias_action *out)
{
    if (!vg_member_is_object(r, v))
        return false;
    for (int i = 0; v->count == 1 && i < ACTIONS; i++)
        if (vg_slice_is_str(v->first->key, actions[i].name))
            return vg_member_is_object(r, v->first) && actions[i].read(r, v->first, out);
    return vg_member_wrong(r, v, VG_FORMAT,
                           "data did not match any variant of untagged enum AliasOperations: "
                           "expected one of `create_alias`, `delete_alias`, `rename_alias`, and "
                           "nothing else");
}

static bool read_actions(vg_reader r, const vg_json *list, vg_op *op)
{
    vg_alias_action *to;

    if (!vg_member_is_array(r, list))
        return false;
    if (list->kind == VG_JSON_VECTOR)
        return vg_member_wrong(r, list, VG_FORMAT, "expected actions, got numbers");
    to = VG_TAKE_N(r.arena, vg_alias_action, (size_t)list->count + 1);
    if (!to)
        return vg_member_wrong(r, list, VG_TOO_LARGE, "no memory is left for %u actions",
                               list->count);
    op->in.aliases.at = to;
    op->in.aliases.count = list->count;
    for (const vg_json *v = list->first; v; v = v->next)
        if (!read_action(r, v, to++))
            return false;
    return true;
}

bool vg_read_alias_changes(const vg_front_in *in, vg_op *op, vg_status *status)
{
    vg_reader r = {op->arena, status};
    const vg_json *list;

    if (!vg_params_change(in, op, status) || !vg_member_body(r, in->body))
        return false;
    list = vg_member_need(r, in->body, "actions", NULL);
    return list && read_actions(r, list, op);
}
