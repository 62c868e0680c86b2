/* See split_say.h. */
#include "tests/unit/plan/split_say.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vecgate/json.h"

#include "tests/support/toy_stores.h"

void split_fill(toys *toy, toy_world *world)
{
    toy_create(world, "a", TOY_SIZE);
    toy_make_able(toy);
    toy_let_write(toy);
    toy_vectors_adapter(toy)->can.supports_batch_upsert = true;
    toy_log(toy);
}

/* ---- from text ---- */

typedef struct reading {
    vg_arena *arena;
    const char *at;
    int value; /* behind '='; 0: none */
} reading;

static vg_op_kind read_kind(reading *r)
{
    size_t len = strcspn(r->at, "=; ");
    vg_slice word = vg_slice_of(r->at, len);
    int kind = 0;

    while (kind < VG_OP_KINDS && !vg_slice_is_str(word, vg_op_describe(kind)->name))
        kind++;
    assert_true(kind < VG_OP_KINDS);
    r->at += len;
    r->value = r->at[0] == '=' ? (int)strtol(r->at + 1, NULL, 10) : 0;
    r->at += strcspn(r->at, "; ");
    return kind;
}

static uint32_t count_words(const char *text)
{
    uint32_t count = 1;

    for (; *text != '\0' && *text != ';'; text++)
        count += *text == ' ';
    return count;
}

/* NULL: no memory. */
static vg_point_id *read_ids(reading *r, uint32_t *count)
{
    vg_point_id *ids = VG_TAKE_N(r->arena, vg_point_id, count_words(r->at) + 1);

    *count = 0;
    r->at += strspn(r->at, " ");
    while (ids && *r->at != '\0' && *r->at != ';') {
        ids[(*count)++] = (vg_point_id){.kind = VG_ID_NUM, .num = strtoull(r->at, NULL, 10)};
        r->at += strcspn(r->at, "; ");
        r->at += strspn(r->at, " ");
    }
    return ids;
}

static vg_slice padded(const reading *r, const char *format)
{
    char *at = vg_arena_take_zero(r->arena, 1, 32 + VG_JSON_PAD);
    int len = at ? snprintf(at, 32, format, r->value) : 0;

    return vg_slice_of(at, (size_t)len);
}

static bool read_points(reading *r, vg_update *update)
{
    const vg_point_id *ids = read_ids(r, &update->point_count);
    vg_point *points = VG_TAKE_N(r->arena, vg_point, (size_t)update->point_count + 1);
    vg_vector *vector = VG_TAKE(r->arena, vg_vector);
    vg_slice payload = padded(r, "{\"v\":%d}"), numbers = padded(r, "[%d,0]");

    if (!ids || !points || !vector || numbers.len == 0 || payload.len == 0)
        return false;
    *vector = (vg_vector){.form = VG_VECTOR_JSON, .bytes = numbers, .count = TOY_SIZE};
    update->points = points;
    for (uint32_t i = 0; i < update->point_count; i++) {
        points[i] = (vg_point){.id = ids[i], .vectors = vector, .vector_count = 1};
        if (update->kind == VG_OP_UPSERT)
            points[i].payload = payload;
    }
    return true;
}

static bool read_update(reading *r, vg_update *update)
{
    static const vg_slice unnamed[] = {VG_LIT_INIT("")};
    static const vg_filter everything;

    r->at += strspn(r->at, "; ");
    update->kind = read_kind(r);
    if (update->kind == VG_OP_UPSERT || update->kind == VG_OP_UPDATE_VECTORS)
        return read_points(r, update);
    update->ids = read_ids(r, &update->id_count);
    update->filter = &everything;
    update->payload = padded(r, "{\"v\":%d}");
    update->names = unnamed;
    update->name_count = 1;
    return update->ids && update->payload.at;
}

static bool read_updates(reading *r, vg_op *op)
{
    vg_update *updates;
    uint32_t count = 1;

    for (const char *at = r->at; *at != '\0'; at++)
        count += *at == ';';
    updates = VG_TAKE_N(r->arena, vg_update, count);
    for (uint32_t i = 0; i < count; i++)
        if (!updates || !read_update(r, &updates[i]))
            return false;
    op->kind = count > 1 ? VG_OP_BATCH : updates[0].kind;
    op->in.update.at = updates;
    op->in.update.count = count;
    op->in.update.wait = true;
    return true;
}

/* {1, 0} and {-1, 0} in turn; every other one is to be explained. */
static bool read_searches(reading *r, vg_op *op)
{
    uint32_t count = (uint32_t)r->value;
    vg_search *searches = VG_TAKE_N(r->arena, vg_search, count);

    for (uint32_t i = 0; searches && i < count; i++) {
        r->value = i % 2 ? 1 : -1;
        searches[i] = (vg_search){
            .vector = {.form = VG_VECTOR_JSON, .bytes = padded(r, "[%d,0]"), .count = TOY_SIZE},
            .explains = i % 2,
            .limit = 1 + i};
        if (searches[i].vector.bytes.len == 0)
            return false;
    }
    op->in.search.queries = searches;
    op->in.search.count = count;
    op->in.search.is_list = true;
    return searches != NULL;
}

static bool read_read(reading *r, vg_op *op)
{

    op->kind = read_kind(r);
    if (op->kind == VG_OP_GET) {
        op->in.get.ids = read_ids(r, &op->in.get.count);
        op->in.get.with_payload.want = VG_PAYLOAD_ALL;
        return op->in.get.ids != NULL;
    }
    assert_int_equal(op->kind, VG_OP_SEARCH);
    return read_searches(r, op);
}

toy_ask *split_make(toy_world *world, const char *text)
{
    toy_ask *ask = toy_make_ask(world, VG_OP_GET, "a");
    reading r = {.at = text};
    bool is_read = text[0] == 'g' || strncmp(text, "search", 6) == 0;

    if (!ask)
        return NULL;
    r.arena = ask->op.arena;
    if ((is_read ? read_read : read_updates)(&r, &ask->op))
        return ask;
    vg_arena_free(ask->op.arena);
    return NULL;
}

/* ---- to text ---- */

static char told[16384];
static size_t used;

static void put(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void put(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    used += (size_t)vsnprintf(told + used, sizeof told - used, format, args);
    va_end(args);
    assert_true(used < sizeof told);
}

static void put_points(const vg_points *points)
{
    for (uint32_t i = 0; i < points->count; i++)
        put("%s%d", i > 0 ? " " : "", (int)points->at[i].id.num);
}

static void put_answer(const vg_op *op)
{
    if (op->kind == VG_OP_GET)
        put_points(&op->out.points);
    for (uint32_t i = 0; op->kind == VG_OP_SEARCH && i < op->out.searches.count; i++) {
        put("%s", i > 0 ? " | " : "");
        put_points(&op->out.searches.at[i]);
    }
    if (op->kind == VG_OP_BATCH && op->out.batch.completed)
        put("ok, %u", op->out.batch.count);
    else if (vg_op_is_update(op->kind))
        put("%s", op->kind != VG_OP_BATCH && op->out.written.completed ? "ok" : "accepted");
}

const char *split_show(toy_ask *ask)
{
    const vg_status *status = &ask->op.status;

    used = 0;
    told[0] = '\0';
    if (toy_code(ask) == VG_OK)
        put_answer(&ask->op);
    else
        put("%s " VG_FMT ": " VG_FMT, vg_code_describe(status->code)->metric, VG_ARG(status->where),
            VG_ARG(vg_status_what(status)));
    toy_end(ask);
    return told;
}

const char *split_say(toy_world *world, const char *text)
{
    toy_ask *ask = split_make(world, text);

    assert_non_null(ask);
    toy_start(ask);
    assert_int_equal(ask->done, 0);
    toy_settle(world);
    return split_show(ask);
}

const char *split_store(toys *toy)
{
    static char text[16384];
    const struct collection *collection = toy_find_collection(toy, VG_LIT("a"));
    size_t len = 0;

    text[0] = '\0';
    for (unsigned i = 0; i < collection->point_count; i++) {
        const toy_point *point = &collection->points[i];
        int payload = point->payload ? (int)strtol(point->payload + 5, NULL, 10) : -1;
        int vector = point->vectors[0].name ? (int)point->vectors[0].at[0] : -1;

        len += (size_t)snprintf(text + len, sizeof text - len, "%s%d=%d/%d", i > 0 ? " " : "",
                                (int)point->id, payload, vector);
        assert_true(len < sizeof text);
    }
    return text;
}
