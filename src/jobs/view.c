/* What is unfinished, as the last pass saw it and as was begun here since: a collection whose
 * backend does not say itself that its index is being built is described by that. A gateway on a
 * store that others share sees theirs at its next pass. */
#include <inttypes.h>

#include "jobs/inside.h"

enum { VIEW_BYTES = 1 << 20 };

struct sight {
    sight *next;
    const vg_job_kind *kind;
    vg_slice tenant, collection;
    uint64_t done, total;
    uint32_t born; /* when it was made here: the last pass that had begun. 0: it was seen */
};

void vg_view_begin(vg_jobs *jobs)
{
    jobs->pass_number++;
}

/* Without memory it is not in the view, which is no harm. */
static sight *push(sight *before, vg_arena **arena, const sight *like)
{
    sight *s;
    vg_slice tenant, name;

    if (!*arena)
        *arena = vg_arena_new(VIEW_BYTES);
    s = *arena ? VG_TAKE(*arena, sight) : NULL;
    tenant = s ? vg_arena_copy(*arena, like->tenant) : (vg_slice){0};
    name = s ? vg_arena_copy(*arena, like->collection) : (vg_slice){0};
    if (tenant.len == 0 || name.len == 0)
        return before;
    *s = *like;
    s->next = before;
    s->tenant = tenant;
    s->collection = name;
    return s;
}

sight *vg_view_see(sight *before, vg_arena **arena, const vg_job *job)
{
    return push(before, arena,
                &(sight){.kind = vg_job_kind_of(job->kind),
                         .tenant = job->tenant,
                         .collection = job->collection,
                         .done = job->done,
                         .total = job->total});
}

/* What was made after the pass had begun, it may not have seen. */
void vg_view_replace(vg_jobs *jobs, vg_arena *arena, sight *seen)
{
    for (const sight *s = jobs->sights; s; s = s->next)
        if (s->born >= jobs->pass_number)
            seen = push(seen, &arena, s);
    vg_arena_free(jobs->view);
    jobs->view = arena;
    jobs->sights = seen;
}

void vg_view_add(vg_jobs *jobs, vg_slice tenant, vg_slice collection)
{
    jobs->sights = push(jobs->sights, &jobs->view,
                        &(sight){.kind = &vg_job_index,
                                 .tenant = tenant,
                                 .collection = collection,
                                 .born = jobs->pass_number});
}

static const sight *find(const vg_jobs *jobs, const vg_job_kind *kind, vg_slice tenant,
                         vg_slice collection)
{
    for (const sight *s = jobs->sights; s; s = s->next)
        if (s->kind == kind && vg_slice_is(s->collection, collection) &&
            vg_slice_is(s->tenant, tenant))
            return s;
    return NULL;
}

bool vg_view_has_repair(const vg_jobs *jobs, vg_slice tenant, vg_slice collection)
{
    return find(jobs, &vg_job_repair, tenant, collection) != NULL;
}

static vg_slice say(vg_arena *arena, const sight *s)
{
    if (s->total == 0)
        return VG_LIT("its index is being built");
    return vg_arena_printf(arena, "its index is being built: %" PRIu64 " of %" PRIu64, s->done,
                           s->total);
}

/* A backend that says itself that something is not well knows better. */
void vg_view_describe(vg_jobs *jobs, vg_op *op)
{
    vg_collection_info *info = &op->out.info;
    const sight *s = find(jobs, &vg_job_index, op->who->name, op->collection->name);

    if (!s || info->color != VG_GREEN || info->tells_builds)
        return;
    info->color = VG_YELLOW;
    info->trouble = say(op->arena, s);
}

void vg_view_free(vg_jobs *jobs)
{
    vg_arena_free(jobs->view);
    jobs->view = NULL;
    jobs->sights = NULL;
}
