/* Whole configurations: every complaint, exactly as it is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/entries.h"
#include "fakes.h"

#define QDRANT "vector:\n  backend: qdrant\n  qdrant:\n    url: "

/* clang-format off */
static const struct {
    const char *says;
    const char *yaml;
    const char *complaints;
} refused[] = {
    {"an unknown key, and what was meant", "listn: 127.0.0.1:1\n",
     "vecgate.yaml:1: listn: there is no such option; did you mean listen?\n"},
    {"below a section too", "log:\n  levle: info\n",
     "vecgate.yaml:2: log.levle: there is no such option; did you mean log.level?\n"},
    {"an unknown section, once", "vectr:\n  backend: qdrant\n  qdrant:\n    url: x\n",
     "vecgate.yaml:1: vectr: there is no such option; did you mean vector?\n"},
    {"something far from everything", "telemetry: on\n",
     "vecgate.yaml:1: telemetry: there is no such option\n"},
    {"all of it at once, each with its line", "workers: many\nlog:\n  level: loud\ndata: [a]\nfoo: 1\n",
     "vecgate.yaml:1: workers: expected a whole number, got \"many\"\n"
     "vecgate.yaml:3: log.level: must be one of debug, info, warn, error, got \"loud\"\n"
     "vecgate.yaml:4: data: expected one value, got a list\n"
     "vecgate.yaml:5: foo: there is no such option\n"},
    {"a wrong type", "limits:\n  body: lots\n",
     "vecgate.yaml:2: limits.body: expected a size such as 512, 64KiB, 32MiB or 1GiB, got \"lots\"\n"},
    {"out of range", "limits:\n  headers: 1\n",
     "vecgate.yaml:2: limits.headers: must be 8 to 1000, got \"1\"\n"},
    {"a mapping for an option", "listen:\n  host: a\n",
     "vecgate.yaml:1: listen: expected one value, got a mapping\n"},
    {"a value for a section", "vector: qdrant\n",
     "vecgate.yaml:1: vector: is a section: its options go below it, indented\n"},
    {"a list of options", "- listen: a\n", "vecgate.yaml:1: expected options, each as `name: value`\n"},
    {"given twice", "data: a\ndata: b\n", "vecgate.yaml:2: data: is given twice, first in line 1\n"},
    {"given twice in two ways", "log:\n  level: info\nlog.level: warn\n",
     "vecgate.yaml:3: log.level: is given twice, first in vecgate.yaml:2\n"},
    {"empty where something must be", "data: ''\n", "vecgate.yaml:1: data: must not be empty\n"},
    {"a backend of another build", "vector:\n  backend: pgvector\n",
     "vecgate.yaml:2: vector.backend: backend pgvector is not part of this build; built in: embedded, qdrant\n"},
    {"a backend of no build", "vector:\n  backend: qdrnt\n",
     "vecgate.yaml:2: vector.backend: there is no backend \"qdrnt\"; did you mean qdrant? Built in: embedded, qdrant\n"},
    {"what the backend needs", "vector:\n  backend: qdrant\n",
     "vector.qdrant.url: is needed: give it in the file, or by VECGATE_VECTOR_QDRANT_URL or QDRANT_URL\n"},
    {"an option of the backend that is chosen", QDRANT "not a url\n",
     "vecgate.yaml:4: vector.qdrant.url: expected http://HOST[:PORT][/PATH] or https://…, got \"not a url\"\n"},
    {"what the backend itself refuses", QDRANT "http://a\n    api_key: not a key\n",
     "vecgate.yaml:5: vector.qdrant.api_key: that is not a key\n"},
    {"a breaker that opens for longer than is allowed", QDRANT "http://a\n    resilience:\n      breaker: {open: 5s, open_most: 2s}\n",
     "vecgate.yaml:6: vector.qdrant.resilience.breaker.open_most: must be at least breaker.open (5000 ms)\n"},
    {"more than all", QDRANT "http://a\n    resilience: {breaker: {failures: 101}}\n",
     "vecgate.yaml:5: vector.qdrant.resilience.breaker.failures: must be 1 to 100, got \"101\"\n"},
    {"what a store of our own does not have", "vector:\n  embedded:\n    resilience: {breaker: {enabled: true}}\n",
     "vecgate.yaml:3: vector.embedded.resilience.breaker: there is no such option; did you mean vector.embedded.resilience.quota?\n"},
    {"Qdrant's other port", QDRANT "http://localhost:6334\n",
     "vecgate.yaml:4: vector.qdrant.url: port 6334 is where Qdrant speaks gRPC; REST is needed, on port 6333 unless it was moved\n"},
    {"ourselves as the backend", QDRANT "http://localhost:6333\n",
     "vecgate.yaml:4: vector.qdrant.url: http://localhost:6333 is where this gateway itself listens (127.0.0.1:6333): one of the two needs another port\n"},
    {"ourselves under the address of all", "auth: none\nlisten: 0.0.0.0:80\n" QDRANT "http://127.0.0.1/\n",
     "vecgate.yaml:6: vector.qdrant.url: http://127.0.0.1/ is where this gateway itself listens (0.0.0.0:80): one of the two needs another port\n"},
    {"an open door", "listen: 0.0.0.0:6333\n",
     "vecgate.yaml:1: listen: 0.0.0.0:6333 can be reached from other machines and no credential is configured: give credentials.api_key, listen on 127.0.0.1, or write `auth: none` to let everybody in\n"},
    {"an open door of version six", "listen: '[::]:6333'\n",
     "vecgate.yaml:1: listen: [::]:6333 can be reached from other machines and no credential is configured: give credentials.api_key, listen on 127.0.0.1, or write `auth: none` to let everybody in\n"},
    {"a name that may be anywhere", "auth: loopback\nlisten: gate.example:6333\n",
     "vecgate.yaml:2: listen: expected an IP address or localhost before the port, got \"gate.example:6333\"\n"},
    {"credentials that are not there", "auth: required\n",
     "vecgate.yaml:1: auth: must be one of loopback, none, got \"required\"\n"},
    {"more workers than the store allows", "workers: 2\n",
     "vecgate.yaml:1: workers: must be 1: the store of backend embedded belongs to one process\n"},
    {"more workers than the metadata store allows", "workers: 2\nmetadata:\n  store: memory://\n" QDRANT "http://a\n",
     "vecgate.yaml:1: workers: must be 1: metadata in the store memory belongs to one process; that of sqlite:///path/to/file can be shared by workers\n"},
    {"than either of the two does", "workers: 2\nmetadata:\n  store: memory://\n",
     "vecgate.yaml:1: workers: must be 1: the store of backend embedded belongs to one process\n"
     "vecgate.yaml:1: workers: must be 1: metadata in the store memory belongs to one process; that of sqlite:///path/to/file can be shared by workers\n"},
    {"a body that cannot fit", "limits:\n  body: 64MiB\nmemory:\n  total: 32MiB\n",
     "vecgate.yaml:2: limits.body: is more than memory.total allows for all together (33554432 bytes)\n"},
    {"a request that cannot fit", "memory:\n  total: 128MiB\n  request: 129MiB\n",
     "vecgate.yaml:3: memory.request: is more than memory.total allows for all together (134217728 bytes)\n"},
    {"a version that is none", "qdrant:\n  version: v1.14\n",
     "vecgate.yaml:2: qdrant.version: expected three numbers such as 1.14.1, got \"v1.14\"\n"},
    {"a version with a tail", "qdrant:\n  version: 1.14.1-dev\n",
     "vecgate.yaml:2: qdrant.version: expected three numbers such as 1.14.1, got \"1.14.1-dev\"\n"},
    {"a metadata store of another build, without its password", "metadata:\n  store: postgresql://me:s3cr3t@db/x\n",
     "vecgate.yaml:2: metadata.store: postgresql is not part of this build; built in: memory, sqlite\n"},
    {"a metadata store of no build, without its password", "metadata:\n  store: postgre://me:s3cr3t@db/x\n",
     "vecgate.yaml:2: metadata.store: expected a connection string such as sqlite:///path/to/file; built in: memory, sqlite\n"},
    {"a metadata file without a path from the root", "metadata:\n  store: sqlite://here.db\n",
     "vecgate.yaml:2: metadata.store: expected sqlite:///path/to/file, the path from the root on\n"},
    {"memory with a path", "metadata:\n  store: memory://x\n",
     "vecgate.yaml:2: metadata.store: nothing may stand behind memory://\n"},
    {"a variable that is not set", "data: ${DATA_DIR}\n",
     "vecgate.yaml:1: data: the variable DATA_DIR is not set: set it, or write ${DATA_DIR:-default}\n"},
    {"a variable that is not set, for a secret", QDRANT "http://a\n    api_key: ${QDRANT_KEY}\n",
     "vecgate.yaml:5: vector.qdrant.api_key: the variable QDRANT_KEY is not set: set it, or write ${QDRANT_KEY:-default}\n"},
    {"a wrong value where nobody looks yet", "vector:\n  qdrant:\n    pool:\n      max: 100\n",
     "vecgate.yaml:4: vector.qdrant.pool.max: must be 1 to 64, got \"100\"\n"},
    {"an unknown key of a backend to come", "vector:\n  pinecone:\n    api_kye: x\n",
     "vecgate.yaml:3: vector.pinecone.api_kye: there is no such option; did you mean vector.pinecone.api_key?\n"},
    {"control bytes are not written to terminals", "\"a\\e[1mb\": 1\n", "vecgate.yaml:1: a [1mb: there is no such option\n"},
};

/* The block of the first design, with every backend it names. */
static const char all_backends[] =
    "vector:\n"
    "  backend: embedded\n"
    "  vertex_ai:\n    project_id: my-gcp-project\n    location: us-central1\n    index_endpoint: projects/a/indexEndpoints/b\n"
    "  databricks:\n    workspace_url: https://xxx.cloud.databricks.com\n    token: ${DATABRICKS_TOKEN}\n"
    "  pinecone:\n    api_key: ${PINECONE_API_KEY}\n    environment: us-east-1\n"
    "  qdrant:\n    url: http://localhost:6334\n    api_key: ${QDRANT_API_KEY}\n"
    "  pgvector:\n    connection_string: ${PGVECTOR_URL}\n";
/* clang-format on */

static void what_is_wrong_is_told_exactly(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        fakes_assert_refused(refused[i].says, refused[i].yaml, NULL, NULL, refused[i].complaints);
}

static void a_file_that_is_not_there_is_told(void **state)
{
    vg_config_source source = {.file = "none.yaml"};
    vg_buf told;

    (void)state;
    vg_buf_init(&told, 0);
    assert_null(vg_config_read(&source, &told));
    assert_true(vg_slice_is_str(vg_buf_bytes(&told),
                                "none.yaml: cannot be read: No such file or directory\n"));
    vg_buf_clear(&told);
    source.file = ".";
    assert_null(vg_config_read(&source, &told));
    assert_true(vg_slice_is_str(vg_buf_bytes(&told), ".: cannot be read: Is a directory\n"));
    vg_buf_fini(&told);
}

static void without_any_source_there_are_defaults(void **state)
{
    vg_config *config = fakes_read_good(NULL, NULL, NULL);
    const vg_conf *conf = vg_config_values(config);

    (void)state;
    assert_true(vg_slice_is_str(conf->listen, "127.0.0.1:6333"));
    assert_true(vg_slice_is_str(conf->data, "./vecgate-data"));
    assert_int_equal(conf->auth, VG_AUTH_REQUIRED);
    assert_int_equal(conf->max_body_bytes, 32 << 20);
    assert_int_equal(conf->max_head_bytes, 32 << 10);
    assert_int_equal(conf->max_headers, 100);
    assert_int_equal(conf->max_connections, 16384);
    assert_int_equal(conf->head_ms, 10000);
    assert_int_equal(conf->body_ms, 30000);
    assert_int_equal(conf->keep_alive_ms, 75000);
    assert_int_equal(conf->memory_bytes, 512 << 20);
    assert_int_equal(conf->deadline_ms, 30000);
    assert_int_equal(conf->drain_ms, 30000);
    assert_int_equal(conf->workers, 1);
    assert_true(vg_slice_is_str(conf->qdrant_version, "1.14.1"));
    assert_ptr_equal(vg_config_adapter(config), vg_adapters[0]);
    assert_int_equal(conf->backend, 0);
    assert_int_equal(*(const uint64_t *)vg_config_adapter_conf(config), 64 << 20);
    assert_string_equal(vg_config_metadata(config)->name, "sqlite");
    vg_config_free(config);
}

static void workers_share_a_file(void **state)
{
    vg_config *config = fakes_read_good("workers: 8\n" QDRANT "http://a\n", NULL, NULL);

    (void)state;
    assert_int_equal(vg_config_values(config)->workers, 8);
    vg_config_free(config);
}

static void every_backend_may_stand_in_one_file(void **state)
{
    vg_config *config = fakes_read_good(all_backends, NULL, NULL);

    (void)state;
    vg_config_free(config);
}

static void only_the_chosen_section_is_resolved(void **state)
{
    static const char *const chosen[] = {"vector.backend=qdrant", NULL};

    (void)state;
    fakes_assert_refused(
        "the key is needed now", all_backends, NULL, chosen,
        "vecgate.yaml:15: vector.qdrant.api_key: the variable QDRANT_API_KEY is not set: set it, "
        "or write ${QDRANT_API_KEY:-default}\n");
}

static void a_chosen_backend_gets_its_struct(void **state)
{
    static const char yaml[] = QDRANT "https://q.example/a\n    api_key: k3y\n";
    vg_config *config = fakes_read_good(yaml, NULL, NULL);
    const struct fake_qdrant *values = vg_config_adapter_conf(config);

    (void)state;
    assert_int_equal(vg_config_values(config)->backend, 1);
    assert_string_equal(values->url.at, "https://q.example/a");
    assert_string_equal(values->api_key.at, "k3y");
    assert_int_equal(values->max_connections, 16);
    vg_config_free(config);
}

/* One of our own has no breaker and repeats nothing. */
static void a_chosen_backend_gets_its_resilience(void **state)
{
    vg_config *config = fakes_read_good("{}", NULL, NULL);
    const vg_resilience *resilience = vg_config_resilience(config);

    (void)state;
    assert_false(resilience->breaker.is_on || resilience->hedge.is_on);
    assert_int_equal(resilience->retry.most + resilience->admit.most, 0);
    assert_int_equal(resilience->admit.waiting, 1024);
    vg_config_free(config);
    config = fakes_read_good(QDRANT "http://a\n    resilience: {retry: {most: 7}}\n", NULL, NULL);
    resilience = vg_config_resilience(config);
    assert_true(resilience->breaker.is_on && !resilience->hedge.is_on);
    assert_int_equal(resilience->retry.most, 7);
    assert_int_equal(resilience->breaker.open_most_ms, 60000);
    vg_config_free(config);
}

static void a_metadata_store_is_found_by_its_scheme(void **state)
{
    vg_config *config = fakes_read_good("metadata:\n  store: sqlite:///var/x.db\n", NULL, NULL);

    (void)state;
    assert_string_equal(vg_config_metadata(config)->name, "sqlite");
    assert_true(vg_slice_is_str(vg_config_values(config)->metadata, "sqlite:///var/x.db"));
    vg_config_free(config);
    config = fakes_read_good("metadata:\n  store: memory://\n", NULL, NULL);
    assert_string_equal(vg_config_metadata(config)->name, "memory");
    vg_config_free(config);
}

static void an_open_door_that_is_written_out_is_taken(void **state)
{
    vg_config *config = fakes_read_good("listen: 0.0.0.0:6333\nauth: none\n", NULL, NULL);

    (void)state;
    assert_int_equal(vg_config_values(config)->auth, VG_AUTH_NONE);
    vg_config_free(config);
}

static void names_and_variables_are_unique(void **state)
{
    vg_arena *arena = vg_arena_new(1 << 20);
    vg_conf conf = {0};
    vg_entries entries = {0};

    (void)state;
    assert_true(vg_entries_build(&entries, &conf, arena));
    assert_true(entries.count > 30);
    for (uint32_t i = 0; i < entries.count; i++)
        for (uint32_t k = 0; k < i; k++) {
            assert_string_not_equal(entries.at[i].name, entries.at[k].name);
            assert_string_not_equal(entries.at[i].env, entries.at[k].env);
        }
    vg_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_is_told_exactly),
        cmocka_unit_test(a_file_that_is_not_there_is_told),
        cmocka_unit_test(without_any_source_there_are_defaults),
        cmocka_unit_test(workers_share_a_file),
        cmocka_unit_test(every_backend_may_stand_in_one_file),
        cmocka_unit_test(only_the_chosen_section_is_resolved),
        cmocka_unit_test(a_chosen_backend_gets_its_struct),
        cmocka_unit_test(a_chosen_backend_gets_its_resilience),
        cmocka_unit_test(a_metadata_store_is_found_by_its_scheme),
        cmocka_unit_test(an_open_door_that_is_written_out_is_taken),
        cmocka_unit_test(names_and_variables_are_unique),
    };

    return cmocka_run_group_tests(tests, fakes_enter, fakes_leave);
}
