/* Backends and stores that a configuration may name but this build does not have: their keys are
 * known, so that one file serves every build; choosing one is refused by its name. */
#ifndef CONFIG_PLANNED_H
#define CONFIG_PLANNED_H

#include "vecgate/option.h"

typedef struct vg_planned {
    const char *name;
    const vg_option *options;
} vg_planned;

extern const vg_planned vg_planned_backends[]; /* ends with a zero row */
/* Schemes of metadata connection strings; NULL-terminated. */
extern const char *const vg_planned_metadata[];

#endif
