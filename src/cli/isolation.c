/* See isolation.h. The gateway's parts are made as for serving, with a catalog in memory; each op
 * is awaited by turning the loop. */
#include "cli/isolation.h"

#include <stdio.h>

#include "base/id.h"
#include "base/log.h"
#include "cli/await.h"
#include "cli/parts.h"
#include "cli/probe.h"

enum { OP_BYTES = 4 << 20, PATIENCE_MS = 30000, NAME_BYTES = 8 };

#define MS ((uint64_t)1000000)

struct run {
    vg_config *config;
    vg_common common;
    vg_parts parts;
    vg_arena *arena; /* of what lives as long as the run */
    vg_probe_side sides[VG_PROBE_TENANTS];
    uint32_t leaks, failures;
};

/* ---- asking ---- */

static bool make_op(struct run *run, vg_op *op, vg_probe_who who, vg_op_kind kind, const char *name)
{
    vg_loop *loop = run->parts.loop;

    *op = (vg_op){.magic = VG_OP_MAGIC,
                  .kind = kind,
                  .arena = vg_arena_new(OP_BYTES),
                  .who = &run->sides[who].tenant,
                  .name = name != NULL ? vg_slice_str(name) : (vg_slice){0},
                  .deadline_ns = vg_loop_now_ns(loop) + PATIENCE_MS * MS,
                  .now_ms = vg_loop_wall_ms(loop)};
    vg_random_bytes(op->chance, sizeof op->chance);
    return op->arena != NULL;
}

static void await(struct run *run, vg_op *op, bool is_planned)
{
    vg_await asked;

    vg_await_begin(&asked, &run->parts.uv, op);
    if (is_planned)
        vg_plan_start(run->parts.plan, op);
    else
        vg_call_start(run->parts.vector.runner, op);
    vg_await_end(&asked);
}

static void no_memory(vg_op *op)
{
    vg_status_set(&op->status, VG_OVERLOADED, VG_LIT("no memory is left"), (vg_slice){0});
}

/* ---- the report ---- */

static void tell(struct run *run, const char *says, vg_probe_verdict verdict,
                 const vg_status *status)
{
    vg_slice why = vg_status_what(status);

    run->leaks += verdict == VG_PROBE_LEAK;
    run->failures += verdict == VG_PROBE_COULD_NOT;
    if (verdict == VG_PROBE_COULD_NOT)
        printf("could not  %s: " VG_FMT "\n", says, VG_ARG(why));
    else
        printf("%-9s  %s\n", verdict == VG_PROBE_OK ? "ok" : "LEAK", says);
}

static void probe_by(struct run *run, const vg_probe *probe)
{
    vg_probe_verdict verdict;
    vg_op op;

    if (!make_op(run, &op, probe->who, probe->kind, probe->name) ||
        (probe->fill != NULL && !probe->fill(&op, run->sides)))
        no_memory(&op);
    else
        await(run, &op, true);
    verdict = op.status.code == VG_OVERLOADED ? VG_PROBE_COULD_NOT : probe->judge(&op, run->sides);
    tell(run, probe->says, verdict, &op.status);
    vg_arena_free(op.arena);
}

/* ---- what is looked for ---- */

static bool make_side(struct run *run, vg_probe_who who)
{
    vg_probe_side *side = &run->sides[who];
    uint8_t chance[2 * NAME_BYTES];
    char hex[2 * sizeof chance];

    vg_random_bytes(chance, sizeof chance);
    vg_hex_write(chance, sizeof chance, hex);
    side->tenant.name = vg_arena_printf(run->arena, "isolation-check-%.*s", 2 * NAME_BYTES, hex);
    side->word =
        vg_arena_printf(run->arena, "word%.*s", 2 * NAME_BYTES, hex + (size_t)2 * NAME_BYTES);
    return !vg_arena_is_spent(run->arena);
}

static bool fill(struct run *run, vg_op *op, vg_probe_who who)
{
    if (op->kind == VG_OP_CREATE_COLLECTION)
        return vg_probe_fill_create(op, run->sides);
    if (op->kind == VG_OP_UPSERT)
        return vg_probe_fill_points(op, &run->sides[who], who);
    return vg_probe_fill_alias(op);
}

static bool prepare(struct run *run, vg_probe_who who, vg_op_kind kind, const char *name)
{
    bool is_good;
    vg_op op;

    if (!make_op(run, &op, who, kind, name) || !fill(run, &op, who))
        no_memory(&op);
    else
        await(run, &op, true);
    is_good = op.status.code == VG_OK;
    if (!is_good)
        tell(run, "making two tenants", VG_PROBE_COULD_NOT, &op.status);
    vg_arena_free(op.arena);
    return is_good;
}

static bool prepare_collection(struct run *run, vg_probe_who who, const char *name)
{
    return prepare(run, who, VG_OP_CREATE_COLLECTION, name) &&
           prepare(run, who, VG_OP_UPSERT, name);
}

static bool prepare_all(struct run *run)
{
    return prepare_collection(run, VG_IS_HOST, VG_PROBE_COMMON) &&
           prepare_collection(run, VG_IS_HOST, VG_PROBE_HOSTS) &&
           prepare(run, VG_IS_HOST, VG_OP_CHANGE_ALIASES, NULL) &&
           prepare_collection(run, VG_IS_GUEST, VG_PROBE_COMMON);
}

/* ---- taking it away ---- */

static void take_away(struct run *run, vg_probe_who who, vg_op_kind kind, const char *name)
{
    vg_op op;

    if (!make_op(run, &op, who, kind, name))
        no_memory(&op);
    else
        await(run, &op, kind != VG_OP_DROP_TENANT);
    if (op.status.code != VG_OK)
        tell(run, "taking away what was made", VG_PROBE_COULD_NOT, &op.status);
    vg_arena_free(op.arena);
}

static void clean(struct run *run)
{
    const vg_adapter *adapter = run->parts.vector.backend.adapter;

    for (int who = 0; who < VG_PROBE_TENANTS; who++) {
        take_away(run, (vg_probe_who)who, VG_OP_DROP_COLLECTION, VG_PROBE_COMMON);
        take_away(run, (vg_probe_who)who, VG_OP_DROP_COLLECTION, VG_PROBE_HOSTS);
        if (adapter->ops[VG_OP_DROP_TENANT])
            take_away(run, (vg_probe_who)who, VG_OP_DROP_TENANT, NULL);
    }
}

/* ---- the whole ---- */

static int probe_all(struct run *run)
{
    vg_jobs_start(run->parts.jobs); /* one builds the field's index, where the backend has such */
    if (prepare_all(run))
        for (uint32_t i = 0; i < vg_probe_count; i++)
            probe_by(run, &vg_probes[i]);
    clean(run);
    printf("%s: %s\n", run->parts.vector.backend.adapter->name,
           run->leaks > 0      ? "tenants see what others have"
           : run->failures > 0 ? "not everything could be asked"
                               : "tenants see nothing of each other");
    return run->leaks + run->failures > 0;
}

/* The same configuration with a catalog of its own, and a port that nobody knows. */
static vg_config *read_config(const vg_flags *flags)
{
    static const char *const own[] = {"metadata.store=memory://", "listen=127.0.0.1:0",
                                      "tenants=many", "workers=1", NULL};
    vg_flags all = *flags;
    int count = 0;

    while (all.sets[count] != NULL)
        count++;
    for (int i = 0; own[i] != NULL && count < VG_FLAGS_SETS; i++)
        all.sets[count++] = own[i];
    return vg_flags_config(&all);
}

static void settle(struct run *run)
{
    if (run->parts.jobs != NULL)
        vg_jobs_stop(run->parts.jobs);
    while (run->parts.plan != NULL && vg_parts_are_busy(&run->parts))
        uv_run(&run->parts.uv, UV_RUN_NOWAIT);
    vg_parts_free(&run->parts);
}

int vg_isolation_run(const vg_flags *flags)
{
    struct run run = {.config = read_config(flags), .arena = vg_arena_new(OP_BYTES)};
    vg_status status = {0};
    int answer = 1;

    if (run.config == NULL || run.arena == NULL || !make_side(&run, VG_IS_HOST) ||
        !make_side(&run, VG_IS_GUEST)) {
        vg_arena_free(run.arena);
        vg_config_free(run.config);
        return 1;
    }
    vg_log_init(2, VG_ERROR, (vg_log_form)vg_config_values(run.config)->log_form);
    if (vg_common_make(&run.common, run.config, &status) &&
        vg_parts_make(&run.parts, run.config, &run.common, 0, &status))
        answer = probe_all(&run);
    else
        vg_flags_tell("check", &status);
    if (run.parts.conf != NULL)
        settle(&run);
    vg_common_free(&run.common);
    vg_arena_free(run.arena);
    vg_config_free(run.config);
    return answer;
}
