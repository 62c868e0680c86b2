/* See rights.h. One row for each right, one for each kind of operation. */
#include "gate/rights.h"

#include "base/check.h"

/* Of what somebody must have access. */
enum scope { ANYTHING, COLLECTION, EVERY_COLLECTION, GATEWAY };

struct need {
    enum scope of;
    vg_access access;
    bool whole; /* no `only` */
    const char *word;
};

/* clang-format off */
static const struct need needs[VG_RIGHTS] = {
    [VG_RIGHT_OF_KIND]        = {GATEWAY,          VG_ACCESS_MANAGE, false, "manage, operator"},
    [VG_RIGHT_NOTHING]        = {ANYTHING,         VG_ACCESS_NONE,   false, "nothing"},
    [VG_RIGHT_ANY]            = {ANYTHING,         VG_ACCESS_NONE,   false, "a credential"},
    [VG_RIGHT_READ]           = {COLLECTION,       VG_ACCESS_READ,   false, "read"},
    [VG_RIGHT_READ_WHOLE]     = {COLLECTION,       VG_ACCESS_READ,   true,  "read, unrestricted"},
    [VG_RIGHT_READ_OBJECT]    = {COLLECTION,       VG_ACCESS_READ,   true,  "read, unrestricted, not `prw`"},
    [VG_RIGHT_WRITE]          = {COLLECTION,       VG_ACCESS_POINTS, false, "write"},
    [VG_RIGHT_WRITE_WHOLE]    = {COLLECTION,       VG_ACCESS_POINTS, true,  "write, unrestricted"},
    [VG_RIGHT_WRITE_OBJECT]   = {COLLECTION,       VG_ACCESS_WRITE,  true,  "write, unrestricted, not `prw`"},
    [VG_RIGHT_MANAGE]         = {COLLECTION,       VG_ACCESS_MANAGE, true,  "manage"},
    [VG_RIGHT_GLOBAL_READ]    = {EVERY_COLLECTION, VG_ACCESS_READ,   false, "read, all collections"},
    [VG_RIGHT_GLOBAL_MANAGE]  = {EVERY_COLLECTION, VG_ACCESS_MANAGE, false, "manage, all collections"},
    [VG_RIGHT_GATEWAY_READ]   = {GATEWAY,          VG_ACCESS_READ,   false, "read, operator"},
    [VG_RIGHT_GATEWAY_MANAGE] = {GATEWAY,          VG_ACCESS_MANAGE, false, "manage, operator"},
};

static const vg_right of_kinds[VG_OP_KINDS] = {
    [VG_OP_HEALTH]            = VG_RIGHT_GLOBAL_READ,
    [VG_OP_CREATE_COLLECTION] = VG_RIGHT_MANAGE,
    [VG_OP_DROP_COLLECTION]   = VG_RIGHT_MANAGE,
    [VG_OP_DESCRIBE]          = VG_RIGHT_READ_WHOLE,
    [VG_OP_LIST]              = VG_RIGHT_ANY,
    [VG_OP_UPDATE_COLLECTION] = VG_RIGHT_MANAGE,
    [VG_OP_CREATE_INDEX]      = VG_RIGHT_WRITE_OBJECT,
    [VG_OP_DROP_INDEX]        = VG_RIGHT_WRITE_OBJECT,
    [VG_OP_UPSERT]            = VG_RIGHT_WRITE_WHOLE,
    [VG_OP_DELETE]            = VG_RIGHT_WRITE,
    [VG_OP_SET_PAYLOAD]       = VG_RIGHT_WRITE_WHOLE,
    [VG_OP_OVERWRITE_PAYLOAD] = VG_RIGHT_WRITE_WHOLE,
    [VG_OP_DELETE_PAYLOAD]    = VG_RIGHT_WRITE_WHOLE,
    [VG_OP_CLEAR_PAYLOAD]     = VG_RIGHT_WRITE_WHOLE,
    [VG_OP_UPDATE_VECTORS]    = VG_RIGHT_WRITE_WHOLE,
    [VG_OP_DELETE_VECTORS]    = VG_RIGHT_WRITE,
    [VG_OP_BATCH]             = VG_RIGHT_WRITE, /* plan refuses what of it an `only` forbids */
    [VG_OP_GET]               = VG_RIGHT_READ_WHOLE,
    [VG_OP_SEARCH]            = VG_RIGHT_READ,
    [VG_OP_QUERY]             = VG_RIGHT_READ,
    [VG_OP_GROUPS]            = VG_RIGHT_READ,
    [VG_OP_MATRIX]            = VG_RIGHT_READ,
    [VG_OP_SCROLL]            = VG_RIGHT_READ,
    [VG_OP_COUNT]             = VG_RIGHT_READ,
    [VG_OP_FACET]             = VG_RIGHT_READ,
    [VG_OP_CHANGE_ALIASES]    = VG_RIGHT_MANAGE,
    [VG_OP_LIST_ALIASES]      = VG_RIGHT_READ,
    [VG_OP_LIST_JOBS]         = VG_RIGHT_GLOBAL_READ,
    [VG_OP_GET_JOB]           = VG_RIGHT_GLOBAL_READ,
    [VG_OP_CANCEL_JOB]        = VG_RIGHT_GLOBAL_MANAGE,
    [VG_OP_ERASE_TENANT]      = VG_RIGHT_GLOBAL_MANAGE, /* of which tenant, jobs judge */
};
/* clang-format on */

/* What was forgotten is nobody's but an operator's. */
vg_right vg_right_of(vg_op_kind kind)
{
    vg_right right = kind < VG_OP_KINDS ? of_kinds[kind] : VG_RIGHT_OF_KIND;

    return right == VG_RIGHT_OF_KIND ? VG_RIGHT_GATEWAY_MANAGE : right;
}

const char *vg_right_word(vg_right right)
{
    return needs[right].word;
}

/* ---- judging ---- */

typedef struct judging {
    const vg_identity *who;
    vg_right right;
    vg_slice collection;
    vg_arena *arena;
    vg_status *status;
} judging;

static bool refuse(const judging *j, const char *text)
{
    vg_status_set(j->status, VG_FORBIDDEN, vg_slice_str(text), (vg_slice){0});
    return false;
}

static bool refuse_collection(const judging *j, const char *before, const char *after)
{
    vg_status_setf(j->status, j->arena, VG_FORBIDDEN, (vg_slice){0}, "%s" VG_FMT "%s", before,
                   VG_ARG(j->collection), after);
    return false;
}

static const vg_collection_access *entry_of(const vg_identity *who, vg_slice collection)
{
    for (uint32_t i = 0; i < who->collection_count; i++)
        if (vg_slice_is(who->collections[i].collection, collection))
            return &who->collections[i];
    return NULL;
}

static bool is_more_than_points(vg_right right)
{
    return right == VG_RIGHT_READ_OBJECT || right == VG_RIGHT_WRITE_OBJECT;
}

static bool judge_global(const judging *j)
{
    vg_access has = j->who->global;

    if (has == VG_ACCESS_NONE)
        return refuse(j, "Global access is required");
    if (has == VG_ACCESS_POINTS && is_more_than_points(j->right))
        return refuse_collection(j, "Only points access is allowed for collection ", "");
    return has >= needs[j->right].access || refuse(j, "Global manage access is required");
}

static bool judge_entry(const judging *j, const vg_collection_access *entry)
{
    const struct need *need = &needs[j->right];

    if (need->access >= VG_ACCESS_MANAGE && (!entry || entry->access < VG_ACCESS_MANAGE))
        return refuse(j, "Global access is required");
    if (!entry || entry->access == VG_ACCESS_NONE)
        return refuse_collection(j, "Access to collection ", " is required");
    if (need->access > VG_ACCESS_READ && entry->access == VG_ACCESS_READ)
        return refuse_collection(j, "Write access to collection ", " is required");
    if (is_more_than_points(j->right) && entry->access == VG_ACCESS_POINTS)
        return refuse_collection(j, "Only points access is allowed for collection ", "");
    return !need->whole || !entry->only ||
           refuse_collection(j,
                             "This operation is not allowed when \"payload\" restriction is "
                             "present for collection ",
                             "");
}

static bool judge_collection(const judging *j)
{
    if (j->who->global != VG_ACCESS_NONE)
        return judge_global(j);
    return j->collection.at == NULL || judge_entry(j, entry_of(j->who, j->collection));
}

static bool is_operator(const vg_identity *who)
{
    return who->may_choose_tenant || who->tenant.is_sole ||
           vg_slice_is(who->tenant.name, VG_LIT("default"));
}

bool vg_rights_judge(const vg_identity *who, vg_right right, vg_slice collection, vg_arena *arena,
                     vg_status *status)
{
    judging j = {who, right, collection, arena, status};

    switch (needs[right].of) {
    case ANYTHING:
        return true;
    case COLLECTION:
        return judge_collection(&j);
    case EVERY_COLLECTION:
        return judge_global(&j);
    default:
        return is_operator(who) ? judge_global(&j) : refuse(&j, "Global access is required");
    }
}

bool vg_rights_claims(const vg_identity *who, vg_slice collection, vg_arena *arena,
                      const vg_claims **out)
{
    const vg_collection_access *entry =
        who->global == VG_ACCESS_NONE ? entry_of(who, collection) : NULL;
    vg_claims *claims;

    *out = NULL;
    if (!who->exists && (!entry || !entry->only))
        return true;
    claims = VG_TAKE(arena, vg_claims);
    if (!claims)
        return false;
    *claims = (vg_claims){
        .exists_in = who->exists_in, .exists = who->exists, .only = entry ? entry->only : NULL};
    *out = claims;
    return true;
}
