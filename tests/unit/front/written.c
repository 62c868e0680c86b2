/* See written.h. */
#include "tests/unit/front/written.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

int written_begin(void **state)
{
    static struct written t;

    t = (struct written){.arena = vg_arena_new(1 << 20)};
    vg_buf_init(&t.body, 0);
    t.op.arena = t.arena;
    t.out = (vg_front_out){.status = 200, .body = &t.body, .seconds = 0.25, .in = &t.in};
    *state = &t;
    return 0;
}

int written_end(void **state)
{
    struct written *t = *state;

    vg_buf_fini(&t->body);
    vg_arena_free(t->arena);
    return 0;
}

void written_check(struct written *t, const char *method, const char *path, const char *want)
{
    vg_slice params[VG_ROUTE_PARAMS] = {0};
    const vg_front_row *row = ask_row(t->arena, vg_slice_str(method), vg_slice_str(path), params);
    vg_front_write_fn *write = t->op.status.code == VG_NOT_FOUND ? row->write_missing : row->write;

    write(&t->op, &t->out);
    vg_buf_put_byte(&t->body, '\0');
    assert_string_equal(t->body.at, want);
    t->body.len--;
    assert_non_null(
        vg_json_read(t->arena, ask_padded(t->arena, vg_buf_bytes(&t->body)), VG_JSON_DEPTH, NULL));
    vg_buf_clear(&t->body);
}
