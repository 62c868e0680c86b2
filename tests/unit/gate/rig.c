#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/secret.h"

enum { REQUEST_BYTES = 1 << 20 };

void rig_begin(rig *r)
{
    memset(r, 0, sizeof *r);
    r->conf.has_one_tenant = true;
    r->conf.jwt_leeway_ms = 30000;
    r->conf.all.at = r->rows;
    r->now_ms = 1700000000000;
    r->arena = vg_arena_new(REQUEST_BYTES);
}

void rig_end(rig *r)
{
    vg_arena_free(r->arena);
    vg_gate_free(r->gate);
    if (r->key_file[0] != '\0')
        unlink(r->key_file);
}

static void rig_write(const rig *r, const char *text)
{
    FILE *file = fopen(r->key_file, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

void rig_jwt(rig *r, const char *secret, const char *keys)
{
    r->conf.jwt_secret = vg_slice_str(secret);
    r->conf.jwt_keys = (vg_slice){0};
    if (keys == NULL)
        return;
    if (r->key_file[0] == '\0') {
        int fd;

        snprintf(r->key_file, sizeof r->key_file, "/tmp/vecgate-gate-XXXXXX");
        fd = mkstemp(r->key_file);
        assert_true(fd >= 0);
        close(fd);
    }
    r->conf.jwt_keys = vg_slice_str(r->key_file);
    rig_write(r, keys);
}

vg_key_row *rig_add(rig *r, const char *name, const char *key, vg_key_rights rights)
{
    vg_key_row *row = &r->rows[r->conf.all.count++];

    assert_true(r->conf.all.count <= RIG_KEYS);
    *row = (vg_key_row){.name = vg_slice_str(name),
                        .rights = rights,
                        .tenant = VG_LIT("default"),
                        .from = VG_LIT("a test")};
    assert_true(vg_secret_sha256(vg_slice_str(key), row->sha256));
    return row;
}

void rig_set(rig *r)
{
    vg_credentials *credentials;
    vg_buf told;

    vg_buf_init(&told, 0);
    credentials = vg_credentials_new(&r->conf, &told);
    if (credentials == NULL)
        fail_msg("refused: " VG_FMT, VG_ARG(vg_buf_bytes(&told)));
    assert_int_equal(told.len, 0);
    vg_buf_fini(&told);
    if (r->gate == NULL)
        r->gate = vg_gate_new(credentials);
    else
        vg_gate_set(r->gate, credentials);
    vg_credentials_let_go(credentials);
    assert_non_null(r->gate);
}

const vg_identity *rig_ask(rig *r, const vg_gate_ask *ask)
{
    vg_gate_ask with = *ask;

    if (with.now_ms == 0)
        with.now_ms = r->now_ms;
    vg_arena_free(r->arena);
    r->arena = vg_arena_new(REQUEST_BYTES);
    r->status = (vg_status){0};
    return vg_gate_admit(r->gate, &with, r->arena, &r->status);
}

const vg_identity *rig_api_key(rig *r, const char *key)
{
    return rig_ask(r, &(vg_gate_ask){.api_key = vg_slice_str(key)});
}

const vg_identity *rig_bearer(rig *r, const char *token)
{
    vg_arena *arena = vg_arena_new(REQUEST_BYTES);
    vg_slice value = vg_arena_printf(arena, "Bearer %s", token);
    const vg_identity *who = rig_ask(r, &(vg_gate_ask){.authorization = value});

    vg_arena_free(arena);
    return who;
}

void rig_assert_refused(const rig *r, const char *says, vg_code code, const char *what)
{
    if (r->status.code != code)
        fail_msg("%s: code %d, " VG_FMT, says, (int)r->status.code, VG_ARG(r->status.what));
    if (!vg_slice_is_str(r->status.what, what))
        fail_msg("%s: " VG_FMT, says, VG_ARG(r->status.what));
}
