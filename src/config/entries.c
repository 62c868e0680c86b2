/* Builds the list of entries from the tables, and looks things up in it. */
#include "config/entries.h"

#include "base/nearest.h"
#include "config/planned.h"

/* The sections while they are collected. */
struct builder {
    vg_entries *out;
    vg_arena *arena;
    uint32_t room;
};

static void add_section(struct builder *b, const vg_section *section)
{
    if (b->out->sections != NULL && b->out->section_count < b->room)
        b->out->sections[b->out->section_count++] = *section;
}

static uint32_t count_adapters(void)
{
    uint32_t count = 0;

    while (vg_adapters[count] != NULL)
        count++;
    return count;
}

static uint32_t count_planned(void)
{
    uint32_t count = 0;

    while (vg_planned_backends[count].name != NULL)
        count++;
    return count;
}

/* How its troubles are met: below its own section, with the same rows for all of its kind. */
static void add_resilience(struct builder *b, const vg_adapter *adapter, vg_slice prefix)
{
    add_section(b, &(vg_section){
                       .prefix = vg_arena_printf(b->arena, VG_FMT ".resilience", VG_ARG(prefix)).at,
                       .summary = adapter->via == VG_VIA_LOCAL
                                      ? "what holds its clients back; a store of our own "
                                        "has no breaker, and nothing is asked of it twice"
                                      : "how its troubles are met: "
                                        "[resilience.md](resilience.md)",
                       .rows = vg_resilience_options(adapter),
                       .values = VG_TAKE(b->arena, vg_resilience),
                       .is_built = true,
                       .is_live = true});
}

/* Who is elsewhere has a page of its own. */
static const char *summary_of(struct builder *b, const vg_adapter *adapter)
{
    if (adapter->via == VG_VIA_LOCAL)
        return adapter->summary;
    return vg_arena_printf(b->arena,
                           "%s; set-up, rights, trouble: [backends/%s.md](backends/%s.md)",
                           adapter->summary, adapter->name, adapter->name)
        .at;
}

static void add_adapters(struct builder *b)
{
    static const vg_option none[] = {{0}};

    for (const vg_adapter *const *at = vg_adapters; *at != NULL; at++) {
        const vg_adapter *a = *at;
        vg_slice prefix = vg_arena_printf(b->arena, "vector.%s", a->name);
        void *values = vg_arena_take_zero(b->arena, 1, a->conf_size > 0 ? a->conf_size : 1);

        add_section(b, &(vg_section){.prefix = prefix.at,
                                     .summary = summary_of(b, a),
                                     .rows = a->options != NULL ? a->options : none,
                                     .values = values,
                                     .is_built = true});
        add_resilience(b, a, prefix);
    }
}

static void add_planned(struct builder *b)
{
    for (const vg_planned *p = vg_planned_backends; p->name != NULL; p++) {
        if (vg_entries_section(b->out, vg_slice_str(p->name)) != NULL)
            continue;
        add_section(b, &(vg_section){.prefix = vg_arena_printf(b->arena, "vector.%s", p->name).at,
                                     .summary = "",
                                     .rows = p->options});
    }
}

static void add_process(struct builder *b, const vg_option *rows, vg_conf *conf)
{
    add_section(b, &(vg_section){.prefix = "",
                                 .summary = "",
                                 .rows = rows,
                                 .values = conf,
                                 .is_used = true,
                                 .is_built = true,
                                 .is_live = true});
}

static char to_upper(char c)
{
    if (c >= 'a' && c <= 'z')
        return (char)(c - 'a' + 'A');
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c : '_';
}

static const char *derive_env(vg_arena *arena, const char *name)
{
    vg_slice env = vg_arena_printf(arena, "VECGATE_%s", name);
    char *copy = (char *)vg_arena_copy(arena, env).at;

    for (size_t i = 0; copy != NULL && i < env.len; i++)
        copy[i] = to_upper(copy[i]);
    return copy;
}

static uint32_t count_rows(const vg_entries *entries)
{
    uint32_t count = 0;

    for (uint32_t s = 0; s < entries->section_count; s++)
        for (const vg_option *row = entries->sections[s].rows; row->name != NULL; row++)
            count++;
    return count;
}

static void add_entries(struct builder *b, vg_section *section)
{
    for (const vg_option *row = section->rows; row->name != NULL; row++) {
        const char *dot = *section->prefix != '\0' ? "." : "";
        vg_entry *entry = &b->out->at[b->out->count];

        entry->section = section;
        entry->row = row;
        entry->name = vg_arena_printf(b->arena, "%s%s%s", section->prefix, dot, row->name).at;
        entry->env = derive_env(b->arena, entry->name);
        b->out->names[b->out->count++] = entry->name;
    }
}

bool vg_entries_build(vg_entries *entries, vg_conf *conf, vg_arena *arena)
{
    struct builder b = {entries, arena, 0};
    uint32_t rows;

    b.room = 4 + 2 * count_adapters() + count_planned();
    entries->sections = VG_TAKE_N(arena, vg_section, b.room);
    add_process(&b, vg_process_options, conf);
    add_process(&b, vg_credential_options, conf);
    add_process(&b, vg_traces_options, conf);
    add_process(&b, vg_vector_options, conf);
    add_adapters(&b);
    add_planned(&b);
    rows = count_rows(entries);
    entries->at = VG_TAKE_N(arena, vg_entry, rows);
    entries->names = VG_TAKE_N(arena, const char *, rows);
    if (vg_arena_is_spent(arena))
        return false;
    for (uint32_t s = 0; s < entries->section_count; s++)
        add_entries(&b, &entries->sections[s]);
    return !vg_arena_is_spent(arena);
}

vg_entry *vg_entries_find(const vg_entries *entries, vg_slice name)
{
    for (uint32_t i = 0; i < entries->count; i++)
        if (vg_slice_is_str(name, entries->at[i].name))
            return &entries->at[i];
    return NULL;
}

vg_slice vg_entries_place(const vg_entries *entries, const char *name)
{
    const vg_entry *entry = vg_entries_find(entries, vg_slice_str(name));

    return entry != NULL ? entry->from : VG_LIT("default");
}

vg_section *vg_entries_section(const vg_entries *entries, vg_slice name)
{
    static const char kind[] = "vector.";

    for (uint32_t s = 0; s < entries->section_count; s++) {
        const char *prefix = entries->sections[s].prefix;

        if (strncmp(prefix, kind, sizeof kind - 1) == 0 &&
            vg_slice_is_str(name, prefix + sizeof kind - 1))
            return &entries->sections[s];
    }
    return NULL;
}

vg_slice vg_entries_hint(const vg_entries *entries, vg_slice name, vg_arena *arena)
{
    const char *near = vg_nearest(name, entries->names, entries->count);

    return near != NULL ? vg_arena_printf(arena, "; did you mean %s?", near) : VG_LIT("");
}

void vg_entry_give(vg_entry *entry, vg_rank rank, vg_slice text, vg_slice from)
{
    if (rank < entry->rank)
        return;
    entry->rank = rank;
    entry->is_path = false;
    entry->is_told = false;
    entry->text = text;
    entry->list = NULL;
    entry->from = from;
}
