/* What is told of a change of which only a part was applied. See split.h. */
#include <inttypes.h>
#include <stdio.h>

#include "vecgate/json.h"

#include "base/buf.h"
#include "plan/split.h"

enum { SHOWN_IDS = 5, ROOM = 8 * 1024, OF_BYTES = 40 };

typedef struct telling {
    const vg_op *op;
    const vg_parts *parts;
    vg_buf buf;
    char of[OF_BYTES]; /* "of operations[2] ", or nothing */
} telling;

static const vg_point_id *id_at(const vg_update *update, uint32_t i)
{
    return update->point_count > 0 ? &update->points[i].id : &update->ids[i];
}

static void put_id(telling *t, const vg_point_id *id, bool is_first)
{
    vg_json_out out = {.buf = &t->buf};

    vg_buf_printf(&t->buf, "%s", is_first ? "" : ", ");
    vg_point_id_write(&out, id);
}

/* Is it a piece of that update, and did it go so? */
static bool went(const vg_part *part, uint32_t update, bool is_unclear)
{
    return !part->is_whole && part->update == update && part->fate != VG_PART_APPLIED &&
           (part->fate == VG_PART_UNCLEAR) == is_unclear;
}

/* "; not applied: 5, 6, 7, 8, 9 and 40 more", of the pieces of an update. False: there are none. */
static bool put_points(telling *t, uint32_t update, bool is_unclear)
{
    uint64_t count = 0;

    for (uint32_t i = 0; i < t->parts->count; i++) {
        const vg_part *part = &t->parts->at[i];

        if (!went(part, update, is_unclear))
            continue;
        if (count == 0)
            vg_buf_printf(&t->buf, "; %s%s applied: ", t->of, is_unclear ? "perhaps" : "not");
        for (uint32_t k = 0; k < part->count && count + k < SHOWN_IDS; k++)
            put_id(t, id_at(&t->parts->updates[update], part->first + k), count + k == 0);
        count += part->count;
    }
    if (count > SHOWN_IDS)
        vg_buf_printf(&t->buf, " and %" PRIu64 " more", count - SHOWN_IDS);
    return count > 0;
}

static bool is_applied_in_part(const telling *t, uint32_t update)
{
    for (uint32_t i = 0; i < t->parts->count; i++)
        if (t->parts->at[i].update == update && t->parts->at[i].fate == VG_PART_APPLIED)
            return true;
    return false;
}

static void put_pieces(telling *t, uint32_t update)
{
    bool lacks = put_points(t, update, false);

    lacks = put_points(t, update, true) || lacks;
    if (lacks && is_applied_in_part(t, update))
        vg_buf_printf(&t->buf, "; all other points are applied");
}

/* Of several that went together nobody knows at which of them it ended. */
static void put_whole(telling *t, const vg_part *part)
{
    if (part->count > 1)
        vg_buf_printf(&t->buf,
                      "; operations[%" PRIu32 "] to [%" PRIu32 "] are perhaps applied in part",
                      part->update, part->update + part->count - 1);
    else
        vg_buf_printf(&t->buf, "; operations[%" PRIu32 "] is %s", part->update,
                      part->fate == VG_PART_UNCLEAR ? "perhaps applied" : "not applied");
}

/* The first that is not applied as a whole; at the end, when all are that were sent. */
static uint32_t find_first(const vg_parts *parts)
{
    uint32_t i = 0;

    while (i < parts->count && parts->at[i].fate == VG_PART_APPLIED)
        i++;
    return i;
}

/* Of a BATCH: where it ended, and how far it came. */
static void put_batch(telling *t)
{
    uint32_t i = find_first(t->parts), behind;
    const vg_part *part = &t->parts->at[i];

    if (i == t->parts->count)
        return;
    behind = part->update;
    if (part->fate != VG_PART_UNSENT || vg_parts_goes_on(t->parts, i)) {
        behind += part->is_whole ? part->count : 1;
        if (part->is_whole) {
            put_whole(t, part);
        } else {
            snprintf(t->of, sizeof t->of, "of operations[%" PRIu32 "] ", part->update);
            put_pieces(t, part->update);
        }
    }
    if (part->update > 0)
        vg_buf_printf(&t->buf, "; those before operations[%" PRIu32 "] are applied", part->update);
    if (behind < t->op->in.update.count)
        vg_buf_printf(&t->buf, "; operations[%" PRIu32 "] and those behind it are not begun",
                      behind);
}

vg_slice vg_split_story(const vg_op *op, const vg_parts *parts, vg_slice what)
{
    telling t = {.op = op, .parts = parts};
    vg_slice story = {0};

    vg_buf_init(&t.buf, ROOM);
    vg_buf_put(&t.buf, what);
    if (op->kind == VG_OP_BATCH)
        put_batch(&t);
    else
        put_pieces(&t, 0);
    if (!vg_buf_is_spent(&t.buf))
        story = vg_arena_copy(op->arena, vg_buf_bytes(&t.buf));
    vg_buf_fini(&t.buf);
    return story.len > 0 ? story : what;
}
