/* Routes as a tree of segments: a node has literal children and at most one child that takes any
 * segment. A row hangs at the node where its pattern ends. Looking up walks literal children first
 * and comes back for the parameter, so that "/a/{b}" is found for "/a/c" when "/a/c" lacks the
 * method. HEAD is answered by GET's row unless it has one of its own. */
#include "net/router.h"

#include <assert.h>
#include <stdlib.h>

struct row {
    vg_slice method;
    const void *at;
    struct row *next;
};

struct node {
    vg_slice literal; /* unused for a parameter */
    struct node *sibling;
    struct node *children;
    struct node *any;
    struct row *rows; /* in the order of the table */
    vg_slice allow;
};

struct vg_router {
    struct node root;
    const char *table;
    size_t row_bytes;
    size_t count;
};

struct walk {
    vg_slice method;
    vg_match match;
    uint32_t params;
    vg_slice raw[VG_ROUTE_PARAMS];
};

/* --- patterns -------------------------------------------------------------------------------- */

/* The next segment of "/a/b"; false at the end. "/" has none. */
static bool next_segment(vg_slice *path, vg_slice *segment)
{
    if (path->len <= 1)
        return false;
    *path = vg_slice_skip(*path, 1);
    *segment = vg_slice_of(path->at, vg_slice_find(*path, '/'));
    *path = vg_slice_skip(*path, segment->len);
    return true;
}

static bool is_parameter(vg_slice segment)
{
    return segment.len > 0 && segment.at[0] == '{';
}

static const vg_route *route_at(const vg_router *router, size_t i)
{
    return (const vg_route *)(router->table + i * router->row_bytes);
}

/* Does every path of pattern `inner` match pattern `outer` too? */
static bool covers(vg_slice outer, vg_slice inner)
{
    vg_slice a, b;
    bool has_a, has_b;

    for (;;) {
        has_a = next_segment(&outer, &a);
        has_b = next_segment(&inner, &b);
        if (!has_a || !has_b)
            return has_a == has_b;
        if (!is_parameter(a) && !vg_slice_is(a, b))
            return false;
    }
}

/* --- building -------------------------------------------------------------------------------- */

static struct node *child_of(struct node *node, vg_slice segment)
{
    struct node **at = is_parameter(segment) ? &node->any : &node->children;

    while (*at != NULL && !is_parameter(segment) && !vg_slice_is((*at)->literal, segment))
        at = &(*at)->sibling;
    if (*at != NULL)
        return *at;
    *at = calloc(1, sizeof(**at));
    if (*at != NULL)
        (*at)->literal = segment;
    return *at;
}

static bool add_row(vg_router *router, const vg_route *route)
{
    vg_slice path = vg_slice_str(route->path);
    struct node *node = &router->root;
    struct row **end = NULL;
    vg_slice segment;
    int params = 0;

    while (node != NULL && next_segment(&path, &segment)) {
        params += is_parameter(segment);
        node = child_of(node, segment);
    }
    assert(params <= VG_ROUTE_PARAMS);
    if (node == NULL)
        return false;
    for (end = &node->rows; *end != NULL; end = &(*end)->next)
        continue;
    *end = calloc(1, sizeof(**end));
    if (*end != NULL)
        **end = (struct row){.method = vg_slice_str(route->method), .at = route};
    return *end != NULL;
}

static bool has_method(const char *list, size_t len, vg_slice method)
{
    vg_slice rest = vg_slice_of(list, len);

    while (rest.len > 0) {
        size_t end = vg_slice_find(rest, ',');

        if (vg_slice_is(vg_slice_trim(vg_slice_of(rest.at, end)), method))
            return true;
        rest = vg_slice_skip(rest, end + 1);
    }
    return false;
}

/* The methods that any row takes on the paths of `pattern`. */
static bool write_allow(const vg_router *router, const char *pattern, vg_slice *allow)
{
    size_t room = 1, len = 0;
    char *at;

    for (size_t i = 0; i < router->count; i++)
        room += strlen(route_at(router, i)->method) + 2;
    at = malloc(room);
    if (at == NULL)
        return false;
    for (size_t i = 0; i < router->count; i++) {
        vg_slice method = vg_slice_str(route_at(router, i)->method);

        if (!covers(vg_slice_str(route_at(router, i)->path), vg_slice_str(pattern)) ||
            has_method(at, len, method))
            continue;
        if (len > 0) {
            memcpy(at + len, ", ", 2);
            len += 2;
        }
        memcpy(at + len, method.at, method.len);
        len += method.len;
    }
    *allow = vg_slice_of(at, len);
    return true;
}

static bool write_allows(const vg_router *router, struct node *node)
{
    if (node == NULL)
        return true;
    if (node->rows != NULL &&
        !write_allow(router, ((const vg_route *)node->rows->at)->path, &node->allow))
        return false;
    return write_allows(router, node->children) && write_allows(router, node->any) &&
           write_allows(router, node->sibling);
}

vg_router *vg_router_new(const void *rows, size_t row_bytes, size_t count)
{
    vg_router *router = calloc(1, sizeof(*router));
    bool whole = router != NULL;

    if (router == NULL)
        return NULL;
    router->table = rows;
    router->row_bytes = row_bytes;
    router->count = count;
    for (size_t i = 0; whole && i < count; i++)
        whole = add_row(router, route_at(router, i));
    if (whole && write_allows(router, &router->root))
        return router;
    vg_router_free(router);
    return NULL;
}

static void free_node(struct node *node)
{
    struct row *row = node->rows;
    struct node *child = node->children;

    while (row != NULL) {
        struct row *next = row->next;

        free(row);
        row = next;
    }
    while (child != NULL) {
        struct node *next = child->sibling;

        free_node(child);
        free(child);
        child = next;
    }
    if (node->any != NULL)
        free_node(node->any);
    free(node->any);
    free((void *)node->allow.at);
}

void vg_router_free(vg_router *router)
{
    if (router == NULL)
        return;
    free_node(&router->root);
    free(router);
}

/* --- finding --------------------------------------------------------------------------------- */

static bool take_row(struct walk *walk, const struct node *node)
{
    if (node->rows == NULL)
        return false;
    if (!walk->match.path_known)
        walk->match.allow = node->allow;
    walk->match.path_known = true;
    for (const struct row *row = node->rows; row != NULL; row = row->next) {
        if (!vg_slice_is(row->method, walk->method))
            continue;
        walk->match.row = row->at;
        memcpy(walk->match.params, walk->raw, sizeof(walk->raw));
        return true;
    }
    return false;
}

/* As deep as the deepest pattern. */
static bool walk_down(struct walk *walk, const struct node *node, vg_slice path)
{
    const struct node *child = node->children;
    vg_slice segment;

    if (!next_segment(&path, &segment))
        return take_row(walk, node);
    while (child != NULL && !vg_slice_is(child->literal, segment))
        child = child->sibling;
    if (child != NULL && walk_down(walk, child, path))
        return true;
    if (node->any == NULL || segment.len == 0)
        return false;
    walk->raw[walk->params++] = segment;
    if (walk_down(walk, node->any, path))
        return true;
    walk->raw[--walk->params] = (vg_slice){NULL, 0};
    return false;
}

vg_match vg_router_find(const vg_router *router, vg_slice method, vg_slice path)
{
    struct walk walk = {.method = method};

    if (path.len == 0 || path.at[0] != '/')
        return walk.match;
    if (walk_down(&walk, &router->root, path) || !vg_slice_is(method, VG_LIT("HEAD")))
        return walk.match;
    walk = (struct walk){.method = VG_LIT("GET")};
    walk_down(&walk, &router->root, path);
    return walk.match;
}
