/* Places in boxes, circles and polygons; and that bounds hold all that meets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "filter/geo.h"
#include "tests/support/chance.h"

static const struct {
    const char *says;
    vg_geo at, top_left, bottom_right; /* lon, lat */
    bool is_in;
} boxes[] = {
    {"inside", {1, 1}, {0, 2}, {2, 0}, true},
    {"on the left edge", {0, 1}, {0, 2}, {2, 0}, false},
    {"on the right edge", {2, 1}, {0, 2}, {2, 0}, false},
    {"on the upper edge", {1, 2}, {0, 2}, {2, 0}, false},
    {"on the lower edge", {1, 0}, {0, 2}, {2, 0}, false},
    {"west of it", {-1, 1}, {0, 2}, {2, 0}, false},
    {"over the antimeridian, east", {179, 1}, {170, 2}, {-170, 0}, true},
    {"and west", {-179, 1}, {170, 2}, {-170, 0}, true},
    {"and on it", {180, 1}, {170, 2}, {-170, 0}, true},
    {"on the other side of the globe", {0, 1}, {170, 2}, {-170, 0}, false},
    {"over it, but above", {179, 3}, {170, 2}, {-170, 0}, false},
};

static void boxes_are_open_and_go_over_the_antimeridian(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof boxes / sizeof *boxes; i++)
        if (vg_geo_in_box(boxes[i].at, boxes[i].top_left, boxes[i].bottom_right) != boxes[i].is_in)
            fail_msg("%s", boxes[i].says);
}

static void must_be_about(double got, double wanted_m)
{
    if (got < wanted_m - 1 || got > wanted_m + 1)
        fail_msg("%f m, not %f", got, wanted_m);
}

/* A degree of a great circle is 2 pi 6371008.8 m / 360. */
static void distances_are_along_great_circles(void **state)
{
    const double degree_m = 111195.0802;

    (void)state;
    must_be_about(vg_geo_distance_m((vg_geo){0, 0}, (vg_geo){1, 0}), degree_m);
    must_be_about(vg_geo_distance_m((vg_geo){0, 89}, (vg_geo){180, 89}), 2 * degree_m);
    must_be_about(vg_geo_distance_m((vg_geo){179.5, 0}, (vg_geo){-179.5, 0}), degree_m);
    must_be_about(vg_geo_distance_m((vg_geo){0, 0}, (vg_geo){180, 0}), 180 * degree_m);
    must_be_about(vg_geo_distance_m((vg_geo){13.4050, 52.5200}, (vg_geo){37.6173, 55.7558}),
                  1608833.6);
    assert_false(vg_geo_in_radius((vg_geo){1, 2}, (vg_geo){1, 2}, 0));
    assert_true(vg_geo_in_radius((vg_geo){1, 2}, (vg_geo){1, 2}, 0.001));
}

static const vg_geo square[] = {{0, 0}, {10, 0}, {10, 10}, {0, 10}, {0, 0}};
static const vg_geo hole[] = {{4, 4}, {6, 4}, {6, 6}, {4, 6}, {4, 4}};
static const vg_geo arrow[] = {{0, 0}, {4, 2}, {8, 0}, {4, 8}, {0, 0}};

static const struct {
    const char *says;
    const vg_geo *ring;
    vg_geo at;
    bool is_in, is_in_with_hole;
} polygons[] = {
    {"inside", square, {1, 1}, true, true},
    {"outside", square, {11, 5}, false, false},
    {"on an edge", square, {10, 5}, false, false},
    {"on a corner", square, {10, 10}, false, false},
    {"in the hole", square, {5, 5}, true, false},
    {"on the hole's edge", square, {4, 5}, true, false},
    {"level with corners of the hole", square, {2, 4}, true, true},
    {"in the notch of an arrow", arrow, {4, 1}, false, false},
    {"in its tip", arrow, {4, 7}, true, true},
};

static void polygons_have_holes_and_no_borders(void **state)
{
    const vg_geo_ring inner = {hole, 5};

    (void)state;
    for (size_t i = 0; i < sizeof polygons / sizeof *polygons; i++) {
        const vg_geo_ring ring = {polygons[i].ring, 5};

        if (vg_geo_in_polygon(polygons[i].at, &ring, NULL, 0) != polygons[i].is_in ||
            vg_geo_in_polygon(polygons[i].at, &ring, &inner, 1) != polygons[i].is_in_with_hole)
            fail_msg("%s", polygons[i].says);
    }
}

static double random_between(double from, double to)
{
    return from + (to - from) * (double)(chance_next() >> 11) * 0x1p-53;
}

static vg_geo random_place(void)
{
    return (vg_geo){random_between(-180, 180), random_between(-90, 90)};
}

static vg_condition random_circle(void)
{
    const double radii[] = {1, 1000, 50000, 2e6, 1e7, 2.1e7};
    vg_condition c = {.test = VG_TEST_GEO_RADIUS};

    c.as.radius.center = random_place();
    c.as.radius.radius_m = radii[chance_below(6)];
    return c;
}

/* Places near the circle's edge, in all directions. */
static void all_that_meets_lies_within_the_bounds(void **state)
{
    int met = 0;

    (void)state;
    chance_begin("all_that_meets_lies_within_the_bounds");
    for (int i = 0; i < 20000; i++) {
        vg_condition c = random_circle();
        vg_geo_bounds bounds = vg_geo_bounds_of(&c);
        double reach = c.as.radius.radius_m / 111195;
        vg_geo at = {c.as.radius.center.lon + random_between(-3 * reach, 3 * reach),
                     c.as.radius.center.lat + random_between(-reach, reach)};

        if (at.lat < -90 || at.lat > 90 || at.lon < -180 || at.lon > 180 || !vg_geo_meets(at, &c))
            continue;
        met++;
        assert_true(at.lat >= bounds.min_lat && at.lat <= bounds.max_lat);
        assert_true(at.lon >= bounds.min_lon && at.lon <= bounds.max_lon);
    }
    assert_true(met > 1000);
}

static void bounds_are_no_wider_than_need_be(void **state)
{
    vg_condition c = {.test = VG_TEST_GEO_RADIUS};
    vg_geo_bounds bounds;

    (void)state;
    c.as.radius.center = (vg_geo){10, 60};
    c.as.radius.radius_m = 111195;
    bounds = vg_geo_bounds_of(&c);
    assert_true(bounds.min_lat > 58.9 && bounds.max_lat < 61.1);
    assert_true(bounds.min_lon > 7.9 && bounds.max_lon < 12.1); /* a degree is half as long there */
    c = (vg_condition){.test = VG_TEST_GEO_POLYGON, .as.polygon = {{arrow, 5}, NULL, 0}};
    bounds = vg_geo_bounds_of(&c);
    assert_true(bounds.min_lat == 0 && bounds.max_lat == 8);
    assert_true(bounds.min_lon == 0 && bounds.max_lon == 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boxes_are_open_and_go_over_the_antimeridian),
        cmocka_unit_test(distances_are_along_great_circles),
        cmocka_unit_test(polygons_have_holes_and_no_borders),
        cmocka_unit_test(all_that_meets_lies_within_the_bounds),
        cmocka_unit_test(bounds_are_no_wider_than_need_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
