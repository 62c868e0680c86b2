/* See await.h. */
#include "plan/await.h"

enum { LATEST_WORD_PART = 10 };
static const uint64_t latest_word_ns = UINT64_C(1000000000);

bool vg_await_is_wanted(const vg_op *op, const vg_adapter *adapter)
{
    return (op->kind == VG_OP_CREATE_INDEX || op->kind == VG_OP_DROP_INDEX) && op->in.index.wait &&
           op->status.code == VG_OK && adapter->ops[VG_OP_BUILD_INDEX];
}

/* Whatever became of the look: the change itself was made. */
static bool on_looked(void *arg, vg_op *look)
{
    const vg_children *children = arg;

    children->op->out.written.completed =
        look->status.code == VG_OK && look->out.build.state == VG_BUILD_DONE;
    return true;
}

static uint64_t latest_word(const vg_children *children)
{
    uint64_t now = vg_loop_now_ns(children->parts->loop), end = children->op->deadline_ns;
    uint64_t before = end > now ? (end - now) / LATEST_WORD_PART : 0;

    return end - (before < latest_word_ns ? before : latest_word_ns);
}

bool vg_await_index(vg_children *children, vg_children_fn *then)
{
    const vg_op *op = children->op;
    vg_op *look = vg_children_add(children, VG_OP_BUILD_INDEX);

    if (!look)
        return false;
    look->deadline_ns = latest_word(children);
    look->in.build.physical = op->collection->physical;
    look->in.build.spec = op->collection->spec;
    look->in.build.looks = look->in.build.waits = true;
    children->ended = on_looked;
    vg_children_run(children, then, children);
    return true;
}
