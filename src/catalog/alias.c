/* See alias.h. */
#include "catalog/alias.h"

#include "base/buf.h"
#include "base/row_json.h"

/* ---- the list ---- */

/* Where it is, or would be. */
static uint32_t place_of(const vg_alias_list *list, vg_slice name)
{
    uint32_t low = 0, high = list->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (vg_slice_cmp(list->at[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const vg_alias_list *list, uint32_t place, vg_slice name)
{
    return place < list->count && vg_slice_is(list->at[place].name, name);
}

const vg_alias *vg_alias_find(const vg_alias_list *list, vg_slice name)
{
    uint32_t place = place_of(list, name);

    return is_at(list, place, name) ? &list->at[place] : NULL;
}

bool vg_alias_has_target(const vg_alias_list *list, vg_slice collection)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (vg_slice_is(list->at[i].collection, collection))
            return true;
    return false;
}

static bool make_room(vg_arena *arena, vg_alias_list *list)
{
    uint32_t more = list->room ? 2 * list->room : 16;
    vg_alias *at;

    if (list->count < list->room)
        return true;
    at = vg_arena_resize(arena, list->at, list->room * sizeof *at, more * sizeof *at);
    if (!at)
        return false;
    list->at = at;
    list->room = more;
    return true;
}

bool vg_alias_put(vg_arena *arena, vg_alias_list *list, vg_alias alias)
{
    uint32_t place = place_of(list, alias.name);

    if (is_at(list, place, alias.name)) {
        list->at[place] = alias;
        return true;
    }
    if (!make_room(arena, list))
        return false;
    memmove(&list->at[place + 1], &list->at[place], (list->count - place) * sizeof alias);
    list->at[place] = alias;
    list->count++;
    return true;
}

void vg_alias_remove(vg_alias_list *list, vg_slice name)
{
    uint32_t place = place_of(list, name);

    if (!is_at(list, place, name))
        return;
    list->count--;
    memmove(&list->at[place], &list->at[place + 1], (list->count - place) * sizeof *list->at);
}

uint32_t vg_alias_remove_target(vg_alias_list *list, vg_slice collection)
{
    uint32_t kept = 0, before = list->count;

    for (uint32_t i = 0; i < before; i++)
        if (!vg_slice_is(list->at[i].collection, collection))
            list->at[kept++] = list->at[i];
    list->count = kept;
    return before - kept;
}

/* ---- its text ---- */

vg_slice vg_alias_write(vg_arena *arena, const vg_alias_list *list, vg_status *status)
{
    vg_buf buf;
    vg_json_out out = {.buf = &buf};
    vg_slice text = {0};

    vg_buf_init(&buf, 0);
    vg_json_open_object(&out);
    vg_json_put_key(&out, VG_LIT("aliases"));
    vg_json_open_array(&out);
    for (uint32_t i = 0; i < list->count && buf.len <= VG_ALIASES_BYTES; i++) {
        vg_json_open_object(&out);
        vg_json_put_key(&out, VG_LIT("name"));
        vg_json_put_text(&out, list->at[i].name);
        vg_json_put_key(&out, VG_LIT("collection"));
        vg_json_put_text(&out, list->at[i].collection);
        vg_json_close_object(&out);
    }
    vg_json_close_array(&out);
    vg_json_close_object(&out);
    if (buf.len > VG_ALIASES_BYTES)
        vg_status_set(status, VG_TOO_LARGE, VG_LIT("all aliases together may take 256 KiB at most"),
                      VG_LIT("actions"));
    else
        text = vg_row_json_take(arena, &buf, status);
    vg_buf_fini(&buf);
    return text;
}

static bool read_alias(vg_arena *arena, const vg_json *from, vg_alias_list *to)
{
    const vg_json *name = vg_json_get(from, VG_LIT("name"));
    const vg_json *collection = vg_json_get(from, VG_LIT("collection"));

    return vg_row_json_is_text(name) && vg_row_json_is_text(collection) &&
           vg_alias_put(arena, to,
                        (vg_alias){.name = vg_arena_copy(arena, name->text),
                                   .collection = vg_arena_copy(arena, collection->text)});
}

static bool read_list(vg_arena *arena, const vg_json *document, vg_alias_list *out,
                      vg_status *status)
{
    const vg_json *list = vg_json_get(document, VG_LIT("aliases"));

    if (!list || list->kind != VG_JSON_ARRAY)
        return vg_row_json_damaged(status, "the catalog's row of aliases is damaged");
    for (const vg_json *at = list->first; at; at = at->next) {
        if (read_alias(arena, at, out))
            continue;
        return vg_arena_is_spent(arena)
                   ? vg_row_json_no_memory(status)
                   : vg_row_json_damaged(status, "the catalog's row of aliases is damaged");
    }
    return !vg_arena_is_spent(arena) || vg_row_json_no_memory(status);
}

bool vg_alias_read(vg_arena *arena, vg_slice json, vg_alias_list *out, vg_status *status)
{
    vg_arena *nodes = vg_row_json_nodes(json, status);
    bool good = false;

    *out = (vg_alias_list){0};
    if (nodes)
        good = read_list(arena, vg_row_json_read(nodes, json, status), out, status);
    vg_arena_free(nodes);
    return good;
}
