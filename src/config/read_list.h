/* What lists of entries, of keys and of tenants' bounds, are read with: places, complaints, texts,
 * names. Inside src/config. */
#ifndef CONFIG_READ_LIST_H
#define CONFIG_READ_LIST_H

#include "config/complain.h"
#include "config/yaml.h"

/* A text that may point elsewhere (expand.h), or is taken as it is. */
typedef struct vg_list_source {
    const char *place; /* before ":line" */
    bool expands;
    const char *const *variables;
} vg_list_source;

typedef struct vg_list_reader {
    const vg_list_source *source;
    vg_complaints *complaints;
} vg_list_reader;

/* "vecgate.yaml:12" */
vg_slice vg_list_place(const vg_list_reader *r, const vg_yaml *node);
/* Complains about the node, by its key if it has one; answers false. */
bool vg_list_refuse(const vg_list_reader *r, const vg_yaml *node, const char *says);
/* One value, expanded, not empty. False: told. */
bool vg_list_text(const vg_list_reader *r, const vg_yaml *node, vg_slice *out);
bool vg_list_is_printable(vg_slice text);
/* The name of a tenant. False: told. */
bool vg_list_tenant(const vg_list_reader *r, const vg_yaml *node, vg_slice *out);

#endif
