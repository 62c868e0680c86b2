/* Everything that can be configured, as one list: the process's rows, the sections of what is built
 * in, the sections of what is planned. Sources write texts into it; later they become values.
 * Inside src/config. */
#ifndef CONFIG_ENTRIES_H
#define CONFIG_ENTRIES_H

#include "config/complain.h"
#include "config/config.h"
#include "config/yaml.h"

/* Where a text came from; a later one wins. */
typedef enum vg_rank {
    VG_FROM_DEFAULT,
    VG_FROM_OTEL, /* a variable of OpenTelemetry: whatever is said to us alone wins */
    VG_FROM_FILE,
    VG_FROM_OWN_VARIABLE, /* QDRANT_API_KEY: shared with other programs, so the derived name wins */
    VG_FROM_VARIABLE,     /* VECGATE_VECTOR_QDRANT_API_KEY */
    VG_FROM_COMMAND,
} vg_rank;

/* A table of rows and the struct that its values go to. */
typedef struct vg_section {
    const char *prefix; /* "", "vector.qdrant" */
    const char *summary;
    const vg_option *rows;
    void *values;  /* NULL: planned, nobody reads them */
    bool is_used;  /* of the process itself, or of what was chosen */
    bool is_built; /* part of this build */
    bool is_live;  /* the loop alone reads its values: rows that say so may change while serving */
} vg_section;

typedef struct vg_entry {
    vg_section *section;
    const vg_option *row;
    const char *name; /* "vector.qdrant.url" */
    const char *env;  /* "VECGATE_VECTOR_QDRANT_URL" */
    vg_rank rank;
    bool is_told;        /* `text` was refused already */
    bool is_path;        /* `text` names the file that holds the value (NAME_FILE) */
    vg_slice text;       /* as given; {NULL, 0} when not */
    const vg_yaml *list; /* written out in the file: instead of `text` */
    vg_slice from;       /* "vecgate.yaml:12", "VECGATE_LISTEN", "command line" */
} vg_entry;

typedef struct vg_entries {
    vg_entry *at;
    const char **names; /* of all, for the nearest */
    uint32_t count;
    vg_section *sections;
    uint32_t section_count;
} vg_entries;

/* All entries, nothing given. Values of the process go to `conf`; what is built in gets structs of
 * its own in the arena. False: no memory. */
bool vg_entries_build(vg_entries *entries, vg_conf *conf, vg_arena *arena);
vg_entry *vg_entries_find(const vg_entries *entries, vg_slice name);
/* Where its value came from, for a complaint about it. */
vg_slice vg_entries_place(const vg_entries *entries, const char *name);
/* The section "vector.<name>"; NULL when there is none. */
vg_section *vg_entries_section(const vg_entries *entries, vg_slice name);
/* " did you mean vector.backend?" with its ';', or "" when nothing is near. */
vg_slice vg_entries_hint(const vg_entries *entries, vg_slice name, vg_arena *arena);
/* Takes a text from a source of that rank, unless a higher one spoke already. */
void vg_entry_give(vg_entry *entry, vg_rank rank, vg_slice text, vg_slice from);

/* ---- the sources: each complains about what it does not know ---- */
/* `text`: the file's; NULL in `at`: it is read now. */
void vg_file_read(const char *path, vg_slice text, vg_entries *entries, vg_complaints *complaints);
void vg_env_read(const char *const *variables, vg_entries *entries, vg_complaints *complaints);
void vg_command_read(const char *const *sets, vg_entries *entries, vg_complaints *complaints);

/* Refuses at once what no value can be, also when another source overrules it later. */
void vg_entry_check(vg_entry *entry, vg_complaints *complaints);
/* Makes the values of a section's entries, complaining about each that cannot be one. */
void vg_resolve(const vg_entries *entries, const vg_section *section, const char *const *variables,
                vg_complaints *complaints);

/* The process's own rows (options.c): before the stores' sections, and `vector.backend` between
 * them. */
extern const vg_option vg_process_options[];
extern const vg_option vg_credential_options[]; /* credential_conf.c */
extern const vg_option vg_traces_options[];     /* traces.c */
extern const vg_option vg_vector_options[];
/* Those of `vector.<backend>.resilience` (resilience.c); values are a vg_resilience. */
const vg_option *vg_resilience_options(const vg_adapter *adapter);

struct vg_config {
    vg_arena *arena;
    vg_conf conf;
    vg_entries entries;
    const vg_adapter *adapter;
    const void *adapter_conf;
    const vg_resilience *resilience;
    const vg_adapter *metadata;
};

/* credential_conf.c: all that lets somebody in, gathered in conf->credentials.all. */
void vg_credential_conf_gather(vg_config *config, const char *const *variables,
                               vg_complaints *complaints);
/* What its options say about each other, and about who can reach the gateway. */
void vg_credential_conf_check(const vg_config *config, vg_complaints *complaints);
/* Overwrites what is secret in them. */
void vg_credential_conf_wipe(vg_config *config);

/* traces.c: what OpenTelemetry's variables say and nobody else did. After all other sources. */
void vg_traces_read_otel(const char *const *environ, vg_entries *entries, vg_arena *arena);
void vg_traces_check(const vg_config *config, vg_complaints *complaints);

/* check.c: what no single row can see. */
void vg_choose_backend(vg_config *config, vg_complaints *complaints);
void vg_choose_metadata(vg_config *config, vg_complaints *complaints);
void vg_check_all(const vg_config *config, vg_complaints *complaints);

#endif
