/* What an identity may do: what is needed for a request, as a table, and whether somebody has it.
 * Texts are Qdrant's (FACTS 12), said by both APIs. Existence is not looked at: who may not have a
 * collection does not learn whether it is there.
 *
 *     head of a request   vg_rights_judge()     by its route, and the collection in its path
 *     its body            vg_rights_judge_op()  the same, and every further collection it names
 *     its answer          vg_rights_cut()       lists show what may be seen
 *
 * An identity is of all collections of its tenant (`global`), or of those listed, by the names that
 * clients say: an alias is listed as itself. What is not of one collection (jobs, backends) takes
 * the former. What tells of the whole gateway, hence of other tenants too (metrics), takes an
 * operator: that, of the default tenant or one that may choose its tenant. Pure; any thread. */
#ifndef GATE_RIGHTS_H
#define GATE_RIGHTS_H

#include "gate/identity.h"

typedef enum vg_right {
    VG_RIGHT_OF_KIND,        /* in a table of routes: what the kind of operation says */
    VG_RIGHT_NOTHING,        /* everybody, without a credential */
    VG_RIGHT_ANY,            /* a credential; what it shows is cut to what that one may see */
    VG_RIGHT_READ,           /* points of the collection, as far as `only` lets through */
    VG_RIGHT_READ_WHOLE,     /* the same without any `only` */
    VG_RIGHT_READ_OBJECT,    /* more than points: snapshots, shards; without `only` */
    VG_RIGHT_WRITE,          /* points of the collection, as far as `only` lets through */
    VG_RIGHT_WRITE_WHOLE,    /* the same without any `only` */
    VG_RIGHT_WRITE_OBJECT,   /* more than points: payload fields, snapshots; without `only` */
    VG_RIGHT_MANAGE,         /* make, change, delete the collection, or an alias of that name */
    VG_RIGHT_GLOBAL_READ,    /* of all collections */
    VG_RIGHT_GLOBAL_MANAGE,  /* the same */
    VG_RIGHT_GATEWAY_READ,   /* of an operator */
    VG_RIGHT_GATEWAY_MANAGE, /* the same */
    VG_RIGHTS,
} vg_right;

/* Of kinds that no route has: VG_RIGHT_GATEWAY_MANAGE. */
vg_right vg_right_of(vg_op_kind kind);
/* "manage", for docs. */
const char *vg_right_word(vg_right right);

/* May `who` do that to the collection? {NULL, 0}: it is not known yet, and whoever has a list is
 * judged by it later. False: FORBIDDEN, its text in `arena`. Not OF_KIND. */
bool vg_rights_judge(const vg_identity *who, vg_right right, vg_slice collection, vg_arena *arena,
                     vg_status *status);
/* The whole op, decoded: op->name, both names of each change of aliases, and that collections which
 * examples or groups are looked up in may be read without `only`. */
bool vg_rights_judge_op(const vg_identity *who, vg_right right, const vg_op *op, vg_status *status);

/* What the identity asks of ops on that collection, in `arena`; *out is NULL when that is nothing.
 * False: the arena is spent. */
bool vg_rights_claims(const vg_identity *who, vg_slice collection, vg_arena *arena,
                      const vg_claims **out);

/* Of an op that ended well: leaves out of a list of collections and of aliases what may not be
 * seen; an alias is seen where its collection is. False: the arena is spent. */
bool vg_rights_cut(const vg_identity *who, vg_op *op);

#endif
