/* See toy_world.h. */
#include "tests/support/toy_world.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"

enum { PLENTY = 8 << 20 };

static const vg_tenant sole = {.name = VG_LIT_INIT("default"), .is_sole = true};

static vg_runner *make_runner(toy_world *world, const vg_backend *backend, const toy_caps *caps)
{
    vg_loop *loop = fake_loop_loop(world->fake);
    bool is_vectors = backend == toy_vectors(world->toy);

    return vg_runner_new(
        &(vg_runner_parts){.loop = loop,
                           .backend = backend,
                           .transport = toy_transport_new(world->toy, loop),
                           .metrics = caps->metrics,
                           .resilience = is_vectors ? caps->resilience : NULL,
                           .shared = is_vectors ? caps->shared : NULL,
                           .scratch_bytes = caps->scratch_bytes ? caps->scratch_bytes : PLENTY});
}

static void run_work(vg_work *work)
{
    work->run(work);
    vg_work_finish(work);
}

/* Stands for vg_pools_post(): `pools` is the world. */
static bool post(vg_pools *pools, vg_pool_name name, vg_work *work)
{
    toy_world *world = (toy_world *)(void *)pools;

    unsigned n = world->pool.lent++;

    VG_CHECK(name == VG_POOL_CODEC);
    if (n == world->pool.holds)
        world->pool.held = work;
    else if (n != world->pool.refuses)
        run_work(work);
    return n != world->pool.refuses;
}

void toy_pool_release(toy_world *world)
{
    vg_work *work = world->pool.held;

    world->pool.held = NULL;
    if (work)
        run_work(work);
}

toy_world *toy_world_new_capped(toys *toy, toy_caps caps)
{
    toy_world *world = calloc(1, sizeof *world);

    VG_CHECK(world);
    world->toy = toy;
    world->pool = (struct toy_pool){.holds = UINT32_MAX, .refuses = UINT32_MAX};
    world->op_bytes = caps.op_bytes ? caps.op_bytes : PLENTY;
    world->fake = fake_loop_new();
    world->vectors = make_runner(world, toy_vectors(toy), &caps);
    world->metadata = make_runner(world, toy_metadata(toy), &caps);
    world->catalog =
        vg_catalog_new(&(vg_catalog_parts){.loop = fake_loop_loop(world->fake),
                                           .backend = world->vectors,
                                           .metadata = world->metadata,
                                           .op_bytes = caps.child_bytes ? caps.child_bytes : PLENTY,
                                           .generations = caps.generations,
                                           .holds = caps.holds,
                                           .worker = caps.worker});
    world->plan =
        vg_plan_new(&(vg_plan_parts){.loop = fake_loop_loop(world->fake),
                                     .catalog = world->catalog,
                                     .backend = world->vectors,
                                     .metrics = caps.metrics,
                                     .op_bytes = caps.child_bytes ? caps.child_bytes : PLENTY,
                                     .inline_hits = caps.inline_hits,
                                     .pools = (vg_pools *)(void *)world,
                                     .post = post});
    VG_CHECK(world->vectors && world->metadata && world->catalog && world->plan);
    return world;
}

toy_world *toy_world_new(toys *toy)
{
    return toy_world_new_capped(toy, (toy_caps){0});
}

void toy_world_free(toy_world *world)
{
    VG_CHECK(vg_catalog_busy(world->catalog) == 0 && vg_plan_busy(world->plan) == 0);
    vg_plan_free(world->plan);
    vg_catalog_free(world->catalog);
    vg_runner_free(world->vectors);
    vg_runner_free(world->metadata);
    fake_loop_free(world->fake);
    free(world);
}

/* ---- asks ---- */

static void on_done(vg_op *op)
{
    vg_container_of(op, toy_ask, op)->done++;
}

void toy_as(toy_world *world, const char *tenant)
{
    world->who = tenant;
}

/* In the ask's own memory, as a front has it: it goes with the ask. */
static const vg_tenant *make_who(const toy_world *world, vg_arena *arena)
{
    const vg_tenant several = {.name = vg_slice_str(world->who ? world->who : "")};

    return vg_tenant_copy(arena, world->who ? &several : &sole);
}

static vg_slice copy_name(vg_arena *arena, const char *name)
{
    return name ? vg_arena_copy(arena, vg_slice_str(name)) : (vg_slice){0};
}

toy_ask *toy_make_ask(toy_world *world, vg_op_kind kind, const char *name)
{
    vg_arena *arena = vg_arena_new(world->op_bytes);
    toy_ask *ask = arena ? VG_TAKE(arena, toy_ask) : NULL;
    vg_loop *loop = fake_loop_loop(world->fake);

    if (!ask) {
        vg_arena_free(arena);
        return NULL;
    }
    ask->world = world;
    ask->op = (vg_op){.magic = VG_OP_MAGIC,
                      .kind = kind,
                      .arena = arena,
                      .who = make_who(world, arena),
                      .name = copy_name(arena, name),
                      .deadline_ns = vg_loop_now_ns(loop) + 30000000000,
                      .now_ms = vg_loop_wall_ms(loop),
                      .done = on_done};
    if (!ask->op.who || (vg_op_is_update(kind) && !vg_op_update(&ask->op))) {
        vg_arena_free(arena);
        return NULL;
    }
    return ask;
}

static toy_ask *begin(toy_world *world, vg_op_kind kind, const char *name,
                      bool (*run)(vg_catalog *, vg_op *))
{
    toy_ask *ask = toy_make_ask(world, kind, name);

    if (!ask || run(world->catalog, &ask->op))
        return ask;
    ask->op.status.code = VG_TOO_LARGE; /* as the plan says it */
    ask->done = 1;
    return ask;
}

static bool run_find(vg_catalog *catalog, vg_op *op)
{
    toy_ask *ask = vg_container_of(op, toy_ask, op);

    ask->at_once = vg_catalog_find(catalog, op, on_done);
    ask->done += ask->at_once;
    return true;
}

static bool fill_create(toy_ask *ask, uint32_t size)
{
    vg_vector_params *vector = VG_TAKE(ask->op.arena, vg_vector_params);

    if (!vector)
        return false;
    *vector = (vg_vector_params){.size = size, .distance = VG_DOT, .on_disk = -1};
    ask->op.in.create.spec = (vg_collection_spec){.vectors = vector, .vector_count = 1};
    return true;
}

toy_ask *toy_begin_create(toy_world *world, const char *name, uint32_t size)
{
    toy_ask *ask = toy_make_ask(world, VG_OP_CREATE_COLLECTION, name);

    if (!ask)
        return NULL;
    if (fill_create(ask, size) && vg_catalog_create(world->catalog, &ask->op))
        return ask;
    ask->op.status.code = VG_TOO_LARGE;
    ask->done = 1;
    return ask;
}

toy_ask *toy_begin_drop(toy_world *world, const char *name)
{
    return begin(world, VG_OP_DROP_COLLECTION, name, vg_catalog_drop);
}

toy_ask *toy_begin_find(toy_world *world, const char *name)
{
    return begin(world, VG_OP_COUNT, name, run_find);
}

toy_ask *toy_begin_list(toy_world *world)
{
    return begin(world, VG_OP_LIST, NULL, vg_catalog_list);
}

void toy_start(toy_ask *ask)
{
    vg_plan_start(ask->world->plan, &ask->op);
}

void toy_settle(toy_world *world)
{
    fake_loop_settle(world->fake);
}

vg_code toy_code(const toy_ask *ask)
{
    VG_CHECK(ask->done == 1);
    return ask->op.status.code;
}

vg_code toy_end(toy_ask *ask)
{
    vg_code code = toy_code(ask);

    vg_arena_free(ask->op.arena);
    return code;
}

vg_code toy_create(toy_world *world, const char *name, uint32_t size)
{
    toy_ask *ask = toy_begin_create(world, name, size);

    toy_settle(world);
    return toy_end(ask);
}

vg_code toy_drop(toy_world *world, const char *name, bool *did)
{
    toy_ask *ask = toy_begin_drop(world, name);

    toy_settle(world);
    *did = ask->op.status.code == VG_OK && ask->op.out.did;
    return toy_end(ask);
}

uint32_t toy_find(toy_world *world, const char *name, vg_code *code)
{
    toy_ask *ask = toy_begin_find(world, name);
    uint32_t size = 0;

    toy_settle(world);
    if (toy_code(ask) == VG_OK)
        size = ask->op.collection->spec.vectors[0].size;
    *code = toy_end(ask);
    return size;
}

toy_ask *toy_begin_unfinished(toy_world *world)
{
    return begin(world, VG_OP_LIST, NULL, vg_catalog_unfinished);
}

toy_ask *toy_begin_repair(toy_world *world, const char *name)
{
    return begin(world, VG_OP_REPAIR, name, vg_catalog_repair);
}

static bool repair(toy_world *world, const vg_meta_row *row)
{
    static char text[256], tenant[256];
    const char *who = world->who;
    toy_ask *ask;
    bool is_left;

    snprintf(text, sizeof text, VG_FMT, VG_ARG(row->name));
    snprintf(tenant, sizeof tenant, VG_FMT, VG_ARG(row->tenant));
    toy_as(world, vg_slice_is(row->tenant, sole.name) ? NULL : tenant);
    ask = toy_begin_repair(world, text);
    toy_as(world, who);
    toy_settle(world);
    is_left = toy_code(ask) == VG_OK && ask->op.out.repair.what == VG_REPAIR_YOUNG;
    return toy_end(ask) == VG_OK && !is_left;
}

unsigned toy_repair_all(toy_world *world)
{
    toy_ask *ask = toy_begin_unfinished(world);
    unsigned left = 0;

    toy_settle(world);
    for (uint32_t i = 0; toy_code(ask) == VG_OK && i < ask->op.out.rows.count; i++)
        left += !repair(world, &ask->op.out.rows.at[i]);
    return toy_end(ask) == VG_OK ? left : UINT_MAX;
}

const char *toy_list(toy_world *world)
{
    static char text[64 * 1024];
    toy_ask *ask = toy_begin_list(world);
    size_t used = 0;
    bool good;

    toy_settle(world);
    good = toy_code(ask) == VG_OK;
    text[0] = '\0';
    for (uint32_t i = 0; good && i < ask->op.out.names.count; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s" VG_FMT, i > 0 ? " " : "",
                                 VG_ARG(ask->op.out.names.at[i]));
    VG_CHECK(used < sizeof text);
    toy_end(ask);
    return good ? text : NULL;
}
