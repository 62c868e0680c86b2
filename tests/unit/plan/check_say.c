/* See check_say.h. */
#include "tests/unit/plan/check_say.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const vg_vector_params four = {.size = 4, .distance = VG_DOT};
const vg_collection check_a4 = {.name = VG_LIT_INIT("a"),
                                .spec = {.vectors = &four, .vector_count = 1}};
const vg_capabilities check_all = {
    .distances = {false, true, true, true, true},
    .supports_metadata_filter = true,
    .supports_batch_upsert = true,
    .supports_batch_search = true,
    .supports_search_by_id = true,
    .supports_text_ids = true,
    .max_vector_dimensions = 100,
    .filter_tests = (1u << VG_TESTS) - 1,
};

static vg_next step(const vg_backend *self, const vg_op *op, vg_try *try, const vg_reply *reply,
                    vg_exchange *out)
{
    (void)self;
    (void)op;
    (void)try;
    (void)reply;
    (void)out;
    return VG_DONE;
}

const char *check_say(vg_op *op, const vg_capabilities *can)
{
    static char text[512];
    vg_adapter adapter = {.can = *can,
                          .ops = {[VG_OP_CREATE_INDEX] = step,
                                  [VG_OP_UPSERT] = step,
                                  [VG_OP_DELETE] = step,
                                  [VG_OP_DELETE_VECTORS] = step}};
    vg_status status = {0};
    bool good;

    op->arena = vg_arena_new(4096);
    good = op->kind == VG_OP_CREATE_COLLECTION ? vg_check_spec(op, &adapter, &status)
                                               : vg_check_points(op, &adapter, &status);
    assert_int_equal(good, status.code == VG_OK);
    snprintf(text, sizeof text, "%s " VG_FMT ": " VG_FMT, vg_code_describe(status.code)->metric,
             VG_ARG(status.where), VG_ARG(vg_status_what(&status)));
    vg_arena_free(op->arena);
    return good ? "ok" : text;
}

vg_vector check_of(uint32_t count)
{
    return (vg_vector){.form = VG_VECTOR_JSON, .count = count};
}
