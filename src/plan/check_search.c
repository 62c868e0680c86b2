/* Searches: which vector is meant, what it is compared with, how many points are wanted. See
 * check.h. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"
#include "plan/check_parts.h"

/* ---- which vector ---- */

/* "a, b", in the order of bytes. */
static vg_slice list_names(const vg_op *op)
{
    const vg_collection_spec *spec = &op->collection->spec;
    vg_slice *names = VG_TAKE_N(op->arena, vg_slice, (size_t)spec->vector_count + 1), text;
    vg_buf buf;

    if (!names)
        return (vg_slice){0};
    for (uint32_t i = 0; i < spec->vector_count; i++)
        names[i] = spec->vectors[i].name;
    if (spec->vector_count > 1)
        qsort(names, spec->vector_count, sizeof *names, vg_check_by_text);
    vg_buf_init(&buf, 0);
    for (uint32_t i = 0; i < spec->vector_count; i++)
        vg_buf_printf(&buf, "%s" VG_FMT, i > 0 ? ", " : "", VG_ARG(names[i]));
    text = vg_arena_copy(op->arena, vg_buf_bytes(&buf));
    vg_buf_fini(&buf);
    return text;
}

static bool has_only_the_unnamed(const vg_collection_spec *spec)
{
    return spec->vector_count == 1 && spec->vectors[0].name.len == 0;
}

static bool refuse_using(const vg_checking *c, vg_slice name)
{
    vg_slice where = vg_check_place(c, "using");
    const vg_op *op = c->op;

    if (name.len == 0)
        vg_status_setf(c->status, op->arena, VG_INVALID, where,
                       "Collection requires specified vector name in the request, available "
                       "names: " VG_FMT,
                       VG_ARG(list_names(op)));
    else if (has_only_the_unnamed(&op->collection->spec))
        vg_status_setf(c->status, op->arena, VG_INVALID, where,
                       "Vector with name " VG_FMT " is not configured in this collection",
                       VG_ARG(name));
    else
        vg_status_setf(c->status, op->arena, VG_INVALID, where,
                       "Vector with name `" VG_FMT
                       "` is not configured in this collection, available names: " VG_FMT,
                       VG_ARG(name), VG_ARG(list_names(op)));
    return false;
}

/* ---- what it is compared with ---- */

static bool check_example(const vg_checking *c, const vg_vector_params *params,
                          const vg_example *example)
{
    if (example->id.kind == VG_ID_NONE)
        return vg_check_size(c, params, example->vector.count, vg_check_place(c, "vector"));
    if (!c->adapter->can.supports_search_by_id)
        return vg_check_refuse(c, "id", "supports_search_by_id");
    return vg_check_id_at(c, &example->id, "id");
}

typedef struct example_list {
    const vg_example *at;
    uint32_t count;
    const char *before, *behind; /* the number, in their places in the request */
} example_list;

static bool check_list(const vg_checking *c, const vg_vector_params *params, example_list list)
{
    vg_checking one = *c;

    for (uint32_t i = 0; i < list.count; i++) {
        one.at = vg_check_place(c, "%s[%" PRIu32 "]%s.", list.before, i, list.behind);
        if (!check_example(&one, params, &list.at[i]))
            return false;
    }
    return true;
}

static bool check_examples(const vg_checking *c, const vg_vector_params *params,
                           const vg_search *search)
{
    bool has_pairs = search->scoring == VG_BY_DISCOVERY || search->scoring == VG_BY_CONTEXT;
    const char *lacks = vg_search_lacks(search);
    example_list positive = {search->positive, search->positive_count, "positive", ""},
                 negative = {search->negative, search->negative_count, "negative", ""};

    if (lacks) {
        vg_status_set(c->status, VG_INVALID, vg_slice_str(lacks), vg_check_place(c, "query"));
        return false;
    }
    if (has_pairs) {
        positive.before = negative.before = "context";
        positive.behind = ".positive";
        negative.behind = ".negative";
    }
    return check_list(c, params, positive) && check_list(c, params, negative);
}

static bool check_target(const vg_checking *c, const vg_vector_params *params,
                         const vg_search *search)
{
    const vg_example target = {search->by_id, search->vector};
    vg_checking one = *c;

    if (search->scoring == VG_BY_DISCOVERY)
        one.at = vg_check_place(c, "target.");
    return check_example(&one, params, &target);
}

static bool check_compared(const vg_checking *c, const vg_search *search)
{
    const vg_vector_params *params = vg_spec_vector(&c->op->collection->spec, search->using_name);

    if (!params)
        return refuse_using(c, search->using_name);
    if (search->scoring == VG_BY_NEAREST)
        return check_target(c, params, search);
    if (!c->adapter->can.supports_examples)
        return vg_check_refuse(c, "query", "supports_examples");
    return (search->scoring != VG_BY_DISCOVERY || check_target(c, params, search)) &&
           check_examples(c, params, search);
}

/* ---- the whole ---- */

static bool check_limit(const vg_checking *c, const vg_search *search)
{
    uint64_t wanted = (uint64_t)search->limit + search->offset;
    uint32_t most = c->adapter->can.max_top_k;

    if (most == 0 || wanted <= most)
        return true;
    vg_status_setf(c->status, c->op->arena, VG_UNSUPPORTED, vg_check_place(c, "limit"),
                   "offset and limit together ask for %" PRIu64
                   " points: this backend's max_top_k is %" PRIu32,
                   wanted, most);
    return false;
}

static bool check_except(const vg_checking *c, const vg_search *search)
{
    for (uint32_t i = 0; i < search->except_count; i++)
        if (!vg_check_id(c, &search->except[i], "except", i))
            return false;
    return true;
}

bool vg_check_search(const vg_checking *c, const vg_search *search)
{
    return check_limit(c, search) && check_compared(c, search) && check_except(c, search) &&
           vg_check_filter(c, search->filter) && vg_check_selector(c, &search->with_vectors);
}

bool vg_check_searches(const vg_checking *whole)
{
    const vg_capabilities *can = &whole->adapter->can;
    uint32_t count = whole->op->in.search.count;
    vg_checking c = *whole;

    if (count > 1 && !can->supports_batch_search)
        return vg_check_refuse(&c, "searches", "supports_batch_search");
    if (!vg_check_many(&c, count, can->max_queries_per_call, "max_queries_per_call"))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        if (count > 1)
            c.at = vg_arena_printf(c.op->arena, "searches[%" PRIu32 "].", i);
        if (!vg_check_search(&c, &whole->op->in.search.queries[i]))
            return false;
    }
    return true;
}
