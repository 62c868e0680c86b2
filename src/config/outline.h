/* Dotted names as indented YAML: "log.level", "log.form" become two lines below one "log:". */
#ifndef CONFIG_OUTLINE_H
#define CONFIG_OUTLINE_H

#include "base/buf.h"

typedef struct vg_outline {
    vg_buf *to;
    const char *open; /* the newest name; NULL: none yet */
} vg_outline;

/* The sections that are not open yet, then indentation, `mark` ("" or "# "), the last part and a
 * colon. Names of one section must follow each other. */
void vg_outline_put_name(vg_outline *outline, const char *name, const char *mark);
/* Only the sections and nothing of the name itself; answers the depth that a line below them has.
 */
int vg_outline_open(vg_outline *outline, const char *name);
/* " value", in quotes where YAML would read something else; nothing when it is empty. */
void vg_outline_put_value(vg_outline *outline, vg_slice value);
void vg_outline_indent(vg_outline *outline, int depth);

#endif
