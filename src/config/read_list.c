/* See read_list.h. */
#include "config/read_list.h"

#include "vecgate/op.h"

#include "config/expand.h"

vg_slice vg_list_place(const vg_list_reader *r, const vg_yaml *node)
{
    return vg_arena_printf(r->complaints->arena, "%s:%u", r->source->place, node->line);
}

bool vg_list_refuse(const vg_list_reader *r, const vg_yaml *node, const char *says)
{
    vg_complain(r->complaints, vg_list_place(r, node), VG_FMT "%s%s", VG_ARG(node->key),
                node->key.len > 0 ? ": " : "", says);
    return false;
}

bool vg_list_text(const vg_list_reader *r, const vg_yaml *node, vg_slice *out)
{
    vg_slice reason = {0};

    *out = node->text;
    if (node->kind != VG_YAML_TEXT)
        return vg_list_refuse(r, node, "expected one value");
    if (r->source->expands && vg_expand_is_needed(node->text) &&
        !vg_expand(r->complaints->arena, node->text, r->source->variables, out, &reason)) {
        vg_complain(r->complaints, vg_list_place(r, node), VG_FMT ": " VG_FMT, VG_ARG(node->key),
                    VG_ARG(reason));
        return false;
    }
    return out->len > 0 || vg_list_refuse(r, node, "must not be empty");
}

bool vg_list_is_printable(vg_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] < 0x20 || text.at[i] == 0x7f)
            return false;
    return true;
}

bool vg_list_tenant(const vg_list_reader *r, const vg_yaml *node, vg_slice *out)
{
    if (!vg_list_text(r, node, out))
        return false;
    return vg_tenant_name_can_be(*out) ||
           vg_list_refuse(r, node, "a tenant's name is " VG_TENANT_NAME_RULE);
}
