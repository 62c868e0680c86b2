/* Reading a document in one pass. Values are read one after the other; a container that opens
 * becomes the parent of what follows, one that closes hands back to its own parent. So depth costs
 * nodes, not stack. Nodes are taken from the arena in handfuls.
 *
 * An array that begins with a number is tried as a VECTOR first; the check ends at the first byte
 * that is no part of one, so a mixed array is looked at twice up to there, and no more. */
#include "vecgate/json.h"

#include "base/json_numbers.h"
#include "base/json_string.h"
#include "base/map.h"
#include "base/number.h"

enum { LEAST_NODES = 8, MOST_NODES = 256, BYTES_PER_NODE = 32, FEW_MEMBERS = 16 };

struct reader {
    vg_arena *arena;
    const char *at;
    const char *end;
    vg_json *parent;      /* the container that is open */
    const vg_json **link; /* where the next node is to be hung */
    vg_slice key;         /* of the next value */
    int depth;
    int max_depth;
    vg_json *spare;
    size_t spares;
    const char *fault; /* the first one */
    const char *fault_at;
    bool no_memory;
};

static bool fail(struct reader *r, const char *fault, const char *at)
{
    r->fault = fault;
    r->fault_at = at;
    return false;
}

static bool fail_memory(struct reader *r)
{
    r->no_memory = true;
    return fail(r, "no memory is left", r->at);
}

/* The byte at hand; 0, which begins nothing, at the end. */
static char peek(const struct reader *r)
{
    return r->at < r->end ? *r->at : '\0';
}

static char skip_blanks(struct reader *r)
{
    char byte = peek(r);

    while (byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t') {
        r->at++;
        byte = peek(r);
    }
    return byte;
}

/* ---- nodes ---- */

static bool take_handful(struct reader *r)
{
    size_t guess = (size_t)(r->end - r->at) / BYTES_PER_NODE;
    size_t n = guess < LEAST_NODES ? LEAST_NODES : guess > MOST_NODES ? MOST_NODES : guess;

    r->spare = vg_arena_take(r->arena, n * sizeof(vg_json));
    r->spares = r->spare != NULL ? n : 0;
    return r->spare != NULL;
}

/* The next node, hung into the tree; NULL when the arena is spent. */
static vg_json *add(struct reader *r, vg_json_kind kind)
{
    vg_json *node;

    if (r->spares == 0 && !take_handful(r)) {
        fail_memory(r);
        return NULL;
    }
    node = r->spare++;
    r->spares--;
    *node = (vg_json){.kind = kind, .raw = {r->at, 0}, .key = r->key, .parent = r->parent};
    if (r->parent != NULL)
        r->parent->count++;
    *r->link = node;
    r->link = &node->next;
    return node;
}

/* ---- single values ---- */

static bool read_word(struct reader *r, vg_json_kind kind, vg_slice word)
{
    vg_json *node;

    if ((size_t)(r->end - r->at) < word.len || memcmp(r->at, word.at, word.len) != 0)
        return fail(r, "expected a value", r->at);
    node = add(r, kind);
    if (node == NULL)
        return false;
    node->raw.len = word.len;
    r->at += word.len;
    return true;
}

static bool read_number(struct reader *r)
{
    const char *bad;
    const char *past = vg_number_skip(r->at, r->end, &bad);
    vg_json *node;

    if (past == NULL)
        return fail(r, bad == r->end ? "the number does not end" : "expected a digit", bad);
    node = add(r, VG_JSON_NUMBER);
    if (node == NULL)
        return false;
    node->raw.len = (size_t)(past - r->at);
    r->at = past;
    return true;
}

/* From the opening quote on. */
static bool read_text(struct reader *r, vg_slice *text)
{
    vg_json_string string = vg_json_string_read(r->arena, r->at + 1, r->end);

    if (string.no_memory)
        return fail_memory(r);
    if (string.fault != NULL)
        return fail(r, string.fault, string.at);
    r->at = string.end;
    *text = string.text;
    return true;
}

static bool read_string(struct reader *r)
{
    vg_json *node = add(r, VG_JSON_STRING);

    if (node == NULL || !read_text(r, &node->text))
        return false;
    node->raw.len = (size_t)(r->at - node->raw.at);
    return true;
}

/* ---- containers ---- */

static bool read_key(struct reader *r)
{
    if (skip_blanks(r) != '"')
        return fail(r, "expected a name in quotes", r->at);
    if (!read_text(r, &r->key))
        return false;
    if (skip_blanks(r) != ':')
        return fail(r, "expected `:`", r->at);
    r->at++;
    return true;
}

static vg_json *open(struct reader *r, vg_json_kind kind)
{
    vg_json *node;

    if (r->depth == r->max_depth) {
        fail(r, "nested too deep", r->at);
        return NULL;
    }
    node = add(r, kind);
    if (node == NULL)
        return NULL;
    r->parent = node;
    r->link = &node->first;
    r->key = (vg_slice){0};
    r->depth++;
    r->at++;
    return node;
}

static void close(struct reader *r)
{
    vg_json *node = r->parent;

    r->at++;
    node->raw.len = (size_t)(r->at - node->raw.at);
    r->link = &node->next;
    r->parent = (vg_json *)(uintptr_t)node->parent;
    r->depth--;
}

/* The array just opened, whole, if it is a vector. */
static bool read_vector(struct reader *r)
{
    vg_json *node = r->parent;
    vg_numbers numbers;

    if (!vg_numbers_scan(r->at, r->end, &numbers))
        return false;
    node->kind = VG_JSON_VECTOR;
    node->count = (uint32_t)numbers.count;
    r->at = numbers.stop;
    close(r);
    return true;
}

/* Opens a container; sets *more when its first element is to be read next. */
static bool read_array(struct reader *r, bool *more)
{
    char byte;

    if (open(r, VG_JSON_ARRAY) == NULL)
        return false;
    byte = skip_blanks(r);
    if (byte == ']') {
        close(r);
        return true;
    }
    *more = (byte != '-' && (byte < '0' || byte > '9')) || !read_vector(r);
    return true;
}

static bool read_object(struct reader *r, bool *more)
{
    if (open(r, VG_JSON_OBJECT) == NULL)
        return false;
    if (skip_blanks(r) == '}') {
        close(r);
        return true;
    }
    *more = true;
    return read_key(r);
}

static bool read_value(struct reader *r, bool *more)
{
    switch (skip_blanks(r)) {
    case '{':
        return read_object(r, more);
    case '[':
        return read_array(r, more);
    case '"':
        return read_string(r);
    case 't':
        return read_word(r, VG_JSON_TRUE, VG_LIT("true"));
    case 'f':
        return read_word(r, VG_JSON_FALSE, VG_LIT("false"));
    case 'n':
        return read_word(r, VG_JSON_NULL, VG_LIT("null"));
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        return read_number(r);
    }
    return fail(r, "expected a value", r->at);
}

/* Behind a value: closes what ends here; sets *more when another value follows. */
static bool read_ends(struct reader *r, bool *more)
{
    while (r->parent != NULL) {
        bool in_object = r->parent->kind == VG_JSON_OBJECT;
        char byte = skip_blanks(r);

        if (byte == ',') {
            r->at++;
            *more = true;
            return !in_object || read_key(r);
        }
        if (byte != (in_object ? '}' : ']'))
            return fail(r, in_object ? "expected `,` or `}`" : "expected `,` or `]`", r->at);
        close(r);
    }
    return true;
}

static bool read_document(struct reader *r)
{
    bool more = true;

    while (more) {
        more = false;
        if (!read_value(r, &more))
            return false;
        if (!more && !read_ends(r, &more))
            return false;
    }
    skip_blanks(r);
    return r->at == r->end || fail(r, "expected the end of the text", r->at);
}

/* ---- the door ---- */

static void tell(const struct reader *r, vg_slice text, vg_status *status)
{
    size_t line = 1;
    const char *line_start = text.at;

    for (const char *at = text.at; at < r->fault_at; at++) {
        if (*at == '\n') {
            line++;
            line_start = at + 1;
        }
    }
    vg_status_setf(status, r->arena, r->no_memory ? VG_TOO_LARGE : VG_FORMAT, (vg_slice){0},
                   "%s at line %zu column %zu", r->fault, line,
                   (size_t)(r->fault_at - line_start) + 1);
}

const vg_json *vg_json_read(vg_arena *arena, vg_slice text, int max_depth, vg_status *status)
{
    const vg_json *root = NULL;
    struct reader r = {
        .arena = arena,
        .at = text.at,
        .end = text.at + text.len,
        .link = &root,
        .max_depth = max_depth < VG_JSON_DEPTH ? max_depth : VG_JSON_DEPTH,
    };

    if (text.len > UINT32_MAX) { /* counts are 32 bits */
        vg_status_set(status, VG_TOO_LARGE, VG_LIT("a JSON text is 4 GiB at most"), (vg_slice){0});
        return NULL;
    }
    if (!read_document(&r)) {
        tell(&r, text, status);
        return NULL;
    }
    vg_arena_resize(arena, r.spare, r.spares * sizeof(vg_json), 0);
    return root;
}

/* ---- looking around ---- */

const vg_json *vg_json_get(const vg_json *object, vg_slice key)
{
    const vg_json *found = NULL;

    if (object == NULL || object->kind != VG_JSON_OBJECT)
        return NULL;
    for (const vg_json *v = object->first; v != NULL; v = v->next)
        if (vg_slice_is(v->key, key))
            found = v;
    return found;
}

static const vg_json *repeated_of_few(const vg_json *object)
{
    for (const vg_json *v = object->first; v != NULL; v = v->next)
        for (const vg_json *before = object->first; before != v; before = before->next)
            if (vg_slice_is(v->key, before->key))
                return v;
    return NULL;
}

const vg_json *vg_json_repeated(const vg_json *object)
{
    vg_map *seen;
    const vg_json *v;

    if (object == NULL || object->kind != VG_JSON_OBJECT)
        return NULL;
    seen = object->count > FEW_MEMBERS ? vg_map_new() : NULL;
    if (seen == NULL) /* or without memory: slow, but right */
        return repeated_of_few(object);
    for (v = object->first; v != NULL; v = v->next)
        if (vg_map_get(seen, v->key) != NULL || !vg_map_put(seen, v->key, (void *)(uintptr_t)v))
            break;
    if (v != NULL && vg_map_get(seen, v->key) == NULL)
        v = repeated_of_few(object);
    vg_map_free(seen);
    return v;
}
