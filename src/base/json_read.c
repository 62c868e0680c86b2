/* Reading a document in one pass. Values are read one after the other; a container that opens
 * becomes the parent of what follows, one that closes hands back to its own parent. So depth costs
 * nodes, not stack. Nodes are taken from the arena in handfuls.
 *
 * An array that begins with a number is tried as a VECTOR first; the check ends at the first byte
 * that is no part of one, so a mixed array is looked at twice up to there, and no more.
 *
 * Reading small values is bound by the number of instructions. So what every byte needs (the place)
 * is never seen by a function that is called: it stays in registers. What calls share is the
 * reader. */
#include "vecgate/json.h"

#include "base/json_numbers.h"
#include "base/json_string.h"
#include "base/map.h"
#include "base/number.h"
#include "base/text_scan.h"

enum { LEAST_NODES = 8, FIRST_NODES = 32, MOST_NODES = 256, FEW_MEMBERS = 16 };
enum { BYTES_PER_NODE = 12 }; /* of a text with short values; vectors have many more */

#define INLINE static inline __attribute__((always_inline))

/* The usual way is to be laid out straight: where short values alternate, every jump taken counts.
 */
INLINE bool likely(bool is)
{
    return __builtin_expect(is, true);
}

struct reader {
    vg_arena *arena;
    const char *end;
    int max_depth;
    size_t handful;     /* how many nodes to take next */
    vg_json *spare_end; /* of the last handful */
    const char *fault;  /* what is wrong, */
    const char *fault_at;
    bool no_memory; /* that */
};

struct place {
    const char *at;
    const char *end;
    vg_json *parent;      /* the container that is open */
    const vg_json **link; /* where the next node is to be hung */
    vg_json *spare;       /* the next node, */
    vg_json *spare_end;   /* up to here */
    vg_text_window window;
    int depth;
    bool in_object; /* the parent is one */
};

enum outcome {
    FAULT, /* it is told */
    WHOLE, /* a value is complete */
    MORE,  /* a member or element comes next */
};

static enum outcome fail(struct reader *r, const char *fault, const char *at)
{
    r->fault = fault;
    r->fault_at = at;
    return FAULT;
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    return at;
}

/* Moves over blanks to the next byte, and answers it; 0, which begins nothing, at the end. */
INLINE char look(struct place *p)
{
    if (likely(p->at < p->end) && likely(*p->at > ' '))
        return *p->at;
    p->at = skip_blanks(p->at, p->end);
    return p->at < p->end ? *p->at : '\0';
}

/* ---- nodes ---- */

/* As many as the rest of the text may need, but no more than twice what was needed so far: most
 * texts are a few nodes and a long vector. */
static vg_json *take_handful(struct reader *r, const char *at)
{
    size_t n = (size_t)(r->end - at) / BYTES_PER_NODE + LEAST_NODES;
    vg_json *nodes;

    if (n > r->handful)
        n = r->handful;
    r->handful = r->handful < MOST_NODES ? 2 * r->handful : MOST_NODES;
    nodes = vg_arena_take(r->arena, n * sizeof(*nodes));
    r->spare_end = nodes != NULL ? nodes + n : NULL;
    r->no_memory = nodes == NULL;
    if (nodes == NULL)
        fail(r, "no memory is left", at);
    return nodes;
}

/* The next node, still without a key, hung into the tree; NULL when the arena is spent. */
INLINE vg_json *add(struct reader *r, struct place *p)
{
    vg_json *node;

    if (!likely(p->spare != p->spare_end)) {
        p->spare = take_handful(r, p->at);
        p->spare_end = r->spare_end;
        if (p->spare == NULL)
            return NULL;
    }
    node = p->spare++;
    node->count = 0; /* one by one: faster than a struct made first and then copied */
    node->text = (vg_slice){0};
    node->parent = p->parent;
    node->first = NULL;
    node->next = NULL;
    if (likely(p->parent != NULL))
        p->parent->count++;
    *p->link = node;
    p->link = &node->next;
    return node;
}

INLINE enum outcome end_value(struct place *p, vg_json *node, vg_json_kind kind, const char *end)
{
    node->kind = kind;
    node->raw = vg_slice_of(p->at, (size_t)(end - p->at));
    p->at = end;
    return WHOLE;
}

/* ---- single values ---- */

INLINE enum outcome read_word(struct reader *r, struct place *p, vg_json *node, vg_json_kind kind)
{
    static const vg_slice words[] = {[VG_JSON_NULL] = VG_LIT_INIT("null"),
                                     [VG_JSON_TRUE] = VG_LIT_INIT("true"),
                                     [VG_JSON_FALSE] = VG_LIT_INIT("false")};
    const vg_slice word = words[kind];

    if ((size_t)(p->end - p->at) < word.len || memcmp(p->at, word.at, word.len) != 0)
        return fail(r, "expected a value", p->at);
    return end_value(p, node, kind, p->at + word.len);
}

INLINE enum outcome read_number(struct reader *r, struct place *p, vg_json *node)
{
    const char *end = vg_number_skip(p->at, p->end, &r->fault_at);

    if (end == NULL)
        return fail(r, r->fault_at == p->end ? "the number does not end" : "expected a digit",
                    r->fault_at);
    return end_value(p, node, VG_JSON_NUMBER, end);
}

/* The next byte that a string cannot hold as it is, or `end` or a place behind it. The window moves
 * on by its own length, so that its bits do not wait for the place. */
INLINE const char *find_special(struct place *p, const char *at)
{
    while (likely(at < p->end)) {
        uint64_t bits;

        if (!likely(at - p->window.at < VG_WINDOW_BYTES)) {
            p->window.at =
                at - p->window.at < 2L * VG_WINDOW_BYTES ? p->window.at + VG_WINDOW_BYTES : at;
            p->window.specials = vg_special_bits64(p->window.at);
        }
        bits = p->window.specials >> (at - p->window.at);
        if (likely(bits != 0))
            return at + __builtin_ctzll(bits);
        at = p->window.at + VG_WINDOW_BYTES;
    }
    return at;
}

/* With escapes, bytes above ASCII, or a fault: `special` is the first of them.
 */
static const char *read_hard_text(struct reader *r, const char *at, const char *special,
                                  vg_text_window window, vg_slice *text)
{
    vg_json_string string = {
        .at = at, .special = special, .window = window, .end = r->end, .text = text};

    if (!vg_json_string_read(r->arena, &string)) {
        r->no_memory = string.no_memory;
        fail(r, string.fault, string.at);
        return NULL;
    }
    return string.at;
}

/* From the opening quote to behind the closing one; NULL on a fault. */
INLINE const char *read_text(struct reader *r, struct place *p, vg_slice *text)
{
    const char *first = p->at + 1;
    const char *special = find_special(p, first);

    if (!likely(special < p->end) || !likely(*special == '"'))
        return read_hard_text(r, first, special, p->window, text);
    *text = vg_slice_of(first, (size_t)(special - first));
    return special + 1;
}

INLINE enum outcome read_string(struct reader *r, struct place *p, vg_json *node)
{
    const char *end = read_text(r, p, &node->text);

    return end == NULL ? FAULT : end_value(p, node, VG_JSON_STRING, end);
}

/* ---- containers ---- */

INLINE enum outcome read_key(struct reader *r, struct place *p, vg_json *node)
{
    if (!likely(look(p) == '"'))
        return fail(r, "expected a name in quotes", p->at);
    p->at = read_text(r, p, &node->key);
    if (!likely(p->at != NULL))
        return FAULT;
    if (!likely(look(p) == ':'))
        return fail(r, "expected `:`", p->at);
    p->at++;
    return WHOLE;
}

/* Moves behind the bracket. */
INLINE enum outcome open_container(struct reader *r, struct place *p, vg_json *node,
                                   vg_json_kind kind)
{
    if (p->depth == r->max_depth)
        return fail(r, "nested too deep", p->at);
    node->kind = kind;
    node->raw.at = p->at;
    p->parent = node;
    p->in_object = kind == VG_JSON_OBJECT;
    p->link = &node->first;
    p->depth++;
    p->at++;
    return MORE;
}

INLINE enum outcome close_container(struct place *p)
{
    vg_json *node = p->parent;

    p->at++;
    node->raw.len = (size_t)(p->at - node->raw.at);
    p->link = &node->next;
    p->parent = (vg_json *)(uintptr_t)node->parent;
    p->in_object = p->parent != NULL && p->parent->kind == VG_JSON_OBJECT;
    p->depth--;
    return WHOLE;
}

/* The array just opened, if it is a vector; else its elements come next. */
INLINE enum outcome read_vector(struct place *p)
{
    vg_numbers numbers;

    if (!vg_numbers_scan(p->at, p->end, &numbers))
        return MORE;
    p->parent->kind = VG_JSON_VECTOR;
    p->parent->count = (uint32_t)numbers.count;
    p->at = numbers.stop;
    return close_container(p);
}

INLINE enum outcome read_array(struct reader *r, struct place *p, vg_json *node)
{
    char byte;

    if (open_container(r, p, node, VG_JSON_ARRAY) == FAULT)
        return FAULT;
    byte = look(p);
    if (byte == ']')
        return close_container(p);
    return byte == '-' || (byte >= '0' && byte <= '9') ? read_vector(p) : MORE;
}

INLINE enum outcome read_object(struct reader *r, struct place *p, vg_json *node)
{
    if (open_container(r, p, node, VG_JSON_OBJECT) == FAULT)
        return FAULT;
    return look(p) == '}' ? close_container(p) : MORE;
}

INLINE enum outcome read_value(struct reader *r, struct place *p, vg_json *node)
{
    switch (look(p)) {
    case '{':
        return read_object(r, p, node);
    case '[':
        return read_array(r, p, node);
    case '"':
        return read_string(r, p, node);
    case 't':
        return read_word(r, p, node, VG_JSON_TRUE);
    case 'f':
        return read_word(r, p, node, VG_JSON_FALSE);
    case 'n':
        return read_word(r, p, node, VG_JSON_NULL);
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
        return read_number(r, p, node);
    }
    return fail(r, "expected a value", p->at);
}

/* A value, and in an object its name before it. */
INLINE enum outcome read_member(struct reader *r, struct place *p)
{
    vg_json *node = add(r, p);

    if (node == NULL)
        return FAULT;
    if (!p->in_object)
        node->key = (vg_slice){0};
    else if (read_key(r, p, node) == FAULT)
        return FAULT;
    return read_value(r, p, node);
}

/* Behind a value: closes what ends here, until another member follows or the document is done. */
INLINE enum outcome read_ends(struct reader *r, struct place *p)
{
    while (likely(p->parent != NULL)) {
        char byte = look(p);

        if (byte == ',') {
            p->at++;
            return MORE;
        }
        if (byte != (p->in_object ? '}' : ']'))
            return fail(r, p->in_object ? "expected `,` or `}`" : "expected `,` or `]`", p->at);
        close_container(p);
    }
    return WHOLE;
}

static bool read_document(struct reader *r, struct place p)
{
    enum outcome outcome;

    p.window.specials = vg_special_bits64(p.window.at);
    do {
        outcome = read_member(r, &p);
        if (outcome == WHOLE)
            outcome = read_ends(r, &p);
    } while (outcome == MORE);
    vg_arena_resize(r->arena, p.spare, (size_t)(p.spare_end - p.spare) * sizeof(vg_json), 0);
    if (outcome == WHOLE && (look(&p) != '\0' || p.at != p.end))
        outcome = fail(r, "expected the end of the text", p.at);
    return outcome == WHOLE;
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
    const char *end = text.at + text.len;
    struct reader r = {.arena = arena, .end = end, .handful = FIRST_NODES};

    r.max_depth = max_depth < VG_JSON_DEPTH ? max_depth : VG_JSON_DEPTH;
    if (text.len > UINT32_MAX) { /* counts are 32 bits */
        vg_status_set(status, VG_TOO_LARGE, VG_LIT("a JSON text is 4 GiB at most"), (vg_slice){0});
        return NULL;
    }
    if (read_document(
            &r, (struct place){.at = text.at, .end = end, .link = &root, .window.at = text.at}))
        return root;
    tell(&r, text, status);
    return NULL;
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
