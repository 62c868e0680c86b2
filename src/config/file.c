/* The configuration file: its tree walked along the names that options have. */
#include "base/nearest.h"
#include "config/entries.h"
#include "config/option.h"
#include "config/yaml.h"

struct walk {
    const char *file;
    vg_entries *entries;
    vg_complaints *complaints;
};

static vg_slice place(const struct walk *walk, const vg_yaml *node)
{
    return vg_arena_printf(walk->complaints->arena, "%s:%u", walk->file, node->line);
}

/* Does any option's name begin with `path` and a dot? */
static bool is_section(const struct walk *walk, vg_slice path)
{
    for (uint32_t i = 0; i < walk->entries->count; i++) {
        const char *name = walk->entries->names[i];

        if (strncmp(name, path.at, path.len) == 0 && name[path.len] == '.')
            return true;
    }
    for (uint32_t s = 0; s < walk->entries->section_count; s++)
        if (vg_slice_is_str(path, walk->entries->sections[s].prefix))
            return true;
    return false;
}

/* The section that was probably meant: names cut to as many levels as `path` has. */
static vg_slice hint_section(const struct walk *walk, vg_slice path)
{
    vg_arena *arena = walk->complaints->arena;
    const char **words = VG_TAKE_N(arena, const char *, walk->entries->count);
    const char *near;
    size_t levels = 1, count = 0;

    for (size_t i = 0; i < path.len; i++)
        levels += path.at[i] == '.';
    for (uint32_t i = 0; words != NULL && i < walk->entries->count; i++) {
        const char *end = walk->entries->names[i];

        for (size_t level = 0; end != NULL && level < levels; level++)
            end = strchr(level == 0 ? end : end + 1, '.');
        if (end != NULL)
            words[count++] =
                vg_arena_copy(arena, vg_slice_of(walk->entries->names[i],
                                                 (size_t)(end - walk->entries->names[i])))
                    .at;
    }
    near = words != NULL ? vg_nearest(path, words, count) : NULL;
    return near != NULL ? vg_arena_printf(arena, "; did you mean %s?", near)
                        : vg_entries_hint(walk->entries, path, arena);
}

static const char *kind_word(const vg_yaml *node)
{
    return node->kind == VG_YAML_LIST ? "a list" : "a mapping";
}

static void take_option(const struct walk *walk, const vg_yaml *node, vg_entry *entry)
{
    bool is_list = node->kind == VG_YAML_LIST && vg_option_is_list(entry->row);

    if (node->kind != VG_YAML_TEXT && !is_list) {
        vg_complain(walk->complaints, place(walk, node), "%s: expected %s, got %s", entry->name,
                    vg_option_is_list(entry->row) ? "a list" : "one value", kind_word(node));
    } else if (entry->rank == VG_FROM_FILE) {
        vg_complain(walk->complaints, place(walk, node), "%s: is given twice, first in " VG_FMT,
                    entry->name, VG_ARG(entry->from));
    } else if (is_list) {
        vg_entry_give(entry, VG_FROM_FILE, (vg_slice){0}, place(walk, node));
        entry->list = node;
    } else if (!node->is_null) {
        vg_entry_give(entry, VG_FROM_FILE, node->text, place(walk, node));
        vg_entry_check(entry, walk->complaints);
    }
}

static void take_members(const struct walk *walk, const vg_yaml *mapping, vg_slice path);

static void take(const struct walk *walk, const vg_yaml *node, vg_slice path)
{
    vg_entry *entry = vg_entries_find(walk->entries, path);

    if (entry != NULL) {
        take_option(walk, node, entry);
    } else if (!is_section(walk, path)) {
        vg_slice hint = node->kind == VG_YAML_TEXT
                            ? vg_entries_hint(walk->entries, path, walk->complaints->arena)
                            : hint_section(walk, path);

        vg_complain(walk->complaints, place(walk, node), VG_FMT ": there is no such option" VG_FMT,
                    VG_ARG(path), VG_ARG(hint));
    } else if (node->kind == VG_YAML_MAPPING) {
        take_members(walk, node, path);
    } else if (!(node->kind == VG_YAML_TEXT && node->is_null)) {
        vg_complain(walk->complaints, place(walk, node),
                    VG_FMT ": is a section: its options go below it, indented", VG_ARG(path));
    }
}

static void take_members(const struct walk *walk, const vg_yaml *mapping, vg_slice path)
{
    for (const vg_yaml *m = mapping->first; m != NULL; m = m->next) {
        vg_slice name = path.len > 0 ? vg_arena_printf(walk->complaints->arena, VG_FMT "." VG_FMT,
                                                       VG_ARG(path), VG_ARG(m->key))
                                     : m->key;

        take(walk, m, name);
    }
}

void vg_file_read(const char *path, vg_slice text, vg_entries *entries, vg_complaints *complaints)
{
    const struct walk walk = {path, entries, complaints};
    const vg_yaml *root = text.at != NULL ? vg_yaml_read(complaints->arena, text, path, complaints)
                                          : vg_yaml_read_file(path, complaints);

    if (root == NULL)
        return;
    if (root->kind == VG_YAML_MAPPING)
        take_members(&walk, root, VG_LIT(""));
    else if (!root->is_null)
        vg_complain(complaints, place(&walk, root), "expected options, each as `name: value`");
}
