/* The gateway's own tables and functions, by version: schema vecgate.
 *
 *     vecgate.versions     which steps were done
 *     vecgate.collections  (tenant, name): what each collection is, as base/spec.h writes it
 *     vecgate.merge_at()   a payload merged with an object at a path, as filter/edit.h says
 *     vecgate.delete_at()  a payload rid of a path, the same
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
"  CREATE FUNCTION vecgate.merge_at(at jsonb, steps jsonb, put jsonb, cut text[]) RETURNS jsonb\n"
"  LANGUAGE plpgsql IMMUTABLE AS $merge$\n"
"  DECLARE step jsonb := steps->0; rest jsonb := steps - 0; name text := step #>> '{}';\n"
"  BEGIN\n"
"    IF step IS NULL THEN\n"
"      IF at IS NULL OR jsonb_typeof(at) <> 'object' THEN at := '{}'; END IF;\n"
"      RETURN (at - cut) || put;\n"
"    ELSIF jsonb_typeof(step) = 'string' THEN\n"
"      IF at IS NULL OR jsonb_typeof(at) <> 'object' THEN at := '{}'; END IF;\n"
"      RETURN at || jsonb_build_object(name, vecgate.merge_at(at -> name, rest, put, cut));\n"
"    ELSIF at IS NULL OR jsonb_typeof(at) <> 'array' THEN\n"
"      RETURN '[]';\n"
"    ELSIF jsonb_typeof(step) = 'number' THEN\n"
"      IF name::numeric >= jsonb_array_length(at) THEN RETURN at; END IF;\n"
"      RETURN jsonb_set(at, ARRAY[name], vecgate.merge_at(at -> name::int, rest, put, cut));\n"
"    END IF;\n"
"    RETURN (SELECT coalesce(jsonb_agg(vecgate.merge_at(e, rest, put, cut) ORDER BY i), '[]')\n"
"            FROM jsonb_array_elements(at) WITH ORDINALITY x(e, i));\n"
"  END $merge$;\n"
"  CREATE FUNCTION vecgate.delete_at(at jsonb, steps jsonb) RETURNS jsonb\n"
"  LANGUAGE plpgsql IMMUTABLE AS $delete$\n"
"  DECLARE step jsonb := steps->0; rest jsonb := steps - 0; name text := step #>> '{}';\n"
"    is_last boolean := jsonb_array_length(rest) = 0;\n"
"  BEGIN\n"
"    IF jsonb_typeof(step) = 'string' THEN\n"
"      IF jsonb_typeof(at) <> 'object' OR NOT at ? name THEN RETURN at; END IF;\n"
"      IF is_last THEN RETURN at - name; END IF;\n"
"      RETURN at || jsonb_build_object(name, vecgate.delete_at(at -> name, rest));\n"
"    ELSIF jsonb_typeof(at) <> 'array' THEN\n"
"      RETURN at;\n"
"    ELSIF jsonb_typeof(step) = 'number' THEN\n"
"      IF is_last OR name::numeric >= jsonb_array_length(at) THEN RETURN at; END IF;\n"
"      RETURN jsonb_set(at, ARRAY[name], vecgate.delete_at(at -> name::int, rest));\n"
"    ELSIF is_last THEN\n"
"      RETURN '[]';\n"
"    END IF;\n"
"    RETURN (SELECT coalesce(jsonb_agg(vecgate.delete_at(e, rest) ORDER BY i), '[]')\n"
"            FROM jsonb_array_elements(at) WITH ORDINALITY x(e, i));\n"
"  END $delete$;\n"
"  CREATE FUNCTION vecgate.delete_all(at jsonb, paths jsonb) RETURNS jsonb\n"
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
 * finds too little. */
static const char extension[] =
    "DO $vecgate$\n"
    "DECLARE has text;\n"
    "BEGIN\n"
    "SELECT extversion INTO has FROM pg_extension WHERE extname = 'vector';\n"
    "IF has IS NULL THEN\n"
    "  IF NOT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector') THEN\n"
    "    RAISE EXCEPTION 'this PostgreSQL has no pgvector: install it on the server'\n"
    "      USING ERRCODE = 'VG001';\n"
    "  END IF;\n"
    "  CREATE EXTENSION vector;\n"
    "ELSIF string_to_array(split_part(has, '-', 1), '.')::int[] < ARRAY[0, 8] THEN\n"
    "  RAISE EXCEPTION 'pgvector % is too old, 0.8.0 or newer is needed: '\n"
    "    'ALTER EXTENSION vector UPDATE', has USING ERRCODE = 'VG001';\n"
    "END IF;\n"
    "END $vecgate$";

bool vg_pgvector_add_migration(vg_pgvector_job *job)
{
    return vg_pgvector_add(job, lock) && vg_pgvector_add(job, extension) &&
           vg_pgvector_add(job, steps);
}
