/* What changes in the catalog though no request asked for it: jobs tidy up and erase, collections
 * that were there before vecgate are adopted, those that are gone are forgotten. A line of the
 * audit log for each. */
#ifndef CLI_TRAIL_H
#define CLI_TRAIL_H

#include "vecgate/op.h"

/* vg_catalog_parts.changed; `parts` is the worker's. What requests ask for is passed over: the
 * front tells it, and knows more. */
void vg_trail_changed(void *parts, const vg_op *op, vg_slice name);
/* vg_jobs_parts.changed. */
void vg_trail_erased(void *parts, const vg_op *op);

#endif
