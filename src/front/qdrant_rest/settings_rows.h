/* The one table of settings (FACTS 10). Private to settings.c, which checks and collects them, and
 * to settings_write.c, which tells them. */
#ifndef FRONT_QDRANT_REST_SETTINGS_ROWS_H
#define FRONT_QDRANT_REST_SETTINGS_ROWS_H

#include "front/member.h"

typedef enum vg_setting_kind {
    VG_SETTING_COUNT,
    VG_SETTING_REAL,
    VG_SETTING_BOOL,
    VG_SETTING_THREADS, /* a count, or "auto" */
    VG_SETTING_OBJECT,
    VG_SETTING_SHARDING,
    VG_SETTING_DATATYPE,
    VG_SETTING_INT8, /* "int8" */
} vg_setting_kind;

typedef struct vg_setting {
    const char *name;
    const char *other; /* second spelling */
    vg_setting_kind kind;
    double min, max; /* COUNT, REAL; max 0: no bound */
    const char *def; /* as the description shows it; NULL: left out when it is not set */
} vg_setting;

typedef struct vg_settings_section {
    const char *name;
    const char *other;
    const vg_setting *rows;  /* NULL: any object */
    const vg_unbuilt *newer; /* what later releases know there; NULL: nothing */
} vg_settings_section;

enum { VG_SETTINGS_SECTIONS = 5 };
extern const vg_settings_section vg_settings_sections[VG_SETTINGS_SECTIONS];

extern const vg_unbuilt vg_hnsw_newer[]; /* of a vector's own, too */

/* Each ends with {NULL}. Those of sparse vectors and of quantization have no defaults. The last are
 * those that are in no section, beside the vectors. */
extern const vg_setting vg_hnsw_settings[], vg_optimizer_settings[], vg_wal_settings[],
    vg_sparse_settings[], vg_scalar_settings[], vg_binary_settings[], vg_param_settings[];

#endif
