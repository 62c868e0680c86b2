/* Reads a configuration: tables to entries, sources into them, texts to values, then what only the
 * whole can tell. Nothing stops at the first mistake. */
#include "config/config.h"

#include "config/entries.h"

enum { ARENA_BYTES = 32 << 20 };

/* The process's rows first: they say which sections are in use. */
static void make_values(vg_config *config, const char *const *variables, vg_complaints *complaints)
{
    const vg_entries *entries = &config->entries;

    for (uint32_t s = 0; s < entries->section_count; s++)
        if (*entries->sections[s].prefix == '\0')
            vg_resolve(entries, &entries->sections[s], variables, complaints);
    vg_credential_conf_gather(config, variables, complaints);
    vg_choose_metadata(config, complaints);
    vg_choose_backend(config, complaints);
    for (uint32_t s = 0; s < entries->section_count; s++)
        if (*entries->sections[s].prefix != '\0')
            vg_resolve(entries, &entries->sections[s], variables, complaints);
}

static void read_all(vg_config *config, const vg_config_source *source, vg_complaints *complaints)
{
    if (source->file != NULL)
        vg_file_read(source->file, source->text, &config->entries, complaints);
    vg_env_read(source->environ, &config->entries, complaints);
    vg_command_read(source->sets, &config->entries, complaints);
    vg_traces_read_otel(source->environ, &config->entries, config->arena);
    make_values(config, source->environ, complaints);
    if (complaints->count == 0)
        vg_check_all(config, complaints);
}

vg_config *vg_config_read(const vg_config_source *source, vg_buf *complaints)
{
    vg_arena *arena = vg_arena_new(ARENA_BYTES);
    vg_config *config = arena != NULL ? VG_TAKE(arena, vg_config) : NULL;
    vg_complaints told = {arena, complaints, 0};

    if (config == NULL || !vg_entries_build(&config->entries, &config->conf, arena)) {
        vg_buf_put(complaints, VG_LIT("there is no memory to read a configuration\n"));
        vg_arena_free(arena);
        return NULL;
    }
    config->arena = arena;
    read_all(config, source, &told);
    if (vg_arena_is_spent(arena))
        vg_complain(&told, VG_LIT("configuration"), "is too large");
    if (told.count == 0)
        return config;
    vg_config_free(config);
    return NULL;
}

void vg_config_free(vg_config *config)
{
    if (config == NULL)
        return;
    vg_credential_conf_wipe(config);
    vg_arena_free(config->arena);
}

const vg_conf *vg_config_values(const vg_config *config)
{
    return &config->conf;
}

const vg_adapter *vg_config_adapter(const vg_config *config)
{
    return config->adapter;
}

const void *vg_config_adapter_conf(const vg_config *config)
{
    return config->adapter_conf;
}

vg_slice vg_config_place(const vg_config *config, vg_slice name)
{
    const vg_entry *entry = vg_entries_find(&config->entries, name);

    return entry != NULL ? entry->from : VG_LIT("default");
}

const vg_resilience *vg_config_resilience(const vg_config *config)
{
    return config->resilience;
}

const vg_adapter *vg_config_metadata(const vg_config *config)
{
    return config->metadata;
}
