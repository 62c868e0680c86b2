/* The gateway's own tables and functions, by version: schema vecgate.
 *
 *     vecgate.versions     which steps were done
 *     vecgate.collections  (tenant, name): what each collection is, as base/spec.h writes it
 *     vecgate.merge()      a payload merged with an object, as filter/edit.h says
 *     vecgate.merge_at()   the same at a path, whose steps are names, numbers and null for []
 *     vecgate.delete_all() a payload rid of paths
 *
 * One block does all of it, in the transaction of what needs it: a lock of that transaction keeps
 * others out (poolers keep none of a session), a step that was done is not done again, and a
 * newer gateway's tables are refused. Nothing is created that exists, so that a role without the
 * right to create it can use what somebody else did. */
#include "adapters/vector/pgvector/pgvector.h"

/* Any number, the same in all versions. */
static const char lock[] = "SELECT pg_advisory_xact_lock(8387223918273645)";

/* clang-format off */
static const char steps[] =
"DO $vecgate$\n"
"DECLARE done int;\n"
"BEGIN\n"
"IF to_regclass('vecgate.versions') IS NULL THEN\n"
"  IF to_regnamespace('vecgate') IS NULL THEN CREATE SCHEMA vecgate; END IF;\n"
"  CREATE TABLE vecgate.versions (version int PRIMARY KEY, done_at timestamptz NOT NULL DEFAULT now());\n"
"END IF;\n"
"SELECT coalesce(max(version), 0) INTO done FROM vecgate.versions;\n"
"IF done > 1 THEN\n"
"  RAISE EXCEPTION 'this database was used by a newer vecgate: its tables have version %, this one knows 1', done\n"
"    USING ERRCODE = 'VG001';\n"
"END IF;\n"
"IF done < 1 THEN\n"
"  CREATE TABLE vecgate.collections (\n"
"    tenant text NOT NULL, name text NOT NULL, spec json NOT NULL,\n"
"    created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (tenant, name));\n"
"  CREATE FUNCTION vecgate.members(at json, OUT key text, OUT value json, OUT place bigint)\n"
"  RETURNS SETOF record LANGUAGE sql IMMUTABLE AS $members$\n"
"    SELECT e.key, (array_agg(e.value ORDER BY e.i DESC))[1], min(e.i)\n"
"    FROM json_each(at) WITH ORDINALITY e(key, value, i) GROUP BY e.key\n"
"  $members$;\n"
"  CREATE FUNCTION vecgate.merge(at json, put json, cut text[]) RETURNS json\n"
"  LANGUAGE sql IMMUTABLE AS $merge$\n"
"    SELECT ('{' || coalesce(string_agg(to_json(x.key)::text || ':' || x.value::text, ',' ORDER BY x.turn, x.place), '')\n"
"      || '}')::json\n"
"    FROM (SELECT 1 AS turn, m.key, coalesce(n.value, m.value) AS value, m.place\n"
"          FROM vecgate.members(at) m LEFT JOIN vecgate.members(put) n ON n.key = m.key WHERE m.key <> ALL (cut)\n"
"          UNION ALL\n"
"          SELECT 2, n.key, n.value, n.place FROM vecgate.members(put) n\n"
"          WHERE NOT EXISTS (SELECT FROM vecgate.members(at) m WHERE m.key = n.key)) x\n"
"  $merge$;\n"
"  CREATE FUNCTION vecgate.merge_at(at json, steps jsonb, put json, cut text[]) RETURNS json\n"
"  LANGUAGE plpgsql IMMUTABLE AS $at$\n"
"  DECLARE step jsonb := steps->0; rest jsonb := steps - 0; name text := step #>> '{}'; kind text := jsonb_typeof(step);\n"
"  BEGIN\n"
"    IF kind IS NULL OR kind = 'string' THEN\n"
"      IF at IS NULL OR json_typeof(at) <> 'object' THEN at := '{}'; END IF;\n"
"      IF kind IS NULL THEN RETURN vecgate.merge(at, put, cut); END IF;\n"
"      RETURN vecgate.merge(at, json_build_object(name, vecgate.merge_at(\n"
"        (SELECT m.value FROM vecgate.members(at) m WHERE m.key = name), rest, put, cut)), '{}');\n"
"    ELSIF at IS NULL OR json_typeof(at) <> 'array' THEN\n"
"      RETURN '[]';\n"
"    END IF;\n"
"    RETURN (SELECT '[' || coalesce(string_agg(CASE WHEN kind = 'null' OR name::numeric = i - 1\n"
"              THEN vecgate.merge_at(e, rest, put, cut) ELSE e END::text, ',' ORDER BY i), '') || ']'\n"
"            FROM json_array_elements(at) WITH ORDINALITY x(e, i))::json;\n"
"  END $at$;\n"
"  CREATE FUNCTION vecgate.delete_at(at json, steps jsonb) RETURNS json\n"
"  LANGUAGE plpgsql IMMUTABLE AS $at$\n"
"  DECLARE step jsonb := steps->0; rest jsonb := steps - 0; name text := step #>> '{}'; kind text := jsonb_typeof(step);\n"
"    is_last boolean := jsonb_array_length(rest) = 0; member json;\n"
"  BEGIN\n"
"    IF kind = 'string' THEN\n"
"      IF json_typeof(at) <> 'object' THEN RETURN at; END IF;\n"
"      SELECT m.value INTO member FROM vecgate.members(at) m WHERE m.key = name;\n"
"      IF member IS NULL THEN RETURN at; END IF;\n"
"      IF is_last THEN RETURN vecgate.merge(at, '{}', ARRAY[name]); END IF;\n"
"      RETURN vecgate.merge(at, json_build_object(name, vecgate.delete_at(member, rest)), '{}');\n"
"    ELSIF json_typeof(at) <> 'array' OR (is_last AND kind = 'number') THEN\n"
"      RETURN at;\n"
"    ELSIF is_last THEN\n"
"      RETURN '[]';\n"
"    END IF;\n"
"    RETURN (SELECT '[' || coalesce(string_agg(CASE WHEN kind = 'null' OR name::numeric = i - 1\n"
"              THEN vecgate.delete_at(e, rest) ELSE e END::text, ',' ORDER BY i), '') || ']'\n"
"            FROM json_array_elements(at) WITH ORDINALITY x(e, i))::json;\n"
"  END $at$;\n"
"  CREATE FUNCTION vecgate.delete_all(at json, paths jsonb) RETURNS json\n"
"  LANGUAGE plpgsql IMMUTABLE AS $all$\n"
"  DECLARE path jsonb;\n"
"  BEGIN\n"
"    FOR path IN SELECT jsonb_array_elements(paths) LOOP at := vecgate.delete_at(at, path); END LOOP;\n"
"    RETURN at;\n"
"  END $all$;\n"
"  INSERT INTO vecgate.versions (version) VALUES (1);\n"
"END IF;\n"
"END $vecgate$";
/* clang-format on */

/* `vector` from 0.8.0 on: earlier ones have no iterative scans, without which a filtered search
 * finds too little. Its names are found by search_path, in which a schema without USAGE does not
 * count. */
static const char extension[] =
    "DO $vecgate$\n"
    "DECLARE has text; place text;\n"
    "BEGIN\n"
    "SELECT extversion, extnamespace::regnamespace INTO has, place FROM pg_extension\n"
    "  WHERE extname = 'vector';\n"
    "IF has IS NULL THEN\n"
    "  IF NOT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector') THEN\n"
    "    RAISE EXCEPTION 'this PostgreSQL has no pgvector: install it on the server'\n"
    "      USING ERRCODE = 'VG001';\n"
    "  END IF;\n"
    "  CREATE EXTENSION vector;\n"
    "ELSIF string_to_array(split_part(has, '-', 1), '.')::int[] < ARRAY[0, 8] THEN\n"
    "  RAISE EXCEPTION 'pgvector % is too old, 0.8.0 or newer is needed: '\n"
    "    'ALTER EXTENSION vector UPDATE', has USING ERRCODE = 'VG001';\n"
    "ELSIF to_regtype('vector') IS NULL THEN\n"
    "  RAISE EXCEPTION 'pgvector is in schema %, which this role does not see: '\n"
    "    'GRANT USAGE ON SCHEMA % TO %, and have it in the role''s search_path',\n"
    "    place, place, quote_ident(current_user) USING ERRCODE = 'VG001';\n"
    "END IF;\n"
    "END $vecgate$";

bool vg_pgvector_add_migration(vg_pgvector_job *job)
{
    return vg_pgvector_add(job, lock) && vg_pgvector_add(job, extension) &&
           vg_pgvector_add(job, steps);
}
