/* A YAML file as a tree of mappings, lists and texts, each with its line. Only what a configuration
 * needs: keys that come twice, anchors, aliases, tags and second documents are refused, depth and
 * size are bounded. Numbers and the like stay text: the option's row knows what is meant. */
#ifndef CONFIG_YAML_H
#define CONFIG_YAML_H

#include "config/complain.h"

enum { VG_YAML_BYTES = 1 << 20, VG_YAML_DEPTH = 16, VG_YAML_NODES = 20000 };

typedef enum vg_yaml_kind { VG_YAML_TEXT, VG_YAML_MAPPING, VG_YAML_LIST } vg_yaml_kind;

typedef struct vg_yaml vg_yaml;
struct vg_yaml {
    vg_yaml_kind kind;
    uint32_t line; /* of its key, when it has one; from 1 */
    vg_slice key;  /* when its parent is a mapping */
    vg_slice text; /* TEXT: as the reader understood it; a NUL behind it */
    bool is_null;  /* TEXT: nothing, `~` or `null`, not quoted */
    const vg_yaml *first;
    const vg_yaml *next;
};

/* The document; an empty text is an empty mapping. NULL when it is not well formed, or not allowed:
 * told as
 * "<file>:<line>: …". Nodes live in the arena and do not need the text. */
const vg_yaml *vg_yaml_read(vg_arena *arena, vg_slice text, const char *file,
                            vg_complaints *complaints);
/* The same of a file. */
const vg_yaml *vg_yaml_read_file(const char *path, vg_complaints *complaints);

#endif
