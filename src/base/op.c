/* The tables behind the contracts, as words: operations, pools, faults; and how a step says that it
 * failed. */
#include <inttypes.h>
#include <stdarg.h>

#include "vecgate/vector_backend.h"

#include "base/utf8.h"

static const vg_op_row rows[] = {
#define OP(kind, name, writes, repeats) [VG_OP_##kind] = {name, writes, repeats},
#include "vecgate/op.def"
#undef OP
};

static const char *const pool_words[] = {
    [VG_POOL_SEARCH] = "search",   [VG_POOL_CODEC] = "codec",   [VG_POOL_MISC] = "misc",
    [VG_POOL_CONNECT] = "connect", [VG_POOL_CANCEL] = "cancel", [VG_POOL_HANDSHAKE] = "handshake",
};

static const char *const fault_words[] = {
    [VG_FAULT_NONE] = "none",           [VG_FAULT_DNS] = "dns",
    [VG_FAULT_CONNECT] = "connect",     [VG_FAULT_TLS] = "tls",
    [VG_FAULT_RESET] = "reset",         [VG_FAULT_PROTOCOL] = "protocol",
    [VG_FAULT_TOO_LARGE] = "too_large", [VG_FAULT_FULL] = "full",
    [VG_FAULT_STOPPED] = "stopped",     [VG_FAULT_MEMORY] = "memory",
};

const vg_op_row *vg_op_describe(vg_op_kind kind)
{
    static const vg_op_row unknown = {"unknown", false, false};

    return (unsigned)kind < VG_OP_KINDS ? &rows[kind] : &unknown;
}

/* C1 controls, U+2028, U+2029, U+FFFE, U+FFFF: what YAML and JSON take for different things, so
 * that a name that is shown could not be read again. */
static bool is_unprintable(vg_slice text)
{
    static const char *const separators[] = {"\xE2\x80\xA8", "\xE2\x80\xA9", "\xEF\xBF\xBE",
                                             "\xEF\xBF\xBF"};

    if (text.len > 1 && (unsigned char)text.at[0] == 0xC2 && (unsigned char)text.at[1] < 0xA0)
        return true;
    for (size_t i = 0; i < sizeof separators / sizeof separators[0]; i++)
        if (vg_slice_starts(text, vg_slice_str(separators[i])))
            return true;
    return false;
}

bool vg_tenant_name_can_be(vg_slice name)
{
    if (name.len == 0 || name.len > VG_TENANT_NAME_BYTES || name.at[0] == '/' ||
        vg_slice_is_str(name, ".") || vg_slice_is_str(name, ".."))
        return false;
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.at[i] < ' ' || name.at[i] == 0x7F ||
            is_unprintable(vg_slice_skip(name, i)))
            return false;
    return vg_utf8_check(name) == name.len;
}

const vg_tenant *vg_tenant_copy(vg_arena *arena, const vg_tenant *tenant)
{
    vg_tenant *copy = VG_TAKE(arena, vg_tenant);

    if (copy == NULL)
        return NULL;
    *copy = (vg_tenant){.name = vg_arena_copy(arena, tenant->name), .is_sole = tenant->is_sole};
    return vg_arena_is_spent(arena) ? NULL : copy;
}

/* FACTS 8. */
const char *vg_search_lacks(const vg_search *search)
{
    switch (search->scoring) {
    case VG_BY_AVERAGE:
        if (search->positive_count == 0)
            return "Positive vectors should not be empty with `average` strategy";
        return NULL;
    case VG_BY_BEST_SCORE:
    case VG_BY_SUM_SCORES:
        if (search->positive_count == 0 && search->negative_count == 0)
            return "At least one positive or negative vector ID required with this strategy";
        return NULL;
    case VG_BY_DISCOVERY:
    case VG_BY_CONTEXT:
        if (search->positive_count != search->negative_count)
            return "each pair of a context needs a positive and a negative example";
        return NULL;
    default:
        return NULL;
    }
}

bool vg_vector_is_bfloat16(const vg_vector_params *params)
{
    return vg_slice_is(params->quantization_config, VG_LIT(VG_BFLOAT16_CONFIG));
}

const vg_vector_params *vg_spec_vector(const vg_collection_spec *spec, vg_slice name)
{
    for (uint32_t i = 0; i < spec->vector_count; i++)
        if (vg_slice_is(spec->vectors[i].name, name))
            return &spec->vectors[i];
    return NULL;
}

static bool is_of_kind(vg_vector_kind kind, const vg_vector *vector, vg_status *status)
{
    bool is_sparse = vector->indices != NULL;

    if (is_sparse == (kind == VG_SPARSE) && (vector->rows == 0 || kind != VG_DENSE))
        return true;
    vg_status_set(status, VG_INVALID,
                  kind == VG_MULTI || (kind == VG_DENSE && !is_sparse)
                      ? VG_LIT("Conversion between multi and regular vectors failed")
                      : VG_LIT("Conversion between sparse and regular vectors failed"),
                  (vg_slice){0});
    return false;
}

bool vg_vector_fits(vg_arena *arena, const vg_vector_params *params, const vg_vector *vector,
                    vg_status *status)
{
    uint32_t size = vector->rows > 0 ? vector->count / vector->rows : vector->count;

    if (!is_of_kind(params->kind, vector, status))
        return false;
    if (params->kind == VG_SPARSE || size == params->size)
        return true;
    vg_status_setf(status, arena, VG_INVALID, (vg_slice){0},
                   "Vector dimension error: expected dim: %" PRIu32 ", got %" PRIu32, params->size,
                   size);
    return false;
}

vg_update *vg_op_update(vg_op *op)
{
    vg_update *update = VG_TAKE(op->arena, vg_update);

    if (!update)
        return NULL;
    update->kind = op->kind;
    op->in.update.at = update;
    op->in.update.count = 1;
    return update;
}

const char *vg_pool_word(vg_pool_name pool)
{
    return (unsigned)pool < VG_POOLS ? pool_words[pool] : "unknown";
}

const char *vg_fault_word(vg_fault fault)
{
    return (unsigned)fault < VG_FAULTS ? fault_words[fault] : "unknown";
}

vg_next vg_try_fail(vg_try *try, vg_code code, vg_slice what)
{
    vg_status_set(&try->status, code, what, (vg_slice){0});
    return VG_FAIL;
}

vg_next vg_try_failf(vg_try *try, vg_code code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vg_status_set(&try->status, code, vg_arena_vprintf(try->scratch, format, args), (vg_slice){0});
    va_end(args);
    return VG_FAIL;
}
