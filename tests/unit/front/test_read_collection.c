/* Routes on collections: what is created of a body, and what is said instead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/front/ask.h"

#define C      "/collections/c"
#define V      "\"vectors\":{\"size\":4,\"distance\":\"Dot\"}"
#define MADE   "create c size=4 distance=Dot on_disk=-1"
#define FORMAT "400 Format error in JSON body: "
#define WHOLE  "expected a whole number from 0 to 18446744073709551615"
#define RANGE  "422 Validation error in JSON body: "
#define LATER  "not supported yet"

/* clang-format off */
static const struct asked creations[] = {
    {"the least that is needed", "PUT", C, "{" V "}", MADE},
    {"Cosine", "PUT", C, "{\"vectors\":{\"size\":1,\"distance\":\"Cosine\"}}", "create c size=1 distance=Cosine on_disk=-1"},
    {"Euclid", "PUT", C, "{\"vectors\":{\"size\":65536,\"distance\":\"Euclid\"}}", "create c size=65536 distance=Euclid on_disk=-1"},
    {"Manhattan", "PUT", C, "{\"vectors\":{\"size\":2,\"distance\":\"Manhattan\"}}", "create c size=2 distance=Manhattan on_disk=-1"},
    {"the unnamed vector by its name", "PUT", C, "{\"vectors\":{\"\":{\"size\":4,\"distance\":\"Dot\"}}}", MADE},
    {"an escaped name", "PUT", "/collections/a%20b", "{" V "}", "create a b size=4 distance=Dot on_disk=-1"},
    {"a vector's own settings", "PUT", C, "{\"vectors\":{\"size\":4,\"distance\":\"Dot\",\"on_disk\":true,\"hnsw_config\":{\"m\":8},\"datatype\":\"float32\"}}",
     "create c size=4 distance=Dot on_disk=1 hnsw={\"m\":8} datatype=float32"},
    {"a datatype under the empty name", "PUT", C, "{\"vectors\":{\"\":{\"size\":4,\"distance\":\"Dot\",\"datatype\":\"float32\"}},\"shard_number\":1}",
     "create c size=4 distance=Dot on_disk=-1 datatype=float32 settings={\"shard_number\":1}"},
    {"unknown fields are ignored", "PUT", C, "{\"x\":1," V "}", MADE},
    {"all null", "PUT", C, "{" V ",\"hnsw_config\":null,\"optimizers_config\":null,\"wal_config\":null,\"shard_number\":null,\"sharding_method\":null,"
     "\"on_disk_payload\":null,\"sparse_vectors\":null,\"quantization_config\":null,\"init_from\":null,\"strict_mode_config\":null,\"metadata\":null}", MADE},
    {"every setting", "PUT", C, "{" V ",\"shard_number\":2,\"sharding_method\":\"auto\",\"replication_factor\":3,\"write_consistency_factor\":1,\"on_disk_payload\":false,"
     "\"hnsw_config\":{\"m\":0,\"ef_construct\":4},\"optimizers_config\":{\"deleted_threshold\":1.0,\"max_optimization_threads\":\"auto\"},"
     "\"wal_config\":{\"wal_capacity_mb\":1},\"strict_mode_config\":{\"enabled\":false},\"metadata\":{\"a\":[1]}}",
     MADE " settings={\"hnsw_config\":{\"m\":0,\"ef_construct\":4},\"optimizers_config\":{\"deleted_threshold\":1.0,\"max_optimization_threads\":\"auto\"},"
     "\"wal_config\":{\"wal_capacity_mb\":1},\"strict_mode_config\":{\"enabled\":false},\"metadata\":{\"a\":[1]},"
     "\"shard_number\":2,\"sharding_method\":\"auto\",\"replication_factor\":3,\"write_consistency_factor\":1,\"on_disk_payload\":false}"},
    {"optimizer_config spells optimizers_config", "PUT", C, "{" V ",\"optimizer_config\":{\"indexing_threshold_kb\":0}}",
     MADE " settings={\"optimizers_config\":{\"indexing_threshold_kb\":0}}"},
    {"a timeout", "PUT", C "?timeout=2", "{" V "}", MADE " within=2000ms"},
    {"a timeout of zero", "PUT", C "?timeout=0", "{" V "}", "422 Validation error in query parameters: [timeout: value 0 invalid, must be 1 or larger]"},
    {"a timeout that is none", "PUT", C "?timeout=x", "{" V "}", "400 Deserialize error in query parameters: timeout: invalid digit found in string: `x`"},
    {"size zero", "PUT", C, "{\"vectors\":{\"size\":0,\"distance\":\"Dot\"}}", FORMAT "vectors.size: invalid value: integer `0`, expected a nonzero u64"},
    {"size too large", "PUT", C, "{\"vectors\":{\"size\":65537,\"distance\":\"Dot\"}}", RANGE "[vectors.size: value 65537 invalid, must be from 1 to 65536]"},
    {"size negative", "PUT", C, "{\"vectors\":{\"size\":-4,\"distance\":\"Dot\"}}", FORMAT "vectors.size: " WHOLE ", got the number -4"},
    {"size missing", "PUT", C, "{\"vectors\":{\"distance\":\"Dot\"}}", FORMAT "vectors: data did not match any variant of untagged enum VectorsConfig: missing field `size`"},
    {"distance missing", "PUT", C, "{\"vectors\":{\"size\":4}}", FORMAT "vectors: data did not match any variant of untagged enum VectorsConfig: missing field `distance`"},
    {"distance in lower case", "PUT", C, "{\"vectors\":{\"size\":4,\"distance\":\"cosine\"}}",
     FORMAT "vectors.distance: unknown variant `cosine`, expected one of `Cosine`, `Euclid`, `Dot`, `Manhattan`"},
    {"vectors a list", "PUT", C, "{\"vectors\":[4]}", FORMAT "vectors: expected an object, got an array of numbers"},
    {"vectors a map of what is none", "PUT", C, "{\"vectors\":{\"a\":4}}",
     FORMAT "vectors: data did not match any variant of untagged enum VectorsConfig: expected `size` and `distance`, or a map of them by name"},
    {"named vectors", "PUT", C, "{\"vectors\":{\"a\":{\"size\":4,\"distance\":\"Dot\"}}}", "create c a size=4 distance=Dot on_disk=-1"},
    {"vectors by names, the unnamed among them", "PUT", C, "{\"vectors\":{\"a\":{\"size\":4,\"distance\":\"Dot\"},\"\":{\"size\":2,\"distance\":\"Cosine\",\"on_disk\":false},\"size\":{\"size\":1,\"distance\":\"Euclid\"}}}",
     "create c a size=4 distance=Dot on_disk=-1 size=2 distance=Cosine on_disk=0 size size=1 distance=Euclid on_disk=-1"},
    {"a name twice", "PUT", C, "{\"vectors\":{\"a\":{\"size\":4,\"distance\":\"Dot\"},\"a\":{\"size\":4,\"distance\":\"Dot\"}}}", FORMAT "vectors.a: this vector comes twice"},
    {"a name without distance", "PUT", C, "{\"vectors\":{\"a\":{\"size\":4}}}", FORMAT "vectors.a: data did not match any variant of untagged enum VectorsConfig: missing field `distance`"},
    {"a name of a size too large", "PUT", C, "{\"vectors\":{\"a\":{\"size\":65537,\"distance\":\"Dot\"}}}", RANGE "[vectors.a.size: value 65537 invalid, must be from 1 to 65536]"},
    {"no vectors", "PUT", C, "{}", "create c"},
    {"vectors null", "PUT", C, "{\"vectors\":null}", "create c"},
    {"empty vectors", "PUT", C, "{\"vectors\":{}}", "create c"},
    {"float16", "PUT", C, "{\"vectors\":{\"size\":4,\"distance\":\"Dot\",\"datatype\":\"float16\"}}", "create c size=4 distance=Dot on_disk=-1 datatype=float16"},
    {"uint8", "PUT", C, "{\"vectors\":{\"size\":4,\"distance\":\"Dot\",\"datatype\":\"uint8\"}}", "create c size=4 distance=Dot on_disk=-1 datatype=uint8"},
    {"a datatype that is none", "PUT", C, "{\"vectors\":{\"size\":4,\"distance\":\"Dot\",\"datatype\":\"f32\"}}",
     FORMAT "vectors.datatype: unknown variant `f32`, expected one of `float32`, `uint8`, `float16`"},
    {"multivectors", "PUT", C, "{\"vectors\":{\"size\":4,\"distance\":\"Dot\",\"multivector_config\":{\"comparator\":\"max_sim\"}}}",
     "create c size=4 distance=Dot on_disk=-1 multi"},
    {"a comparator that is none", "PUT", C, "{\"vectors\":{\"size\":4,\"distance\":\"Dot\",\"multivector_config\":{\"comparator\":\"min\"}}}",
     FORMAT "vectors.multivector_config.comparator: unknown variant `min`, expected `max_sim`"},
    {"a vector's quantization", "PUT", C, "{\"vectors\":{\"size\":4,\"distance\":\"Dot\",\"quantization_config\":{\"binary\":{}}}}",
     "create c size=4 distance=Dot on_disk=-1 quantization={\"binary\":{}}"},
    {"a vector's ef_construct", "PUT", C, "{\"vectors\":{\"size\":4,\"distance\":\"Dot\",\"hnsw_config\":{\"ef_construct\":3}}}",
     RANGE "[vectors.hnsw_config.ef_construct: value 3 invalid, must be 4 or larger]"},
    {"sparse vectors", "PUT", C, "{" V ",\"sparse_vectors\":{\"s\":{}}}", "create c size=4 distance=Dot on_disk=-1 s size=0 distance=Dot on_disk=-1 sparse"},
    {"sparse vectors alone", "PUT", C, "{\"sparse_vectors\":{\"s\":{\"modifier\":\"idf\",\"index\":{\"on_disk\":true}},\"t\":{\"modifier\":\"none\"}}}",
     "create c s size=0 distance=Dot on_disk=-1 sparse idf {\"on_disk\":true} t size=0 distance=Dot on_disk=-1 sparse no idf"},
    {"a sparse vector without a name", "PUT", C, "{\"sparse_vectors\":{\"\":{}}}", "400 Wrong input: a sparse vector needs a name"},
    {"a modifier that is none", "PUT", C, "{\"sparse_vectors\":{\"s\":{\"modifier\":\"tf\"}}}",
     FORMAT "sparse_vectors.s.modifier: unknown variant `tf`, expected `none`, `idf`"},
    {"quantization that is turned off before there is any", "PUT", C, "{" V ",\"quantization_config\":\"Disabled\"}",
     FORMAT "quantization_config: expected an object, got the string \"Disabled\""},
    {"quantization of no form", "PUT", C, "{" V ",\"quantization_config\":{}}",
     FORMAT "quantization_config: data did not match any variant of untagged enum QuantizationConfig: one of `scalar` and `binary` is needed"},
    {"quantization of two forms", "PUT", C, "{" V ",\"quantization_config\":{\"binary\":{},\"scalar\":{\"type\":\"int8\"}}}",
     FORMAT "quantization_config: data did not match any variant of untagged enum QuantizationConfig: one of `scalar` and `binary` is needed"},
    {"bfloat16, which is no word of this API", "PUT", C, "{" V ",\"quantization_config\":{\"bfloat16\":{}}}",
     FORMAT "quantization_config: data did not match any variant of untagged enum QuantizationConfig: one of `scalar` and `binary` is needed"},
    {"scalar quantization of no type", "PUT", C, "{" V ",\"quantization_config\":{\"scalar\":{}}}",
     FORMAT "quantization_config.scalar: missing field `type`"},
    {"scalar quantization of another type", "PUT", C, "{" V ",\"quantization_config\":{\"scalar\":{\"type\":\"int4\"}}}",
     FORMAT "quantization_config.scalar.type: unknown variant `int4`, expected `int8`"},
    {"turbo quantization", "PUT", C, "{" V ",\"quantization_config\":{\"turboquant\":{}}}",
     "400 Bad request: `quantization_config.turboquant`: turbo quantization is " LATER},
    {"an encoding of binary quantization", "PUT", C, "{" V ",\"quantization_config\":{\"binary\":{\"encoding\":\"two_bits\"}}}",
     "400 Bad request: `quantization_config.binary.encoding`: encodings of binary quantization are " LATER},
    {"product quantization", "PUT", C, "{" V ",\"quantization_config\":{\"product\":{\"compression\":\"x4\"}}}",
     "400 Bad request: `quantization_config.product`: product quantization is " LATER},
    {"a quantile that is none", "PUT", C, "{" V ",\"quantization_config\":{\"scalar\":{\"type\":\"int8\",\"quantile\":0.1}}}",
     "422 Validation error in JSON body: [quantization_config.scalar.quantile: value 0.1 invalid, must be from 0.5 to 1.0]"},
    {"quantization", "PUT", C, "{" V ",\"quantization\":{\"scalar\":{\"type\":\"int8\"}}}", "create c size=4 distance=Dot on_disk=-1 settings={\"quantization_config\":{\"scalar\":{\"type\":\"int8\"}}}"},
    {"init_from", "PUT", C, "{" V ",\"init_from\":{\"collection\":\"d\"}}", "400 Bad request: `init_from`: init_from is " LATER},
    {"custom sharding", "PUT", C, "{" V ",\"sharding_method\":\"custom\"}", "400 Bad request: `sharding_method`: shard keys are " LATER},
    {"sharding unknown", "PUT", C, "{" V ",\"sharding_method\":\"x\"}", FORMAT "sharding_method: unknown variant `x`, expected `auto` or `custom`"},
    {"strict mode", "PUT", C, "{" V ",\"strict_mode_config\":{\"enabled\":true}}", "400 Bad request: `strict_mode_config.enabled`: strict mode is " LATER},
    {"a strict limit of zero", "PUT", C, "{" V ",\"strict_mode_config\":{\"max_query_limit\":0}}",
     RANGE "[strict_mode_config.max_query_limit: value 0 invalid, must be 1 or larger]"},
    {"no shards", "PUT", C, "{" V ",\"shard_number\":0}", RANGE "[shard_number: value 0 invalid, must be 1 or larger]"},
    {"too many shards", "PUT", C, "{" V ",\"shard_number\":4294967296}", FORMAT "shard_number: invalid value: integer `4294967296`, expected u32"},
    {"no replica", "PUT", C, "{" V ",\"replication_factor\":0}", RANGE "[replication_factor: value 0 invalid, must be 1 or larger]"},
    {"no consistency", "PUT", C, "{" V ",\"write_consistency_factor\":0}", RANGE "[write_consistency_factor: value 0 invalid, must be 1 or larger]"},
    {"ef_construct", "PUT", C, "{" V ",\"hnsw_config\":{\"ef_construct\":3}}", RANGE "[hnsw_config.ef_construct: value 3 invalid, must be 4 or larger]"},
    {"full_scan_threshold in its other spelling", "PUT", C, "{" V ",\"hnsw_config\":{\"full_scan_threshold_kb\":9}}",
     RANGE "[hnsw_config.full_scan_threshold_kb: value 9 invalid, must be 10 or larger]"},
    {"deleted_threshold", "PUT", C, "{" V ",\"optimizers_config\":{\"deleted_threshold\":1.5}}", RANGE "[optimizers_config.deleted_threshold: value 1.5 invalid, must be from 0.0 to 1.0]"},
    {"vacuum_min_vector_number", "PUT", C, "{" V ",\"optimizers_config\":{\"vacuum_min_vector_number\":99}}", RANGE "[optimizers_config.vacuum_min_vector_number: value 99 invalid, must be 100 or larger]"},
    {"max_segment_size", "PUT", C, "{" V ",\"optimizers_config\":{\"max_segment_size\":0}}", RANGE "[optimizers_config.max_segment_size: value 0 invalid, must be 1 or larger]"},
    {"threads that are a text", "PUT", C, "{" V ",\"optimizers_config\":{\"max_optimization_threads\":\"many\"}}",
     FORMAT "optimizers_config.max_optimization_threads: " WHOLE ", got the string \"many\""},
    {"wal_capacity_mb", "PUT", C, "{" V ",\"wal_config\":{\"wal_capacity_mb\":0}}", RANGE "[wal_config.wal_capacity_mb: value 0 invalid, must be 1 or larger]"},
    {"a setting of the wrong kind", "PUT", C, "{" V ",\"hnsw_config\":{\"on_disk\":1}}", FORMAT "hnsw_config.on_disk: expected true or false, got the number 1"},
    {"a section of the wrong kind", "PUT", C, "{" V ",\"hnsw_config\":[]}", FORMAT "hnsw_config: expected an object, got an empty array"},
    {"metadata of the wrong kind", "PUT", C, "{" V ",\"metadata\":\"x\"}", FORMAT "metadata: expected an object, got the string \"x\""},
    {"newer: inline storage", "PUT", C, "{" V ",\"hnsw_config\":{\"inline_storage\":true}}", "400 Bad request: `hnsw_config.inline_storage`: inline storage is " LATER},
    {"newer: a vector's memory placement", "PUT", C, "{\"vectors\":{\"size\":4,\"distance\":\"Dot\",\"memory\":\"cold\"}}", "400 Bad request: `vectors.memory`: memory placement is " LATER},
    {"newer: memory placement of a vector's graph", "PUT", C, "{\"vectors\":{\"size\":4,\"distance\":\"Dot\",\"hnsw_config\":{\"memory\":\"cold\"}}}", "400 Bad request: `vectors.hnsw_config.memory`: memory placement is " LATER},
    {"newer: waiting for optimization", "PUT", C, "{" V ",\"optimizers_config\":{\"prevent_unoptimized\":true}}", "400 Bad request: `optimizers_config.prevent_unoptimized`: waiting for optimization is " LATER},
    {"newer: segments of the log", "PUT", C, "{" V ",\"wal_config\":{\"wal_retain_closed\":2}}", "400 Bad request: `wal_config.wal_retain_closed`: keeping closed segments of the log is " LATER},
    {"newer: the payload's storage", "PUT", C, "{" V ",\"payload\":{\"memory\":\"cold\"}}", "400 Bad request: `payload`: settings of the payload's storage are " LATER},
    {"newer: limits of strict mode", "PUT", C, "{" V ",\"strict_mode_config\":{\"enabled\":false,\"max_payload_index_count\":3}}",
     MADE " settings={\"strict_mode_config\":{\"enabled\":false,\"max_payload_index_count\":3}}"},
    {"a slash in the name", "PUT", "/collections/a%2Fb", "{" V "}", "422 Validation error in path parameters: [name: collection name cannot contain \"/\" char]"},
    {"no body", "PUT", C, NULL, FORMAT "EOF while parsing a value at line 1 column 0: a JSON object is needed"},
};

static const struct asked others[] = {
    {"all names", "GET", "/collections", NULL, "list_collections "},
    {"information", "GET", C, NULL, "describe c"},
    {"existence", "GET", C "/exists", NULL, "describe c"},
    {"deletion", "DELETE", C, NULL, "drop_collection c"},
    {"deletion within a time", "DELETE", C "?timeout=5", NULL, "drop_collection c within=5000ms"},
    {"deletion within no time", "DELETE", C "?timeout=0", NULL, "422 Validation error in query parameters: [timeout: value 0 invalid, must be 1 or larger]"},
    {"all aliases", "GET", "/aliases", NULL, "list_aliases "},
    {"aliases of one", "GET", C "/aliases", NULL, "list_aliases c"},
    {"a path that is none", "GET", "/collection", NULL, "no row"},
    {"a method that is none", "PUT", "/collections", "{}", "no row"},
};

#define CHANGE(settings, vectors) "change c {\"settings\":{" settings "},\"vectors\":{" vectors "}}"

static const struct asked changes[] = {
    {"nothing", "PATCH", C, "{}", CHANGE("", "")},
    {"nothing but nulls", "PATCH", C, "{\"vectors\":null,\"params\":null,\"hnsw_config\":null,\"optimizers_config\":null,\"quantization_config\":null,\"sparse_vectors\":null,\"strict_mode_config\":null}", CHANGE("", "")},
    {"unknown fields are ignored", "PATCH", C, "{\"x\":1,\"hnsw_config\":{\"x\":1}}", CHANGE("\"hnsw_config\":{}", "")},
    {"every section", "PATCH", C "?timeout=3", "{\"hnsw_config\":{\"m\":8,\"on_disk\":null,\"full_scan_threshold_kb\":10},\"optimizer_config\":{\"indexing_threshold\":5,\"max_optimization_threads\":\"auto\"},"
     "\"params\":{\"replication_factor\":2,\"write_consistency_factor\":1,\"read_fan_out_factor\":0,\"on_disk_payload\":false},\"strict_mode_config\":{\"enabled\":false,\"max_timeout\":9}}",
     CHANGE("\"hnsw_config\":{\"m\":8,\"full_scan_threshold\":10},\"optimizers_config\":{\"indexing_threshold\":5,\"max_optimization_threads\":\"auto\"},"
            "\"strict_mode_config\":{\"enabled\":false,\"max_timeout\":9},\"replication_factor\":2,\"write_consistency_factor\":1,\"read_fan_out_factor\":0,\"on_disk_payload\":false", "") " within=3000ms"},
    {"vectors", "PATCH", C, "{\"vectors\":{\"\":{\"on_disk\":true},\"a\":{\"hnsw_config\":{\"m\":4,\"payload_m\":null},\"on_disk\":null}}}",
     CHANGE("", "\"\":{\"on_disk\":true},\"a\":{\"hnsw_config\":{\"m\":4}}")},
    {"no body", "PATCH", C, NULL, FORMAT "EOF while parsing a value at line 1 column 0: a JSON object is needed"},
    {"a timeout of zero", "PATCH", C "?timeout=0", "{}", "422 Validation error in query parameters: [timeout: value 0 invalid, must be 1 or larger]"},
    {"a value out of its range", "PATCH", C, "{\"hnsw_config\":{\"ef_construct\":3}}", RANGE "[hnsw_config.ef_construct: value 3 invalid, must be 4 or larger]"},
    {"a value out of its range in params", "PATCH", C, "{\"params\":{\"replication_factor\":0}}", RANGE "[params.replication_factor: value 0 invalid, must be 1 or larger]"},
    {"a section of the wrong kind", "PATCH", C, "{\"optimizers_config\":7}", FORMAT "optimizers_config: expected an object, got the number 7"},
    {"params of the wrong kind", "PATCH", C, "{\"params\":[]}", FORMAT "params: expected an object, got an empty array"},
    {"a vector of the wrong kind", "PATCH", C, "{\"vectors\":{\"a\":1}}", FORMAT "vectors.a: expected an object, got the number 1"},
    {"a vector twice", "PATCH", C, "{\"vectors\":{\"a\":{},\"a\":{}}}", FORMAT "vectors.a: this vector comes twice"},
    {"a vector's settings out of range", "PATCH", C, "{\"vectors\":{\"a\":{\"hnsw_config\":{\"ef_construct\":1}}}}", RANGE "[vectors.a.hnsw_config.ef_construct: value 1 invalid, must be 4 or larger]"},
    {"a vector's flag that is none", "PATCH", C, "{\"vectors\":{\"a\":{\"on_disk\":1}}}", FORMAT "vectors.a.on_disk: expected true or false, got the number 1"},
    {"a vector's size", "PATCH", C, "{\"vectors\":{\"a\":{\"size\":8}}}", "400 Bad request: `vectors.a.size`: changes of it are " LATER},
    {"a vector's quantization", "PATCH", C, "{\"vectors\":{\"\":{\"quantization_config\":\"Disabled\"}}}", CHANGE("", "\"\":{\"quantization_config\":\"Disabled\"}")},
    {"quantization", "PATCH", C, "{\"quantization_config\":{\"scalar\":{\"type\":\"int8\"}}}", CHANGE("\"quantization_config\":{\"scalar\":{\"type\":\"int8\"}}", "")},
    {"sparse vectors", "PATCH", C, "{\"sparse_vectors\":{\"s\":{\"index\":{\"on_disk\":true}}}}", CHANGE("", "\"s\":{\"sparse_index\":{\"on_disk\":true}}")},
    {"a modifier", "PATCH", C, "{\"sparse_vectors\":{\"s\":{\"modifier\":\"idf\"}}}", "400 Bad request: `sparse_vectors.s.modifier`: changes of it are " LATER},
    {"strict mode", "PATCH", C, "{\"strict_mode_config\":{\"enabled\":true}}", "400 Bad request: `strict_mode_config.enabled`: strict mode is " LATER},
    {"the log", "PATCH", C, "{\"wal_config\":{\"wal_capacity_mb\":1}}", "400 Bad request: `wal_config`: changes of it are " LATER},
    {"shards", "PATCH", C, "{\"params\":{\"shard_number\":2}}", "400 Bad request: `params.shard_number`: changes of it are " LATER},
    {"metadata", "PATCH", C, "{\"metadata\":{}}", "400 Bad request: `metadata`: changes of it are " LATER},
    {"newer: memory placement", "PATCH", C, "{\"vectors\":{\"a\":{\"memory\":\"cold\"}}}", "400 Bad request: `vectors.a.memory`: memory placement is " LATER},
    {"newer: inline storage", "PATCH", C, "{\"hnsw_config\":{\"inline_storage\":true}}", "400 Bad request: `hnsw_config.inline_storage`: inline storage is " LATER},
    {"newer: a delay", "PATCH", C, "{\"params\":{\"read_fan_out_delay_ms\":3}}", "400 Bad request: `params.read_fan_out_delay_ms`: a delay of further reads is " LATER},
    {"a parameter outside of params", "PATCH", C, "{\"on_disk_payload\":true}", "400 Bad request: `on_disk_payload`: changes of it outside of `params` are " LATER},
};

#define A "/collections/aliases"

static const struct asked aliases[] = {
    {"one of each", "POST", A, "{\"actions\":[{\"create_alias\":{\"collection_name\":\"c\",\"alias_name\":\"a\"}},{\"rename_alias\":{\"old_alias_name\":\"a\",\"new_alias_name\":\"b\"}},{\"delete_alias\":{\"alias_name\":\"b\"}}]}",
     "aliases; create a->c; rename a->b; delete b"},
    {"none", "POST", A, "{\"actions\":[]}", "aliases"},
    {"within a time", "POST", A "?timeout=2", "{\"actions\":[]}", "aliases within=2000ms"},
    {"no actions", "POST", A, "{}", FORMAT "missing field `actions`"},
    {"actions that are one", "POST", A, "{\"actions\":{}}", FORMAT "actions: expected an array, got an object"},
    {"actions that are numbers", "POST", A, "{\"actions\":[1]}", FORMAT "actions: expected actions, got numbers"},
    {"an unknown action", "POST", A, "{\"actions\":[{\"swap_alias\":{}}]}", FORMAT "actions[0]: data did not match any variant of untagged enum AliasOperations: expected one of `create_alias`, `delete_alias`, `rename_alias`, and nothing else"},
    {"two in one", "POST", A, "{\"actions\":[{\"delete_alias\":{\"alias_name\":\"b\"},\"create_alias\":{}}]}", FORMAT "actions[0]: data did not match any variant of untagged enum AliasOperations: expected one of `create_alias`, `delete_alias`, `rename_alias`, and nothing else"},
    {"no alias", "POST", A, "{\"actions\":[{\"create_alias\":{\"collection_name\":\"c\"}}]}", FORMAT "actions[0].create_alias: missing field `alias_name`"},
    {"no collection", "POST", A, "{\"actions\":[{\"create_alias\":{\"alias_name\":\"c\"}}]}", FORMAT "actions[0].create_alias: missing field `collection_name`"},
    {"a name that is a number", "POST", A, "{\"actions\":[{\"delete_alias\":{\"alias_name\":1}}]}", FORMAT "actions[0].delete_alias.alias_name: expected a string, got the number 1"},
    {"an alias that cannot be a name", "POST", A, "{\"actions\":[{\"create_alias\":{\"collection_name\":\"c\",\"alias_name\":\"a/b\"}}]}", RANGE "[actions[0].create_alias.alias_name: collection name cannot contain \"/\" char]"},
    {"an empty new name", "POST", A, "{\"actions\":[{\"rename_alias\":{\"old_alias_name\":\"c\",\"new_alias_name\":\"\"}}]}", RANGE "[actions[0].rename_alias.new_alias_name: value \"\" invalid, must be from 1 to 255 characters]"},
};

#define I "/collections/c/index"

static const struct asked indexes[] = {
    {"by a type", "PUT", I "?wait=true", "{\"field_name\":\"a.b[]\",\"field_schema\":\"keyword\"}", "create_index a.b[] wait=1 keyword "},
    {"by an object", "PUT", I, "{\"field_name\":\"a\",\"field_schema\":{\"type\":\"integer\",\"range\":false}}", "create_index a wait=0 integer {\"type\":\"integer\",\"range\":false}"},
    {"field_type spells field_schema", "PUT", I, "{\"field_name\":\"a\",\"field_type\":\"uuid\"}", "create_index a wait=0 uuid "},
    {"without a type", "PUT", I, "{\"field_name\":\"a\"}", "400 Bad request: Can't auto-detect field type, please specify `field_schema` in the request"},
    {"without a name", "PUT", I, "{\"field_schema\":\"keyword\"}", FORMAT "missing field `field_name`"},
    {"of a bad path", "PUT", I, "{\"field_name\":\"a b\",\"field_schema\":\"keyword\"}", FORMAT "field_name: Invalid json path: 'a b'"},
    {"of an unknown type", "PUT", I, "{\"field_name\":\"a\",\"field_schema\":\"date\"}", FORMAT "field_schema: unknown variant `date`, expected one of `keyword`, `integer`, `float`, `geo`, `text`, `bool`, `datetime`, `uuid`"},
    {"an integer for nothing", "PUT", I, "{\"field_name\":\"a\",\"field_schema\":{\"type\":\"integer\",\"range\":false,\"lookup\":false}}", RANGE "[field_schema: the 'lookup' and 'range' capabilities can't be both disabled]"},
    {"dropped", "DELETE", I "/a?wait=true", NULL, "drop_index a wait=1"},
    {"dropped, an escaped path", "DELETE", I "/%22a%20b%22.c%5B%5D", NULL, "drop_index \"a b\".c[] wait=0"},
    {"dropped, a bad path", "DELETE", I "/a..b", NULL, "400 Deserialize error in path parameters: Invalid json path: 'a..b'"},
    {"dropped, ordering unknown", "DELETE", I "/a?ordering=x", NULL, "400 Deserialize error in query parameters: ordering: unknown variant `x`, expected one of `weak`, `medium`, `strong`"},
};
/* clang-format on */

#define CHECK(rows) ask_check((rows), sizeof(rows) / sizeof((rows)[0]))

static void a_collection_is_created_of_what_is_built(void **state)
{
    (void)state;
    CHECK(creations);
}

static void other_routes_need_no_body(void **state)
{
    (void)state;
    CHECK(others);
}

static void a_collection_is_changed_by_what_is_given(void **state)
{
    (void)state;
    CHECK(changes);
}

static void aliases_are_changed_by_a_list(void **state)
{
    (void)state;
    CHECK(aliases);
}

static void payload_indexes_are_declared_and_dropped(void **state)
{
    (void)state;
    CHECK(indexes);
}

/* 255 characters, of whatever length in bytes. */
static void a_name_is_not_too_long(void **state)
{
    char name[1200] = "", target[1300], want[2000];

    (void)state;
    for (int i = 0; i < 255; i++)
        strncat(name, "\xC3\xA9", sizeof name - strlen(name) - 1);
    snprintf(target, sizeof target, "/collections/%s", name);
    snprintf(want, sizeof want, "describe %s", name);
    assert_string_equal(ask_line("GET", target, NULL), want);

    strncat(name, "x", sizeof name - strlen(name) - 1);
    snprintf(target, sizeof target, "/collections/%s/points/1", name);
    snprintf(want, sizeof want,
             "422 Validation error in path parameters: [name: value \"%s\" invalid, must be from 1 "
             "to 255 characters]",
             name);
    assert_string_equal(ask_line("GET", target, NULL), want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_collection_is_created_of_what_is_built),
        cmocka_unit_test(other_routes_need_no_body),
        cmocka_unit_test(a_collection_is_changed_by_what_is_given),
        cmocka_unit_test(aliases_are_changed_by_a_list),
        cmocka_unit_test(payload_indexes_are_declared_and_dropped),
        cmocka_unit_test(a_name_is_not_too_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
