/* Which of the backend's objects a collection is, and what that object proves. A backend that keeps
 * tenants apart by itself (no place()) has one object for each collection, of its own name. One
 * that does not is told: place() gives a new collection its object, derived from tenant and name,
 * perhaps shared; only the sole tenant's may have the collection's own name, and only these are
 * adopted: of every other object a row alone says whose it is. */
#include "catalog/errand.h"

static const vg_backend *backend_of(const errand *e)
{
    return vg_runner_backend(e->catalog->parts.backend);
}

bool vg_errand_place(errand *e, const vg_collection_spec *spec)
{
    const vg_backend *backend = backend_of(e);
    vg_placement placement = {.physical = e->name, .raw_ids = true};
    vg_status story = {0};

    if (backend->adapter->place && !backend->adapter->place(backend, e->parent->who, e->name, spec,
                                                            e->arena, &placement, &story)) {
        if (story.code == VG_OK)
            vg_errand_no_memory(e);
        else if (e->failure.code == VG_OK)
            e->failure = story;
        return false;
    }
    e->row.physical = placement.physical;
    e->row.raw_ids = placement.raw_ids;
    return true;
}

bool vg_errand_can_adopt(const errand *e)
{
    const vg_adapter *adapter = backend_of(e)->adapter;

    return adapter->can.supports_adoption && (!adapter->place || e->parent->who->is_sole);
}

bool vg_meta_is_derived(const vg_meta_row *row)
{
    return !row->raw_ids || !vg_slice_is(row->physical, row->name);
}

bool vg_errand_can_adopt_row(const errand *e, const vg_meta_row *row)
{
    const vg_adapter *adapter = backend_of(e)->adapter;

    return adapter->can.supports_adoption && (!adapter->place || !vg_meta_is_derived(row));
}

static vg_op *object_child(errand *e, vg_op_kind kind, errand_step *then)
{
    vg_op *child = vg_errand_child(e, kind, then);

    if (!child)
        return NULL;
    child->in.collection.physical = e->row.physical;
    child->in.collection.raw_ids = e->row.raw_ids;
    return child;
}

void vg_errand_drop_object(errand *e, errand_step *then)
{
    if (object_child(e, VG_OP_DROP_COLLECTION, then))
        vg_errand_run(e);
}

void vg_errand_describe_object(errand *e, bool is_brief, errand_step *then)
{
    vg_op *child = object_child(e, VG_OP_DESCRIBE, then);

    if (!child)
        return;
    child->in.collection.is_brief = is_brief;
    vg_errand_run(e);
}
