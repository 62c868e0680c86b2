/* What the files of edit.h share: an edit of one payload on its way, and the members of an object.
 * edit_read.c reads what is asked for, edit.c merges, edit_delete.c deletes. */
#ifndef FILTER_EDIT_WALK_H
#define FILTER_EDIT_WALK_H

#include "base/buf.h"
#include "filter/edit.h"

/* One edit of one payload: what is asked for, and where the answer is written. */
typedef struct vg_edit_walk {
    vg_arena *arena;
    vg_status *status;
    const vg_path *path;   /* merging: NULL for the payload itself */
    const vg_patch *patch; /* merging */
    const vg_removal *removal;
    size_t most_bytes;
    vg_buf buf;
    vg_json_out out;
} vg_edit_walk;

/* Writes what the payload becomes; false: the status tells why not. */
typedef bool vg_edit_fn(vg_edit_walk *w, const vg_json *payload);
/* Reads the payload, lets `put` write, answers as edit.h says. */
vg_slice vg_edit_run(vg_edit_walk *w, vg_slice payload, vg_edit_fn *put);
/* Tells and answers false when more was written than may be. */
bool vg_edit_is_in_size(vg_edit_walk *w);
/* Tells TOO_LARGE; answers false. */
bool vg_edit_spent(vg_status *status);

/* The members of an object, none of NULL, in their order, each name once. */
typedef struct vg_edit_members {
    vg_edit_member *at; /* NULL: the arena is spent */
    uint32_t count;
} vg_edit_members;
vg_edit_members vg_edit_members_of(vg_arena *arena, const vg_json *object);

void vg_edit_put_member(vg_edit_walk *w, vg_slice key, const vg_json *value);
/* The order of a removal's paths, step by step. */
int vg_edit_step_cmp(const vg_path_step *a, const vg_path_step *b);

#endif
