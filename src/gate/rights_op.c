/* What a body names, and what an answer lists (rights.h): the walks over an op. */
#include "gate/rights.h"

/* ---- what a body names ---- */

typedef struct walk {
    const vg_identity *who;
    const vg_op *op;
    vg_status *status;
} walk;

/* All names are known by now, also those that are empty. */
static bool may(const walk *w, vg_right right, vg_slice collection)
{
    if (!collection.at)
        collection = VG_LIT("");
    return vg_rights_judge(w->who, right, collection, w->op->arena, w->status);
}

/* Where the points that it gives come from must be readable as a whole, whatever `only` there is
 * for the collection that is asked. */
static bool may_look(const walk *w, vg_slice collection)
{
    return collection.len == 0 || may(w, VG_RIGHT_READ_WHOLE, collection);
}

static bool may_query(const walk *w, const vg_query *queries, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (!may_look(w, queries[i].lookup_collection) ||
            !may_query(w, queries[i].prefetch, queries[i].prefetch_count))
            return false;
    return true;
}

static bool may_change_alias(const walk *w, const vg_alias_action *action)
{
    if (!may(w, VG_RIGHT_MANAGE, action->name))
        return false;
    switch (action->kind) {
    case VG_ALIAS_CREATE:
        return may(w, VG_RIGHT_MANAGE, action->collection);
    case VG_ALIAS_RENAME:
        return may(w, VG_RIGHT_MANAGE, action->to);
    default:
        return true;
    }
}

/* Who has a list is judged by the names alone. */
static bool may_change_aliases(const walk *w)
{
    if (w->who->global != VG_ACCESS_NONE)
        return may(w, VG_RIGHT_MANAGE, w->op->name);
    for (uint32_t i = 0; i < w->op->in.aliases.count; i++)
        if (!may_change_alias(w, &w->op->in.aliases.at[i]))
            return false;
    return true;
}

bool vg_rights_judge_op(const vg_identity *who, vg_right right, const vg_op *op, vg_status *status)
{
    walk w = {who, op, status};

    if (op->kind == VG_OP_CHANGE_ALIASES)
        return may_change_aliases(&w);
    if (!may(&w, right, op->name))
        return false;
    switch (op->kind) {
    case VG_OP_QUERY:
        return may_query(&w, op->in.query.at, op->in.query.count);
    case VG_OP_GROUPS:
        return may_query(&w, &op->in.groups.query, 1) &&
               may_look(&w, op->in.groups.grouping.lookup_collection);
    default:
        return true;
    }
}

/* ---- what an answer lists ---- */

static bool sees(const vg_identity *who, vg_slice collection)
{
    for (uint32_t i = 0; i < who->collection_count; i++)
        if (vg_slice_is(who->collections[i].collection, collection))
            return who->collections[i].access >= VG_ACCESS_READ;
    return false;
}

static bool cut_names(const vg_identity *who, vg_op *op)
{
    vg_slice *names = VG_TAKE_N(op->arena, vg_slice, (size_t)op->out.names.count + 1);
    uint32_t used = 0;

    for (uint32_t i = 0; names && i < op->out.names.count; i++)
        if (sees(who, op->out.names.at[i]))
            names[used++] = op->out.names.at[i];
    op->out.names.at = names;
    op->out.names.count = used;
    return names != NULL;
}

static bool cut_aliases(const vg_identity *who, vg_op *op)
{
    vg_alias *aliases = VG_TAKE_N(op->arena, vg_alias, (size_t)op->out.aliases.count + 1);
    uint32_t used = 0;

    for (uint32_t i = 0; aliases && i < op->out.aliases.count; i++)
        if (sees(who, op->out.aliases.at[i].collection))
            aliases[used++] = op->out.aliases.at[i];
    op->out.aliases.at = aliases;
    op->out.aliases.count = used;
    return aliases != NULL;
}

bool vg_rights_cut(const vg_identity *who, vg_op *op)
{
    if (who->global != VG_ACCESS_NONE)
        return true;
    switch (op->kind) {
    case VG_OP_LIST:
        return cut_names(who, op);
    case VG_OP_LIST_ALIASES:
        return cut_aliases(who, op);
    default:
        return true;
    }
}
