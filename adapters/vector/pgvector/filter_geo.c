/* Places within a radius or a polygon, by the formulas of filter/geo.c, in their order of rounding.
 * PostgreSQL takes a product that rounds to 0 for an error; VG_GEO_NOTHING keeps them larger. */
#include <math.h>

#include "adapters/vector/pgvector/filter_parts.h"
#include "filter/values.h"

static const double degree = 0.017453292519943295;

static double rounded(double degrees)
{
    return fabs(degrees) < VG_GEO_NOTHING ? 0 : degrees;
}

static void write_float(vg_sql_writer *w, const vg_pg_scene *scene, const char *fragment,
                        double number)
{
    vg_pg_write_with(w, scene, fragment, vg_pg_param_float(scene->arena, number));
}

/* "sin((52.5-lat)*degree/2)" */
static void write_half(vg_sql_writer *w, const vg_pg_scene *scene, const char *name, double center)
{
    write_float(w, scene, "sin((%p-", rounded(center));
    vg_sql_write(w, name);
    write_float(w, scene, ")*%p/2)", degree);
}

/* What is NULL is 1 for least(). */
static void write_radius(vg_sql_writer *w, const vg_pg_scene *scene, const vg_condition *c)
{
    vg_geo center = c->as.radius.center;

    write_float(w, scene,
                "%v.lat IS NOT NULL AND %p*asin(least(1,sqrt((SELECT h*h+c*l*l FROM (SELECT ",
                12742017.6 /* twice the radius of the globe */);
    write_half(w, scene, "%v.lat", center.lat);
    vg_sql_write(w, " AS h,");
    write_half(w, scene, "%v.lon", center.lon);
    write_float(w, scene, " AS l,cos(%v.lat*%p)", degree);
    write_float(w, scene, "*%p AS c OFFSET 0) s))))", cos(center.lat * degree));
    write_float(w, scene, "<%p", c->as.radius.radius_m);
}

/* ---- polygons ---- */

/* The edges of some rings, as columns. */
typedef struct edges {
    double *from_lon, *from_lat, *to_lon, *to_lat;
    int64_t *ring;
    uint32_t count;
} edges;

static bool make_edges(vg_arena *arena, const vg_geo_ring *rings, uint32_t count, edges *out)
{
    double **columns[] = {&out->from_lon, &out->from_lat, &out->to_lon, &out->to_lat};
    size_t room = 1;

    for (uint32_t i = 0; i < count; i++)
        room += rings[i].count;
    for (int i = 0; i < 4; i++)
        *columns[i] = VG_TAKE_N(arena, double, room);
    out->ring = VG_TAKE_N(arena, int64_t, room);
    if (!out->from_lon || !out->from_lat || !out->to_lon || !out->to_lat || !out->ring)
        return false;
    out->count = 0;
    for (uint32_t r = 0; r < count; r++)
        for (uint32_t i = 0; i + 1 < rings[r].count; i++, out->count++) {
            out->from_lon[out->count] = rounded(rings[r].points[i].lon);
            out->from_lat[out->count] = rounded(rings[r].points[i].lat);
            out->to_lon[out->count] = rounded(rings[r].points[i + 1].lon);
            out->to_lat[out->count] = rounded(rings[r].points[i + 1].lat);
            out->ring[out->count] = r;
        }
    return true;
}

/* FROM the edges e (a to b, of ring r) and the place (x, y). */
static void write_edges(vg_sql_writer *w, const vg_pg_scene *scene, const edges *e)
{
    vg_arena *arena = scene->arena;

    vg_pg_write_with(w, scene, " FROM unnest(%p", vg_pg_param_floats(arena, e->from_lon, e->count));
    vg_pg_write_with(w, scene, ",%p", vg_pg_param_floats(arena, e->from_lat, e->count));
    vg_pg_write_with(w, scene, ",%p", vg_pg_param_floats(arena, e->to_lon, e->count));
    vg_pg_write_with(w, scene, ",%p", vg_pg_param_floats(arena, e->to_lat, e->count));
    vg_pg_write_with(w, scene, ",%p", vg_pg_param_ints(arena, e->ring, e->count));
    vg_sql_write(w, ") e(ax,ay,bx,by,r),(SELECT %v.lon AS x,%v.lat AS y OFFSET 0) at");
}

static const char on_border[] = "bool_or(x*(ay-by)+ax*(by-y)+bx*(y-ay)=0 AND (ay-y)*(by-y)<=0 "
                                "AND (ax-x)*(bx-x)<=0)";
/* how often a ray from the place crosses the ring: odd is inside */
static const char is_odd[] = "mod(count(*) FILTER (WHERE CASE WHEN (ax>x)<>(bx>x) THEN "
                             "y<(by-ay)*(x-ax)/(bx-ax)+ay END),2)=1";

static void write_polygon(vg_sql_writer *w, const vg_pg_scene *scene, const vg_condition *c)
{
    edges outer, inner;

    if (!make_edges(scene->arena, &c->as.polygon.exterior, 1, &outer) ||
        !make_edges(scene->arena, c->as.polygon.interiors, c->as.polygon.count, &inner))
        return; /* the arena is spent: the end will tell */
    vg_sql_write(w, "%v.lat IS NOT NULL AND (SELECT NOT ");
    vg_sql_write(w, on_border);
    vg_sql_write(w, " AND ");
    vg_sql_write(w, is_odd);
    write_edges(w, scene, &outer);
    vg_sql_write(w, ")");
    if (inner.count == 0)
        return;
    vg_sql_write(w, " AND NOT EXISTS(SELECT 1");
    write_edges(w, scene, &inner);
    vg_sql_write(w, " GROUP BY r HAVING ");
    vg_sql_write(w, on_border);
    vg_sql_write(w, " OR ");
    vg_sql_write(w, is_odd);
    vg_sql_write(w, ")");
}

void vg_pg_write_area(vg_sql_writer *w, const vg_ask *ask, const void *arg)
{
    if (ask->condition->test == VG_TEST_GEO_RADIUS)
        write_radius(w, arg, ask->condition);
    else
        write_polygon(w, arg, ask->condition);
}
