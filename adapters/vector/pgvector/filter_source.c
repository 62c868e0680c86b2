/* What stands in FROM for the values of a path: their jsonb as `d`, and of it the columns that the
 * ask looks at. No cast can fail: each stands behind a CASE that asks for the value's kind, and
 * numbers beyond a float8 become an infinity or 0, as in filter/values.h. */
#include "adapters/vector/pgvector/filter_parts.h"

/* A number of any size as float8, which PostgreSQL refuses to round to 0 or to infinity. */
#define REAL_OF(n)                                                 \
    "CASE WHEN abs(" n ")<2.4703282292062328e-324 THEN 0::float8 " \
    "WHEN abs(" n ")<1.7976931348623158e308 THEN " n "::float8 "   \
    "WHEN " n "<0 THEN '-infinity'::float8 ELSE 'infinity'::float8 END"

static const char text_column[] =
    "CASE WHEN jsonb_typeof(d)='string' THEN (d#>>'{}') COLLATE \"C\" END AS text";
static const char truth_column[] =
    "CASE WHEN jsonb_typeof(d)='boolean' THEN d::boolean::int END AS truth";
/* jsonb keeps the zeros of 1.0, and a scale of 0 means that no fraction was written */
static const char whole_column[] =
    "CASE WHEN jsonb_typeof(d)='number' THEN CASE WHEN scale(d::numeric)=0 AND d::numeric "
    "BETWEEN -9223372036854775808 AND 9223372036854775807 THEN d::numeric::int8 END END AS whole";
static const char real_column[] =
    "CASE WHEN jsonb_typeof(d)='number' THEN " REAL_OF("d::numeric") " END AS real";
static const char null_column[] = "jsonb_typeof(d)='null' AS is_null";
static const char count_column[] =
    "CASE jsonb_typeof(d) WHEN 'null' THEN 0 WHEN 'array' THEN jsonb_array_length(d) ELSE 1 END "
    "AS count";
static const char object_columns[] = "jsonb_typeof(d)='object' AS is_object,d AS document";

/* Columns of columns: OFFSET 0 keeps the planner from writing an inner one out at every use. */

/* VG_GEO_NOTHING; far beyond the ends of the globe there is nothing to compare. */
#define DEGREES_OF(n)                                                                     \
    "CASE WHEN jsonb_typeof(" n ")='number' THEN CASE WHEN abs((" n ")::numeric)<1e-100 " \
    "THEN 0::float8 WHEN abs((" n ")::numeric)<1e3 THEN (" n ")::float8 END END"
static const char place_columns[] =
    "CASE WHEN lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90 THEN lon END AS lon,"
    "CASE WHEN lon BETWEEN -180 AND 180 AND lat BETWEEN -90 AND 90 THEN lat END AS lat "
    "FROM (SELECT " DEGREES_OF("d->'lon'") " AS lon," DEGREES_OF("d->'lat'") " AS lat";

/* base/datetime.h, but for days that no month has. */
#define MONTH   "(?:0[1-9]|1[0-2])"
#define DAY     "(?:0[1-9]|[12][0-9]|3[01])"
#define HOUR    "(?:[01][0-9]|2[0-3])"
#define SIXTY   "[0-5][0-9]"
#define SECONDS "(?:[0-5][0-9]|60)(?:[.][0-9]+)?"
#define ZONE    "(?:[Zz]|[+-]" HOUR "(?::?" SIXTY ")?)?"
#define DATE_FORMAT                                                                            \
    "'^[0-9]{4}-" MONTH "-" DAY "(?: " HOUR ":" SIXTY "|[Tt ]" HOUR ":" SIXTY ":" SECONDS ZONE \
    ")?$'"
/* Of such a text its parts, by their places: asking an expression for them takes ten times as long.
 * What is not there counts as 0. */
#define YEAR          "left(t,4)::int"
#define NUMBER(place) "('0'||substr(t," place ",2))::int8"
#define FRACTION \
    "rpad(left(substr(split_part(translate(substr(t,20),'Zz+-','    '),' ',1),2),6),6,'0')::int8"
#define ZONE_OF(sign) "rpad(translate(split_part(substr(t,20),'" sign "',2),':',''),4,'0')"
#define MINUTES(zone) "(left(" zone ",2)::int8*60+right(" zone ",2)::int8)"
#define DAYS_OF_MONTH                                                                           \
    "CASE substr(t,6,2) WHEN '02' THEN CASE WHEN mod(" YEAR ",4)=0 AND (mod(" YEAR              \
    ",100)<>0 OR mod(" YEAR ",400)=0) THEN 29 ELSE 28 END WHEN '04' THEN 30 WHEN '06' THEN 30 " \
    "WHEN '09' THEN 30 WHEN '11' THEN 30 ELSE 31 END"
/* PostgreSQL has no year 0, so 400 years later: these are 146097 days, always. */
static const char us_columns[] = "CASE WHEN t~" DATE_FORMAT " THEN CASE WHEN " NUMBER(
    "9") "<=" DAYS_OF_MONTH " THEN (make_date(" YEAR
         "+400," NUMBER("6") "::int," NUMBER(
             "9") "::int)-'2370-01-01'::date)"
                  "::int8*86400000000+" NUMBER("12") "*3600000000+" NUMBER(
                      "15") "*60000000+" NUMBER("18") "*1000000+" FRACTION
                                                      "+(" MINUTES(ZONE_OF("-")) "-" MINUTES(
                                                          ZONE_OF(
                                                              "+")) ")*60000000 END END "
                                                                    "AS us FROM (SELECT CASE WHEN "
                                                                    "jsonb_typeof(d)='string' THEN "
                                                                    "(d#>>'{}') COLLATE \"C\" END "
                                                                    "AS t";

/* ---- columns ---- */

static const char *match_columns(const vg_match_value *value)
{
    if (value->kind == VG_MATCH_TEXT)
        return text_column;
    return value->kind == VG_MATCH_BOOL ? truth_column : whole_column;
}

static void write_list_columns(vg_sql_writer *w, bool is_except)
{
    const char *columns[] = {text_column, whole_column, truth_column, null_column};

    for (int i = 0; i < (is_except ? 4 : 3); i++) {
        vg_sql_write(w, i > 0 ? "," : "");
        vg_sql_write(w, columns[i]);
    }
}

static void write_columns(vg_sql_writer *w, const vg_ask *ask)
{
    switch (ask->condition->test) {
    case VG_TEST_MATCH_VALUE:
        vg_sql_write(w, match_columns(&ask->condition->as.value));
        return;
    case VG_TEST_MATCH_ANY:
    case VG_TEST_MATCH_EXCEPT:
        write_list_columns(w, ask->condition->test == VG_TEST_MATCH_EXCEPT);
        return;
    case VG_TEST_MATCH_TEXT:
    case VG_TEST_MATCH_PHRASE:
        vg_sql_write(w, text_column);
        return;
    case VG_TEST_RANGE:
        vg_sql_write(w, ask->is_whole ? whole_column : "");
        vg_sql_write(w, ask->is_whole ? "," : "");
        vg_sql_write(w, real_column);
        return;
    case VG_TEST_DATETIME_RANGE:
        vg_sql_write(w, us_columns);
        return;
    case VG_TEST_VALUES_COUNT:
    case VG_TEST_IS_EMPTY:
        vg_sql_write(w, count_column);
        return;
    case VG_TEST_IS_NULL:
        vg_sql_write(w, null_column);
        return;
    case VG_TEST_NESTED_OBJECT:
        vg_sql_write(w, object_columns);
        return;
    default:
        vg_sql_write(w, place_columns);
    }
}

/* ---- values ---- */

static void write_keys(vg_sql_writer *w, const vg_pg_scene *scene, const vg_path *path)
{
    vg_sql_write(w, "%d");
    for (uint32_t i = 0; i < path->count; i++)
        vg_pg_write_text(w, scene, "->%p", path->steps[i].key);
}

/* Keys alone lead to one value, without a function that answers rows. */
static void write_plain(vg_sql_writer *w, const vg_pg_scene *scene, const vg_ask *ask,
                        vg_reach reach)
{
    bool by_elements = reach == VG_REACH_ELEMENTS;

    vg_sql_write(w, by_elements ? "jsonb_path_query(" : "(SELECT ");
    write_keys(w, scene, &ask->path);
    vg_sql_write(w, by_elements ? ",'lax $[*]') s(d)" : " AS d OFFSET 0) s");
}

static void write_walk(vg_sql_writer *w, const vg_pg_scene *scene, const vg_ask *ask,
                       vg_reach reach)
{
    bool by_elements = reach == VG_REACH_ELEMENTS;

    vg_pg_write_with(w, scene, "jsonb_path_query(%d,%p) s",
                     vg_pg_path_param(scene->arena, &ask->path));
    vg_sql_write(w, by_elements ? "(a),jsonb_path_query(a,'lax $[*]') e(d)" : "(d)");
}

void vg_pg_write_source(vg_sql_writer *w, const vg_ask *ask, vg_reach reach, const void *arg)
{
    vg_test test = ask->condition->test;
    bool is_inner = test == VG_TEST_DATETIME_RANGE || test == VG_TEST_GEO_BOX ||
                    test == VG_TEST_GEO_RADIUS || test == VG_TEST_GEO_POLYGON;

    vg_sql_write(w, "(SELECT ");
    write_columns(w, ask);
    vg_sql_write(w, " FROM ");
    if (vg_pg_path_is_plain(&ask->path))
        write_plain(w, arg, ask, reach);
    else
        write_walk(w, arg, ask, reach);
    vg_sql_write(w, " WHERE d IS NOT NULL");
    vg_sql_write(w, is_inner ? " OFFSET 0) i OFFSET 0) %v" : ") %v");
}

/* ---- for what is no condition ---- */

void vg_pg_write_values(vg_pg_sql *sql, const vg_path *path, vg_pg_values kind)
{
    static const char *const columns[] = {
        [VG_PG_VALUES_TEXT] = text_column,   [VG_PG_VALUES_TRUTH] = truth_column,
        [VG_PG_VALUES_WHOLE] = whole_column, [VG_PG_VALUES_REAL] = real_column,
        [VG_PG_VALUES_US] = us_columns,
    };

    vg_pg_sql_text(sql, "(SELECT ");
    vg_pg_sql_text(sql, columns[kind]);
    vg_pg_sql_text(sql, " FROM jsonb_path_query(p.payload,");
    vg_pg_sql_bind(sql, vg_pg_path_param(sql->arena, path));
    vg_pg_sql_text(sql, ") s(a),jsonb_path_query(a,'lax $[*]') e(d)");
    vg_pg_sql_text(sql, kind == VG_PG_VALUES_US ? " OFFSET 0) g)" : ")");
}
