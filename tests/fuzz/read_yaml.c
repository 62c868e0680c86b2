/* A configuration file of any bytes: a tree within its bounds, or a complaint; its texts expanded.
 */
#include <stdlib.h>

#include "config/expand.h"
#include "config/yaml.h"
#include "tests/support/fuzz.h"

static const char *const variables[] = {"A=value", "EMPTY=", NULL};

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

/* Files are left alone: what is on this machine is no input. */
static void expand(vg_arena *arena, vg_slice text)
{
    vg_slice out = {0}, reason = {0};

    if (strstr(text.at, "file:") != NULL)
        return;
    if (vg_expand(arena, text, variables, &out, &reason))
        must(out.at != NULL ? out.at[out.len] == '\0' : vg_arena_is_spent(arena));
    else
        must(reason.len > 0 || vg_arena_is_spent(arena));
}

static int walk(vg_arena *arena, const vg_yaml *node, int depth)
{
    int count = 1;

    must(depth <= VG_YAML_DEPTH && node->line >= 1);
    must(node->kind == VG_YAML_TEXT || node->text.at == NULL);
    if (node->kind == VG_YAML_TEXT) {
        must(node->text.at[node->text.len] == '\0');
        expand(arena, node->text);
    }
    for (const vg_yaml *m = node->first; m != NULL; m = m->next) {
        for (const vg_yaml *k = node->first; node->kind == VG_YAML_MAPPING && k != m; k = k->next)
            must(!vg_slice_is(k->key, m->key));
        count += walk(arena, m, depth + 1);
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vg_arena *arena = vg_arena_new(4 << 20);
    vg_buf told;
    vg_complaints complaints = {arena, &told, 0};
    const vg_yaml *root;

    vg_buf_init(&told, 0);
    root = vg_yaml_read(arena, vg_slice_of((const char *)data, size), "f.yaml", &complaints);
    must((root == NULL) == (complaints.count > 0));
    if (root != NULL)
        must(walk(arena, root, 0) <= VG_YAML_NODES);
    vg_buf_fini(&told);
    vg_arena_free(arena);
    return 0;
}
