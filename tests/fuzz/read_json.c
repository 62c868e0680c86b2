/* A JSON text of any bytes, read by us and by simdjson: both take it or both refuse it, and every
 * value is the same. What was read is also told, turned into floats, and written again.
 *
 * Where the two differ on purpose:
 *   whole numbers beyond 64 bits   we: real numbers, as RFC 8259 allows; simdjson refuses them
 *   reals beyond float64           we: a fault of the reader that wants a float64; simdjson refuses
 *   depth                          we: 64 levels; simdjson is given more, so as to see only ours */
#include <math.h>
#include <stdlib.h>

#include "vecgate/json.h"

#include "base/buf.h"
#include "base/number.h"
#include "tests/support/fuzz.h"
#include "tests/support/simdjson_peer.h"

enum { PEER_DEPTH = 1024, ARENA_BYTES = 64 << 20 };

/* Our document as the steps that simdjson's walk takes. */
struct steps {
    peer_event *at;
    size_t count;
    size_t next;        /* the one that must come next */
    bool is_ours_alone; /* it holds a number that simdjson refuses */
};

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

static void add(struct steps *s, peer_kind kind, vg_slice text)
{
    s->at[s->count++] = (peer_event){.kind = kind, .text = text.at, .len = text.len};
}

static void add_number(struct steps *s, vg_slice text)
{
    bool is_whole = vg_slice_find(text, '.') == text.len && vg_slice_find(text, 'e') == text.len &&
                    vg_slice_find(text, 'E') == text.len;
    uint64_t u = 0;
    int64_t i = 0;

    add(s, PEER_REAL, (vg_slice){0});
    s->at[s->count - 1].real = vg_number_f64(text);
    must(s->at[s->count - 1].real == vg_number_exact_f64(text));
    if (!is_whole) {
        s->is_ours_alone |= !isfinite(s->at[s->count - 1].real);
        return;
    }
    s->is_ours_alone |= !vg_number_u64(text, &u) && !vg_number_i64(text, &i);
    s->at[s->count - 1].kind = i < 0 ? PEER_SIGNED : PEER_UNSIGNED;
    s->at[s->count - 1].whole = i < 0 ? (uint64_t)i : u;
}

static void add_vector(struct steps *s, const vg_json *v)
{
    const char *at = v->raw.at;
    const char *end = at + v->raw.len;
    const char *bad;

    for (uint32_t i = 0; i < v->count; i++) {
        const char *past;

        while (*at != '-' && (*at < '0' || *at > '9'))
            at++;
        past = vg_number_skip(at, end, &bad);
        must(past != NULL);
        add_number(s, vg_slice_of(at, (size_t)(past - at)));
        at = past;
    }
}

static void add_value(struct steps *s, const vg_json *v)
{
    switch (v->kind) {
    case VG_JSON_NULL:
        add(s, PEER_NULL, (vg_slice){0});
        return;
    case VG_JSON_FALSE:
    case VG_JSON_TRUE:
        add(s, PEER_BOOL, (vg_slice){0});
        s->at[s->count - 1].whole = v->kind == VG_JSON_TRUE;
        return;
    case VG_JSON_NUMBER:
        add_number(s, v->raw);
        return;
    case VG_JSON_STRING:
        add(s, PEER_STRING, v->text);
        return;
    case VG_JSON_ARRAY:
    case VG_JSON_VECTOR:
    case VG_JSON_OBJECT:
        break;
    }
    add(s, v->kind == VG_JSON_OBJECT ? PEER_OBJECT : PEER_ARRAY, (vg_slice){0});
    if (v->kind == VG_JSON_VECTOR)
        add_vector(s, v);
    for (const vg_json *child = v->first; child != NULL; child = child->next) {
        if (v->kind == VG_JSON_OBJECT)
            add(s, PEER_KEY, child->key);
        add_value(s, child);
    }
    add(s, PEER_END, (vg_slice){0});
}

static void on_event(const peer_event *theirs, void *arg)
{
    struct steps *s = arg;
    const peer_event *ours = &s->at[s->next++];

    must(s->next <= s->count);
    must(ours->kind == theirs->kind);
    must(ours->whole == theirs->whole);
    must(vg_slice_is(vg_slice_of(ours->text, ours->len), vg_slice_of(theirs->text, theirs->len)));
    if (ours->kind == PEER_REAL)
        must(memcmp(&ours->real, &theirs->real, sizeof(double)) == 0);
}

/* ---- what else can be done with a document ---- */

static void write_value(vg_json_out *out, const vg_json *v)
{
    if (v->parent != NULL && v->parent->kind == VG_JSON_OBJECT)
        vg_json_put_key(out, v->key);
    if (v->kind == VG_JSON_STRING) {
        vg_json_put_text(out, v->text);
    } else if (v->kind == VG_JSON_OBJECT || v->kind == VG_JSON_ARRAY) {
        bool is_object = v->kind == VG_JSON_OBJECT;

        (is_object ? vg_json_open_object : vg_json_open_array)(out);
        for (const vg_json *child = v->first; child != NULL; child = child->next)
            write_value(out, child);
        (is_object ? vg_json_close_object : vg_json_close_array)(out);
    } else {
        vg_json_put_raw(out, v->raw);
    }
}

static void must_be_alike(const vg_json *a, const vg_json *b)
{
    must(a->kind == b->kind && a->count == b->count);
    must(vg_slice_is(a->key, b->key) && vg_slice_is(a->text, b->text));
    for (a = a->first, b = b->first; a != NULL; a = a->next, b = b->next)
        must_be_alike(a, b);
    must(b == NULL);
}

static void write_and_read(vg_arena *arena, const vg_json *root)
{
    vg_buf buf;
    vg_json_out out = {.buf = &buf};
    const vg_json *again;

    vg_buf_init(&buf, 0);
    write_value(&out, root);
    must(vg_buf_reserve(&buf, VG_JSON_PAD) != NULL);
    again = vg_json_read(arena, vg_buf_bytes(&buf), VG_JSON_DEPTH, NULL);
    must(again != NULL);
    must_be_alike(root, again);
    vg_buf_fini(&buf);
}

static void tell_all(vg_arena *arena, const vg_json *v)
{
    float *floats = vg_arena_take(arena, (v->count + 1) * sizeof(*floats));
    vg_status status = {0};

    must(floats != NULL);
    must(vg_json_path(arena, v).at != NULL && vg_json_say(arena, v).len > 0);
    if (v->kind == VG_JSON_VECTOR && vg_json_read_floats(arena, v, floats, &status))
        for (uint32_t i = 0; i < v->count && i < 8; i++)
            must(floats[i] == vg_number_exact_f32(vg_json_number_at(v, i)));
    vg_json_repeated(v);
    for (const vg_json *child = v->first; child != NULL; child = child->next)
        tell_all(arena, child);
}

static void compare(simdjson_peer *peer, vg_slice text)
{
    vg_arena *arena = vg_arena_new(ARENA_BYTES);
    vg_status status = {0};
    const vg_json *root = vg_json_read(arena, text, VG_JSON_DEPTH, &status);
    const char *refused = simdjson_peer_read(peer, text.at, text.len);
    struct steps s = {.at = vg_arena_take_zero(arena, 2 * text.len + 2, sizeof(peer_event))};

    must(s.at != NULL);
    must((root == NULL) == (status.code != VG_OK));
    if (root != NULL) {
        add_value(&s, root);
        must(refused == NULL || s.is_ours_alone);
        write_and_read(arena, root);
        if (text.len < 4096)
            tell_all(arena, root);
    } else {
        must(refused != NULL || vg_slice_starts(status.what, VG_LIT("nested too deep")));
    }
    if (root != NULL && refused == NULL) {
        simdjson_peer_walk(peer, on_event, &s);
        must(s.next == s.count);
    }
    vg_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static simdjson_peer *peer;
    char *text = malloc(size + VG_JSON_PAD);

    if (peer == NULL)
        peer = simdjson_peer_new(PEER_DEPTH);
    must(peer != NULL && text != NULL);
    memcpy(text, data, size);
    memset(text + size, "1\"]} "[size % 5], VG_JSON_PAD); /* must not matter */
    compare(peer, vg_slice_of(text, size));
    free(text);
    return 0;
}
