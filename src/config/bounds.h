/* What tenants may ask of this gateway: bounds for each of them, and of single ones their own
 * (`quota` and `quota.tenants`). May change on reload; then the loop's thread alone reads it. */
#ifndef CONFIG_BOUNDS_H
#define CONFIG_BOUNDS_H

#include "vecgate/slice.h"

/* 0: no bound. */
typedef struct vg_tenant_limits {
    uint64_t rate;  /* requests per second, … */
    uint64_t burst; /* … and so many at once after a rest */
    uint64_t body_bytes;
    uint64_t collections;
    uint64_t points;
} vg_tenant_limits;

#define VG_AS_EACH UINT64_MAX /* in a tenant's own: as it is for each */

typedef struct vg_tenant_bounds {
    vg_slice tenant;
    vg_tenant_limits own;
} vg_tenant_bounds;

typedef struct vg_tenant_bounds_list {
    const vg_tenant_bounds *at; /* by tenant; each is there once */
    uint32_t count;
    char *block; /* of a list that is changed on reload: where rows and names are kept */
    size_t room;
} vg_tenant_bounds_list;

typedef struct vg_tenant_quota {
    vg_tenant_limits each;
    vg_tenant_bounds_list tenants;
} vg_tenant_quota;

/* What holds for that tenant. */
vg_tenant_limits vg_tenant_limits_of(const vg_tenant_quota *bounds, vg_slice tenant);

#endif
