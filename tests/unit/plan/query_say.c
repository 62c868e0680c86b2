/* See query_say.h. */
#include "tests/unit/plan/query_say.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* ---- points ---- */

static const char *const payloads[] = {
    "{\"kind\":\"odd\",\"size\":\"small\",\"rank\":1}",
    "{\"kind\":\"even\",\"size\":\"small\",\"rank\":2}",
    "{\"kind\":\"odd\",\"size\":\"small\",\"rank\":3}",
    "{\"kind\":\"even\",\"size\":\"small\",\"rank\":4}",
    "{\"kind\":\"odd\",\"size\":\"small\",\"rank\":5}",
    "{\"kind\":\"even\",\"size\":\"big\",\"rank\":6}",
    "{\"kind\":\"odd\",\"size\":\"big\",\"rank\":7}",
    "{\"kind\":\"even\",\"size\":\"big\",\"rank\":8}",
    "{\"kind\":\"odd\",\"size\":\"big\",\"rank\":9}",
    "{\"kind\":\"even\",\"size\":\"big\",\"rank\":10}",
};

void query_fill(struct fixture *f)
{
    toy_create(f->world, "a", TOY_SIZE);
    toy_make_able(f->toy);
    for (unsigned i = 0; i < 10; i++) {
        double angle = i * 3.14159265358979 / 9;
        toy_point point = {.id = i + 1, .payload = payloads[i], .vectors = {{.name = ""}}};

        point.vectors[0].at[0] = (float)cos(angle);
        point.vectors[0].at[1] = (float)(sin(angle) - i * 1e-4); /* 5 before 6 */
        toy_put_point(f->toy, "a", point);
    }
    toy_log(f->toy);
}

void query_fill_other(struct fixture *f)
{
    const vg_vector_params vectors[] = {
        {.name = VG_LIT_INIT("v"), .size = 2, .distance = VG_DOT, .on_disk = -1},
        {.name = VG_LIT_INIT("long"), .size = 3, .distance = VG_DOT, .on_disk = -1}};

    toy_set_spec(f->toy, "other", &(vg_collection_spec){.vectors = vectors, .vector_count = 2});
    for (uint64_t id = 77; id < 79; id++)
        toy_put_point(
            f->toy, "other",
            (toy_point){.id = id, .vectors = {{"v", {id == 77, id == 78}, 0}, {"long", {1}, 3}}});
    toy_put_point(f->toy, "other", (toy_point){.id = 1, .vectors = {{"v", {1, 0}, 0}}});
    toy_put_point(f->toy, "other", (toy_point){.id = 79});
}

/* ---- queries ---- */

vg_vector query_vector(int x, int y)
{
    static char texts[16][16];
    static int next;
    char *text = texts[next++ % 16];
    int len = snprintf(text, sizeof texts[0], "[%d,%d]", x, y);

    return (vg_vector){
        .form = VG_VECTOR_JSON, .bytes = vg_slice_of(text, (size_t)len), .count = TOY_SIZE};
}

vg_query query_near(int x, int y, uint32_t limit)
{
    return (vg_query){.kind = VG_QUERY_SEARCH,
                      .search = {.vector = query_vector(x, y), .limit = limit}};
}

vg_query query_by_id(uint64_t id, uint32_t limit)
{
    return (vg_query){.kind = VG_QUERY_SEARCH,
                      .search = {.by_id = {.kind = VG_ID_NUM, .num = id}, .limit = limit}};
}

vg_query query_of(vg_query_kind kind, const vg_query *prefetches, uint32_t count, uint32_t limit)
{
    return (vg_query){
        .kind = kind, .search = {.limit = limit}, .prefetch = prefetches, .prefetch_count = count};
}

vg_condition query_is(const char *key, const char *value)
{
    return (vg_condition){.test = VG_TEST_MATCH_VALUE,
                          .key = vg_slice_str(key),
                          .as.value = {.kind = VG_MATCH_TEXT, .text = vg_slice_str(value)}};
}

/* ---- asks ---- */

toy_ask *query_make(struct fixture *f, const vg_query *queries, uint32_t count)
{
    toy_ask *ask = toy_make_ask(f->world, VG_OP_QUERY, "a");

    ask->op.in.query.at = queries;
    ask->op.in.query.count = count;
    return ask;
}

toy_ask *query_ask(struct fixture *f, const vg_query *queries, uint32_t count)
{
    toy_ask *ask = query_make(f, queries, count);

    toy_start(ask);
    assert_int_equal(ask->done, 0);
    toy_settle(f->world);
    return ask;
}

static void show_lists(const vg_op *op, char *text, size_t room)
{
    size_t used = 0;

    for (uint32_t i = 0; i < op->out.searches.count; i++) {
        const vg_points *list = &op->out.searches.at[i];

        used += (size_t)snprintf(text + used, room - used, "%s", i > 0 ? " | " : "");
        for (uint32_t k = 0; k < list->count; k++)
            used += (size_t)snprintf(text + used, room - used, "%s%d", k > 0 ? " " : "",
                                     (int)list->at[k].id.num);
        assert_true(used < room);
    }
}

const char *query_show(toy_ask *ask)
{
    static char text[4096];
    const vg_status *status = &ask->op.status;

    text[0] = '\0';
    if (toy_code(ask) == VG_OK)
        show_lists(&ask->op, text, sizeof text);
    else
        snprintf(text, sizeof text, "%s " VG_FMT ": " VG_FMT,
                 vg_code_describe(status->code)->metric, VG_ARG(status->where),
                 VG_ARG(vg_status_what(status)));
    toy_end(ask);
    return text;
}

const char *query_say(struct fixture *f, const vg_query *queries, uint32_t count)
{
    return query_show(query_ask(f, queries, count));
}
