/* See geo.h. */
#include "filter/geo.h"

#include <math.h>

static const double earth_radius_m = 6371008.8; /* mean radius, IUGG 1980 */
static const double degree = 0.017453292519943295;

/* Wider than any rounding of the formulas below, in degrees: about 0.1 m. */
static const double slack = 1e-6;

bool vg_geo_in_box(vg_geo at, vg_geo top_left, vg_geo bottom_right)
{
    bool is_east = at.lon > top_left.lon, is_west = at.lon < bottom_right.lon;

    if (at.lat <= bottom_right.lat || at.lat >= top_left.lat)
        return false;
    return top_left.lon > bottom_right.lon ? is_east || is_west : is_east && is_west;
}

double vg_geo_distance_m(vg_geo a, vg_geo b)
{
    double half_lat = sin((b.lat - a.lat) * degree / 2);
    double half_lon = sin((b.lon - a.lon) * degree / 2);
    double square =
        half_lat * half_lat + cos(a.lat * degree) * cos(b.lat * degree) * half_lon * half_lon;

    return earth_radius_m * 2 * asin(fmin(1, sqrt(square)));
}

bool vg_geo_in_radius(vg_geo at, vg_geo center, double radius_m)
{
    return vg_geo_distance_m(at, center) < radius_m;
}

typedef enum side { OUTSIDE, ON_BORDER, INSIDE } side;

static bool is_on_edge(vg_geo at, vg_geo a, vg_geo b)
{
    return at.lon * (a.lat - b.lat) + a.lon * (b.lat - at.lat) + b.lon * (at.lat - a.lat) == 0 &&
           (a.lat - at.lat) * (b.lat - at.lat) <= 0 && (a.lon - at.lon) * (b.lon - at.lon) <= 0;
}

/* How often a ray from the place crosses the ring: odd is inside. */
static side side_of(vg_geo at, const vg_geo_ring *ring)
{
    bool is_inside = false;

    for (uint32_t i = 0; i + 1 < ring->count; i++) {
        vg_geo a = ring->points[i], b = ring->points[i + 1];

        if (is_on_edge(at, a, b))
            return ON_BORDER;
        if ((a.lon > at.lon) != (b.lon > at.lon) &&
            at.lat < (b.lat - a.lat) * (at.lon - a.lon) / (b.lon - a.lon) + a.lat)
            is_inside = !is_inside;
    }
    return is_inside ? INSIDE : OUTSIDE;
}

bool vg_geo_in_polygon(vg_geo at, const vg_geo_ring *exterior, const vg_geo_ring *interiors,
                       uint32_t count)
{
    if (side_of(at, exterior) != INSIDE)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (side_of(at, &interiors[i]) != OUTSIDE)
            return false;
    return true;
}

bool vg_geo_meets(vg_geo at, const vg_condition *condition)
{
    switch (condition->test) {
    case VG_TEST_GEO_BOX:
        return vg_geo_in_box(at, condition->as.box.top_left, condition->as.box.bottom_right);
    case VG_TEST_GEO_RADIUS:
        return vg_geo_in_radius(at, condition->as.radius.center, condition->as.radius.radius_m);
    default:
        return vg_geo_in_polygon(at, &condition->as.polygon.exterior,
                                 condition->as.polygon.interiors, condition->as.polygon.count);
    }
}

/* ---- bounds ---- */

static vg_geo_bounds bounds_of_box(vg_geo top_left, vg_geo bottom_right)
{
    bool goes_over = top_left.lon > bottom_right.lon;

    return (vg_geo_bounds){
        .min_lat = bottom_right.lat,
        .max_lat = top_left.lat,
        .min_lon = goes_over ? -180 : top_left.lon,
        .max_lon = goes_over ? 180 : bottom_right.lon,
    };
}

/* A circle touches its easternmost meridian where sin(Δlon) = sin(radius) / cos(lat); one that
 * holds a pole meets them all. */
static vg_geo_bounds bounds_of_circle(vg_geo center, double radius_m)
{
    double angle = fmax(0, radius_m) / earth_radius_m, reach = angle / degree + slack;
    vg_geo_bounds bounds = {center.lat - reach, center.lat + reach, -180, 180};
    double turn;

    if (bounds.min_lat <= -90 || bounds.max_lat >= 90)
        return bounds;
    turn = asin(fmin(1, sin(angle) / cos(center.lat * degree))) / degree + slack;
    if (center.lon - turn > -180 && center.lon + turn < 180) {
        bounds.min_lon = center.lon - turn;
        bounds.max_lon = center.lon + turn;
    }
    return bounds;
}

static vg_geo_bounds bounds_of_ring(const vg_geo_ring *ring)
{
    vg_geo_bounds bounds = {90, -90, 180, -180};

    for (uint32_t i = 0; i < ring->count; i++) {
        bounds.min_lat = fmin(bounds.min_lat, ring->points[i].lat);
        bounds.max_lat = fmax(bounds.max_lat, ring->points[i].lat);
        bounds.min_lon = fmin(bounds.min_lon, ring->points[i].lon);
        bounds.max_lon = fmax(bounds.max_lon, ring->points[i].lon);
    }
    return bounds;
}

vg_geo_bounds vg_geo_bounds_of(const vg_condition *condition)
{
    switch (condition->test) {
    case VG_TEST_GEO_BOX:
        return bounds_of_box(condition->as.box.top_left, condition->as.box.bottom_right);
    case VG_TEST_GEO_RADIUS:
        return bounds_of_circle(condition->as.radius.center, condition->as.radius.radius_m);
    default:
        return bounds_of_ring(&condition->as.polygon.exterior);
    }
}
