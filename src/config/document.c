/* The tables as documents: conf/vecgate.yaml, docs/options.md, the options part of --help. */
#include "config/entries.h"
#include "config/option.h"
#include "config/outline.h"

enum { ARENA_BYTES = 4 << 20, LINE_WIDTH = 100 };

/* Entries as they are before any source spoke. NULL: no memory. */
static vg_config *untouched(void)
{
    vg_arena *arena = vg_arena_new(ARENA_BYTES);
    vg_config *config = arena != NULL ? VG_TAKE(arena, vg_config) : NULL;

    if (config == NULL || !vg_entries_build(&config->entries, &config->conf, arena)) {
        vg_arena_free(arena);
        return NULL;
    }
    config->arena = arena;
    return config;
}

/* How much of `text` fits into `room`: up to a blank, or one word if that alone is longer. */
static size_t cut_line(vg_slice text, size_t room)
{
    size_t cut = 0;

    if (text.len <= room)
        return text.len;
    for (size_t at = 0; at <= room; at++)
        if (text.at[at] == ' ')
            cut = at;
    return cut > 0 ? cut : vg_slice_find(text, ' ');
}

/* Lines of at most LINE_WIDTH, each begun by the indentation and `start`. */
static void put_wrapped(vg_outline *outline, int depth, const char *start, vg_slice text)
{
    size_t room = LINE_WIDTH - 2 * (size_t)depth - strlen(start);

    while (text.len > 0) {
        size_t cut = cut_line(text, room);

        vg_outline_indent(outline, depth);
        vg_buf_put(outline->to, vg_slice_str(start));
        vg_buf_put(outline->to, vg_slice_of(text.at, cut));
        vg_buf_put_byte(outline->to, '\n');
        text = vg_slice_skip(text, cut + 1);
    }
}

/* "VECGATE_VECTOR_BACKEND or VECTOR_BACKEND", each between `quote`s. */
static vg_slice variables(const vg_entry *entry, const char *quote, vg_arena *arena)
{
    if (entry->row->env == NULL)
        return vg_arena_printf(arena, "%s%s%s", quote, entry->env, quote);
    return vg_arena_printf(arena, "%s%s%s or %s%s%s", quote, entry->env, quote, quote,
                           entry->row->env, quote);
}

/* ---- conf/vecgate.yaml ---- */

static void put_yaml_entry(vg_outline *outline, const vg_entry *entry, vg_arena *arena)
{
    vg_slice def = vg_slice_str(entry->row->def);
    int depth = vg_outline_open(outline, entry->name);

    put_wrapped(outline, depth, "# ", vg_slice_str(entry->row->doc));
    put_wrapped(outline, depth, "# ",
                vg_arena_printf(arena, "(" VG_FMT "; " VG_FMT "%s)",
                                VG_ARG(vg_option_describe(entry->row, arena)),
                                VG_ARG(variables(entry, "", arena)),
                                entry->row->need ? "; needed" : ""));
    vg_outline_put_name(outline, entry->name, def.len > 0 ? "" : "# ");
    vg_outline_put_value(outline, def);
    vg_buf_put_byte(outline->to, '\n');
}

void vg_config_write_yaml(vg_buf *to)
{
    vg_config *config = untouched();
    vg_outline outline = {.to = to};

    vg_buf_put(
        to,
        VG_LIT("# Every option at its default. Written by `vecgate docs` from the tables of the "
               "code: edit a copy.\n"
               "# A value may hold ${NAME}, ${NAME:-default} and ${file:/path}; a dollar "
               "itself is $$.\n"
               "# The environment wins over this file, the command line over both.\n\n"));
    for (uint32_t i = 0; config != NULL && i < config->entries.count; i++)
        if (config->entries.at[i].section->is_built)
            put_yaml_entry(&outline, &config->entries.at[i], config->arena);
    vg_config_free(config);
}

/* ---- docs/options.md ---- */

static void put_heading(const vg_section *section, vg_buf *to)
{
    if (*section->prefix == '\0')
        vg_buf_printf(to, "\n## %s\n\n",
                      section->rows == vg_vector_options       ? "Vector backend"
                      : section->rows == vg_credential_options ? "Credentials"
                      : section->rows == vg_traces_options     ? "Traces"
                                                               : "The process");
    else
        vg_buf_printf(
            to, "\n## `%s`\n\n%s%s\n\n", section->prefix, section->summary,
            section->is_built ? "." : "Not part of this build: known, and refused when chosen.");
    vg_buf_put(to, VG_LIT("| option | value | default | environment | on reload | what it is |\n"
                          "|---|---|---|---|---|---|\n"));
}

static void put_docs_row(const vg_entry *entry, vg_buf *to, vg_arena *arena)
{
    const vg_section *section = entry->section;
    vg_slice def = vg_slice_str(entry->row->def);

    vg_buf_printf(to, "| `%s` | " VG_FMT " | ", entry->name,
                  VG_ARG(vg_option_describe(entry->row, arena)));
    if (entry->row->need)
        vg_buf_put(to, VG_LIT("needed"));
    else if (def.len > 0)
        vg_buf_printf(to, "`" VG_FMT "`", VG_ARG(def));
    vg_buf_printf(to, " | " VG_FMT " | %s | %s |\n", VG_ARG(variables(entry, "`", arena)),
                  entry->row->live && section->is_live ? "applied" : "restart", entry->row->doc);
}

void vg_config_write_docs(vg_buf *to)
{
    vg_config *config = untouched();
    const vg_section *before = NULL;

    vg_buf_put(
        to,
        VG_LIT(
            "# Options\n\n"
            "<!-- Written by `vecgate docs` from the tables of the code. -->\n\n"
            "Later sources win: the default, the file (`--config`, or `VECGATE_CONFIG`), the "
            "environment, the command line (`--set name=value`). An empty variable counts as not "
            "set. For a secret or a list, its variable with `_FILE` behind names a file "
            "that "
            "holds it.\n\n"
            "In the file a dot is a level: `log.level` is `level:` below `log:`. A value may hold "
            "`${NAME}`, `${NAME:-default}` and `${file:/path}`; a dollar itself is `$$`. Sizes are "
            "written `512`, `64KiB`, `32MiB`, `1GiB`; times `250ms`, `30s`, `5m`, `2h`. The file "
            "as "
            "a whole, at its defaults: [conf/vecgate.yaml](../conf/vecgate.yaml).\n\n"
            "`vecgate check` tells everything that is wrong at once; `vecgate config` shows what "
            "is "
            "in effect and where it came from.\n"));
    for (uint32_t i = 0; config != NULL && i < config->entries.count; i++) {
        const vg_entry *entry = &config->entries.at[i];

        if (i == 0 || entry->section != before)
            put_heading(entry->section, to);
        before = entry->section;
        put_docs_row(entry, to, config->arena);
    }
    vg_config_free(config);
}

/* ---- --help ---- */

void vg_config_write_help(vg_buf *to)
{
    vg_config *config = untouched();
    vg_outline outline = {.to = to};

    for (uint32_t i = 0; config != NULL && i < config->entries.count; i++) {
        const vg_entry *entry = &config->entries.at[i];

        if (!entry->section->is_built)
            continue;
        vg_buf_printf(to, "  %s", entry->name);
        if (entry->row->def != NULL && *entry->row->def != '\0')
            vg_buf_printf(to, "=%s", entry->row->def);
        vg_buf_put_byte(to, '\n');
        put_wrapped(&outline, 0, "        ", vg_slice_str(entry->row->doc));
    }
    vg_config_free(config);
}
