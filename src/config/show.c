/* `vecgate config`: what is in effect, as a file that would say the same, and where each value is
 * from. */
#include "config/entries.h"
#include "config/option.h"
#include "config/outline.h"

void vg_config_show(const vg_config *config, vg_buf *to)
{
    vg_arena *arena = vg_arena_new(4 << 20);
    vg_outline outline = {.to = to};

    for (uint32_t i = 0; arena != NULL && i < config->entries.count; i++) {
        const vg_entry *entry = &config->entries.at[i];
        vg_slice value;

        if (!entry->section->is_used)
            continue;
        value = vg_option_write(entry->row, entry->section->values, arena);
        vg_outline_put_name(&outline, entry->name, "");
        vg_outline_put_value(&outline, value);
        vg_buf_printf(to, " # " VG_FMT "\n", VG_ARG(entry->from));
    }
    vg_arena_free(arena);
}
