/* A row of configuration: from it come parsing, validation, `config`, `--help`,
 * conf/vecgate.yaml and docs/options.md. A table ends with a zero row. */
#ifndef VECGATE_OPTION_H
#define VECGATE_OPTION_H

#include "vecgate/slice.h"

typedef enum vg_option_kind {
    VG_OPT_END,
    VG_OPT_BOOL,     /* bool; true, false, yes, no, on, off */
    VG_OPT_COUNT,    /* uint64_t */
    VG_OPT_BYTES,    /* uint64_t; 512, 64KiB, 32MiB, 1GiB */
    VG_OPT_DURATION, /* uint64_t milliseconds; 250ms, 30s, 5m, 2h */
    VG_OPT_TEXT,     /* vg_slice; NUL behind it */
    VG_OPT_SECRET,   /* vg_slice; NUL behind it; never shown */
    VG_OPT_WORD,     /* int: place in `words` */
    VG_OPT_ADDRESS,  /* vg_slice: HOST:PORT or [V6]:PORT, checked */
    VG_OPT_URL,      /* vg_slice: scheme and host, checked */
    VG_OPT_KEYS,     /* vg_key_list (config/keys.h): who is let in; its keys are never shown */
    VG_OPT_BOUNDS,   /* vg_tenant_bounds_list (config/bounds.h): what single tenants may ask */
} vg_option_kind;

struct vg_option {
    const char *name; /* under its section, dots between levels: "pool.max" */
    vg_option_kind kind;
    size_t at;                /* offset in the section's struct */
    const char *def;          /* as it would be written in YAML; NULL: empty or zero */
    const char *env;          /* a variable beside the derived VECGATE_SECTION_NAME; NULL: none */
    const char *const *words; /* VG_OPT_WORD: NULL-terminated */
    uint64_t min, max;        /* COUNT, BYTES, DURATION; max 0: no upper bound */
    bool need;                /* must be given when its section is in use */
    bool live;                /* may change on reload */
    const char *doc;          /* one sentence, no full stop */
};

#endif
