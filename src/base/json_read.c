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
#include "base/text_scan.h"

enum { LEAST_NODES = 8, FIRST_NODES = 32, MOST_NODES = 256, FEW_MEMBERS = 16, WINDOW = 64 };
enum { BYTES_PER_NODE = 12 }; /* of a text with short values; vectors have many more */

/* Reading is bound by the number of instructions, and calls are many of them. */
#define INLINE static inline __attribute__((always_inline))

/* The place in the text is not kept here: it is handed from function to function, in a register.
 * What reads takes it and answers the place behind, or NULL with the fault told. */
struct reader {
    vg_arena *arena;
    const char *end;
    vg_json *parent;      /* the container that is open */
    const vg_json **link; /* where the next node is to be hung */
    vg_json *spare;       /* nodes at hand: the next one, */
    vg_json *spare_end;   /* up to here */
    size_t handful;       /* how many to take next */
    bool has_key;         /* the next one has its key already */
    int depth;
    int max_depth;
    const char *window; /* 64 bytes of the text, whose */
    uint64_t specials;  /* special bytes are known */
    bool more;          /* does another value follow? */
    bool no_memory;
    const char *fault;
    const char *fault_at;
};

static const char *fail(struct reader *r, const char *fault, const char *at)
{
    r->fault = fault;
    r->fault_at = at;
    return NULL;
}

static const char *fail_memory(struct reader *r, const char *at)
{
    r->no_memory = true;
    return fail(r, "no memory is left", at);
}

static char look_far(const struct reader *r, const char **at)
{
    for (; *at < r->end; ++*at)
        if (**at != ' ' && **at != '\n' && **at != '\r' && **at != '\t')
            return **at;
    return '\0';
}

/* Moves over blanks to the next byte, and answers it; 0, which begins nothing, at the end. */
INLINE char look(const struct reader *r, const char **at)
{
    if (*at<r->end &&* * at> ' ')
        return **at;
    return look_far(r, at);
}

/* ---- nodes ---- */

/* As many as the rest of the text may need, but no more than twice what was needed so far: most
 * texts are a few nodes and a long vector. */
static bool take_handful(struct reader *r, const char *at)
{
    size_t n = (size_t)(r->end - at) / BYTES_PER_NODE + LEAST_NODES;

    if (n > r->handful)
        n = r->handful;
    r->handful = r->handful < MOST_NODES ? 2 * r->handful : MOST_NODES;
    r->spare = vg_arena_take(r->arena, n * sizeof(vg_json));
    r->spare_end = r->spare != NULL ? r->spare + n : NULL;
    if (r->spare == NULL)
        fail_memory(r, at);
    return r->spare != NULL;
}

INLINE bool has_spare(struct reader *r, const char *at)
{
    return r->spare != r->spare_end || take_handful(r, at);
}

/* The next node, hung into the tree; NULL when the arena is spent. */
INLINE vg_json *add(struct reader *r, vg_json_kind kind, const char *at)
{
    vg_json *node;

    if (!has_spare(r, at))
        return NULL;
    node = r->spare++;
    node->kind = kind; /* one by one: faster than a struct made first and then copied */
    node->count = 0;
    node->raw = vg_slice_of(at, 0);
    node->text = (vg_slice){0};
    if (!r->has_key)
        node->key = (vg_slice){0};
    r->has_key = false;
    node->parent = r->parent;
    node->first = NULL;
    node->next = NULL;
    if (r->parent != NULL)
        r->parent->count++;
    *r->link = node;
    r->link = &node->next;
    return node;
}

/* ---- single values ---- */

static const char *read_word(struct reader *r, const char *at, vg_json_kind kind, vg_slice word)
{
    vg_json *node;

    if ((size_t)(r->end - at) < word.len || memcmp(at, word.at, word.len) != 0)
        return fail(r, "expected a value", at);
    node = add(r, kind, at);
    if (node == NULL)
        return NULL;
    node->raw.len = word.len;
    return at + word.len;
}

static const char *read_number(struct reader *r, const char *at)
{
    const char *bad;
    const char *past = vg_number_skip(at, r->end, &bad);
    vg_json *node;

    if (past == NULL)
        return fail(r, bad == r->end ? "the number does not end" : "expected a digit", bad);
    node = add(r, VG_JSON_NUMBER, at);
    if (node == NULL)
        return NULL;
    node->raw.len = (size_t)(past - at);
    return past;
}

/* With escapes, bytes above ASCII, or a fault. */
static const char *read_hard_text(struct reader *r, const char *at, vg_slice *text)
{
    vg_json_string string = {.at = at + 1, .end = r->end};

    if (!vg_json_string_read(r->arena, &string)) {
        r->no_memory = string.no_memory;
        return fail(r, string.fault, string.at);
    }
    *text = string.text;
    return string.at;
}

/* The window moves on by its own length where it can: then its bits do not wait for `at`. */
static void move_window(struct reader *r, const char *at)
{
    r->window = at - r->window < 2 * WINDOW ? r->window + WINDOW : at;
    r->specials = vg_special_bits64(r->window);
}

/* The next byte that a string cannot hold as it is. May answer a place behind the end. */
INLINE const char *find_special(struct reader *r, const char *at)
{
    uint64_t bits = 0;

    while (at < r->end) {
        if (at - r->window >= WINDOW)
            move_window(r, at);
        bits = r->specials >> (at - r->window);
        if (bits != 0)
            break;
        at = r->window + WINDOW;
    }
    return bits != 0 ? at + __builtin_ctzll(bits) : at;
}

/* From the opening quote on. */
INLINE const char *read_text(struct reader *r, const char *at, vg_slice *text)
{
    const char *stop = find_special(r, at + 1);

    if (stop >= r->end || *stop != '"')
        return read_hard_text(r, at, text);
    text->at = at + 1;
    text->len = (size_t)(stop - (at + 1));
    return stop + 1;
}

static const char *read_string(struct reader *r, const char *at)
{
    vg_json *node = add(r, VG_JSON_STRING, at);

    if (node == NULL)
        return NULL;
    at = read_text(r, at, &node->text);
    if (at != NULL)
        node->raw.len = (size_t)(at - node->raw.at);
    return at;
}

/* ---- containers ---- */

/* The name goes into the node that its value will get. */
static const char *read_key(struct reader *r, const char *at)
{
    if (look(r, &at) != '"')
        return fail(r, "expected a name in quotes", at);
    if (!has_spare(r, at))
        return NULL;
    at = read_text(r, at, &r->spare->key);
    if (at == NULL)
        return NULL;
    r->has_key = true;
    return look(r, &at) == ':' ? at + 1 : fail(r, "expected `:`", at);
}

static const char *open(struct reader *r, const char *at, vg_json_kind kind)
{
    vg_json *node;

    if (r->depth == r->max_depth)
        return fail(r, "nested too deep", at);
    node = add(r, kind, at);
    if (node == NULL)
        return NULL;
    r->parent = node;
    r->link = &node->first;
    r->depth++;
    return at + 1;
}

static const char *close(struct reader *r, const char *at)
{
    vg_json *node = r->parent;

    node->raw.len = (size_t)(at + 1 - node->raw.at);
    r->link = &node->next;
    r->parent = (vg_json *)(uintptr_t)node->parent;
    r->depth--;
    return at + 1;
}

/* The array just opened, if it is a vector: to its end, or `at`. */
static const char *read_vector(struct reader *r, const char *at)
{
    vg_numbers numbers;

    if (!vg_numbers_scan(at, r->end, &numbers)) {
        r->more = true; /* mixed, or wrong: element by element */
        return at;
    }
    r->parent->kind = VG_JSON_VECTOR;
    r->parent->count = (uint32_t)numbers.count;
    return close(r, numbers.stop);
}

static const char *read_array(struct reader *r, const char *at)
{
    char byte;

    at = open(r, at, VG_JSON_ARRAY);
    if (at == NULL)
        return NULL;
    byte = look(r, &at);
    if (byte == ']')
        return close(r, at);
    if (byte == '-' || (byte >= '0' && byte <= '9'))
        return read_vector(r, at);
    r->more = true;
    return at;
}

static const char *read_object(struct reader *r, const char *at)
{
    at = open(r, at, VG_JSON_OBJECT);
    if (at == NULL)
        return NULL;
    if (look(r, &at) == '}')
        return close(r, at);
    r->more = true;
    return read_key(r, at);
}

INLINE const char *read_value(struct reader *r, const char *at)
{
    switch (look(r, &at)) {
    case '{':
        return read_object(r, at);
    case '[':
        return read_array(r, at);
    case '"':
        return read_string(r, at);
    case 't':
        return read_word(r, at, VG_JSON_TRUE, VG_LIT("true"));
    case 'f':
        return read_word(r, at, VG_JSON_FALSE, VG_LIT("false"));
    case 'n':
        return read_word(r, at, VG_JSON_NULL, VG_LIT("null"));
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
        return read_number(r, at);
    }
    return fail(r, "expected a value", at);
}

/* Behind a value: closes what ends here, until another value follows or the document is done. */
INLINE const char *read_ends(struct reader *r, const char *at)
{
    while (r->parent != NULL) {
        bool in_object = r->parent->kind == VG_JSON_OBJECT;
        char byte = look(r, &at);

        if (byte == ',') {
            r->more = true;
            return in_object ? read_key(r, at + 1) : at + 1;
        }
        if (byte != (in_object ? '}' : ']'))
            return fail(r, in_object ? "expected `,` or `}`" : "expected `,` or `]`", at);
        at = close(r, at);
    }
    return at;
}

static bool read_document(struct reader *r, const char *at)
{
    do {
        r->more = false;
        at = read_value(r, at);
        if (at != NULL && !r->more)
            at = read_ends(r, at);
        if (at == NULL)
            return false;
    } while (r->more);
    look(r, &at);
    if (at != r->end)
        fail(r, "expected the end of the text", at);
    return at == r->end;
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
        .end = text.at + text.len,
        .link = &root,
        .handful = FIRST_NODES,
        .window = text.at,
        .max_depth = max_depth < VG_JSON_DEPTH ? max_depth : VG_JSON_DEPTH,
    };

    if (text.len > UINT32_MAX) { /* counts are 32 bits */
        vg_status_set(status, VG_TOO_LARGE, VG_LIT("a JSON text is 4 GiB at most"), (vg_slice){0});
        return NULL;
    }
    r.specials = vg_special_bits64(text.at);
    if (!read_document(&r, text.at)) {
        tell(&r, text, status);
        return NULL;
    }
    vg_arena_resize(arena, r.spare, (size_t)(r.spare_end - r.spare) * sizeof(vg_json), 0);
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
