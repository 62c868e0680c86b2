/* Places on the globe (FACTS 7). Edges and borders are outside, everywhere: boxes are open, a
 * radius is strictly less, a polygon's rings belong to nothing. */
#ifndef FILTER_GEO_H
#define FILTER_GEO_H

#include "vecgate/filter.h"

/* A box whose left side is east of its right side goes over the antimeridian. */
bool vg_geo_in_box(vg_geo at, vg_geo top_left, vg_geo bottom_right);
/* Along a great circle, by the haversine formula, on a sphere of the mean radius 6371008.8 m. */
double vg_geo_distance_m(vg_geo a, vg_geo b);
bool vg_geo_in_radius(vg_geo at, vg_geo center, double radius_m);
/* In the plane of degrees: rings do not go over the antimeridian. Inside the exterior, and neither
 * inside nor on the border of an interior. */
bool vg_geo_in_polygon(vg_geo at, const vg_geo_ring *exterior, const vg_geo_ring *interiors,
                       uint32_t count);
/* Any of the three: GEO_BOX, GEO_RADIUS, GEO_POLYGON. */
bool vg_geo_meets(vg_geo at, const vg_condition *condition);

/* What an index may look for: all that meets the condition lies within, borders included. */
typedef struct vg_geo_bounds {
    double min_lat, max_lat;
    double min_lon, max_lon; /* -180 to 180 when it goes around or over the antimeridian */
} vg_geo_bounds;
vg_geo_bounds vg_geo_bounds_of(const vg_condition *condition);

#endif
