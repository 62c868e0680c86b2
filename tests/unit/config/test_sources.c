/* Which source wins, and what each refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fakes.h"

/* clang-format off */
static const struct {
    const char *says;
    const char *yaml;
    const char *variables[4];
    const char *sets[3];
    const char *data; /* what comes out */
} wins[] = {
    {"nothing but the default", NULL, {0}, {0}, "./vecgate-data"},
    {"the file over the default", "data: f\n", {0}, {0}, "f"},
    {"the environment over the file", "data: f\n", {"VECGATE_DATA=e"}, {0}, "e"},
    {"the command line over the environment", "data: f\n", {"VECGATE_DATA=e"}, {"data=c"}, "c"},
    {"the last one on the command line", NULL, {0}, {"data=c", "data=d"}, "d"},
    {"a variable that is empty is not set", "data: f\n", {"VECGATE_DATA="}, {0}, "f"},
    {"nothing in the file is not given", "data:\n", {0}, {0}, "./vecgate-data"},
    {"a value with an equals sign", NULL, {"VECGATE_DATA=a=b"}, {0}, "a=b"},
    {"variables put into the file", "data: ${HOME_OF_DATA}/x\n", {"HOME_OF_DATA=h"}, {0}, "h/x"},
    {"but not into the environment", NULL, {"VECGATE_DATA=${HOME_OF_DATA}", "HOME_OF_DATA=h"}, {0}, "${HOME_OF_DATA}"},
    {"nor into the command line", NULL, {"HOME_OF_DATA=h"}, {"data=${HOME_OF_DATA}"}, "${HOME_OF_DATA}"},
    {"what is overruled need not be set", "data: ${NONE}\n", {"VECGATE_DATA=e"}, {0}, "e"},
};

static const struct {
    const char *says;
    const char *yaml;
    const char *variables[5];
    const char *sets[3];
    const char *key; /* the secret that comes out */
} secrets[] = {
    {"from the file", "    api_key: f\n", {0}, {0}, "f"},
    {"from its own variable", "    api_key: f\n", {"QDRANT_API_KEY=o"}, {0}, "o"},
    {"the derived variable over its own", "", {"VECGATE_VECTOR_QDRANT_API_KEY=d", "QDRANT_API_KEY=o"}, {0}, "d"},
    {"from a file that a variable names", "", {"QDRANT_API_KEY_FILE=key"}, {0}, "of the file"},
    {"from a file that the derived variable names", "", {"VECGATE_VECTOR_QDRANT_API_KEY_FILE=key", "QDRANT_API_KEY=o"}, {0}, "of the file"},
    {"from a file that the value names", "    api_key: ${file:key}\n", {0}, {0}, "of the file"},
    {"the command line over all", "    api_key: f\n", {"QDRANT_API_KEY_FILE=key"}, {"vector.qdrant.api_key=c"}, "c"},
    {"dollars of the environment are left alone", "", {"QDRANT_API_KEY=$$a${b"}, {0}, "$$a${b"},
    {"an empty one is none", "    api_key: ${NONE:-}\n", {0}, {0}, ""},
};

static const struct {
    const char *says;
    const char *variables[4];
    const char *sets[3];
    const char *complaints;
} refused[] = {
    {"an unknown variable", {"VECGATE_LISTN=a"}, {0},
     "VECGATE_LISTN: there is no such option; did you mean VECGATE_LISTEN?\n"},
    {"_FILE for what is no secret", {"VECGATE_DEADLINE_FILE=a"}, {0}, "VECGATE_DEADLINE_FILE: there is no such option; did you mean VECGATE_DEADLINE?\n"},
    {"a wrong value, by the variable's name", {"VECGATE_WORKERS=x"}, {0},
     "VECGATE_WORKERS: workers: expected a whole number, got \"x\"\n"},
    {"a secret given twice", {"QDRANT_API_KEY=a", "QDRANT_API_KEY_FILE=key"}, {0},
     "QDRANT_API_KEY_FILE: vector.qdrant.api_key: is given by QDRANT_API_KEY too: unset one of them\n"},
    {"a secret's file that is not there", {"QDRANT_API_KEY_FILE=none", "VECTOR_BACKEND=qdrant", "QDRANT_URL=http://a"}, {0},
     "QDRANT_API_KEY_FILE: vector.qdrant.api_key: none cannot be read: No such file or directory\n"},
    {"a backend by the short variable", {"VECTOR_BACKEND=pinecone"}, {0},
     "VECTOR_BACKEND: vector.backend: backend pinecone is not part of this build; built in: embedded, qdrant\n"},
    {"the long variable wins", {"VECTOR_BACKEND=pinecone", "VECGATE_VECTOR_BACKEND=weaviate"}, {0},
     "VECGATE_VECTOR_BACKEND: vector.backend: backend weaviate is not part of this build; built in: embedded, qdrant\n"},
    {"an unknown name on the command line", {0}, {"dta=x"}, "command line: dta: there is no such option; did you mean data?\n"},
    {"no value on the command line", {0}, {"data"}, "command line: expected NAME=VALUE, got \"data\"\n"},
    {"an empty value on the command line", {0}, {"data="}, "command line: data: must not be empty\n"},
    {"a section on the command line", {0}, {"vector=qdrant"}, "command line: vector: there is no such option\n"},
};
/* clang-format on */

static void later_sources_win(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wins / sizeof wins[0]; i++) {
        vg_config *config = fakes_read_good(wins[i].yaml, wins[i].variables, wins[i].sets);
        vg_slice data = vg_config_values(config)->data;

        if (!vg_slice_is_str(data, wins[i].data))
            fail_msg("%s: " VG_FMT, wins[i].says, VG_ARG(data));
        vg_config_free(config);
    }
}

static void a_secret_has_its_ways(void **state)
{
    (void)state;
    fakes_write("key", "of the file\n");
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        vg_arena *arena = vg_arena_new(1 << 16);
        const char *yaml =
            vg_arena_printf(arena, "vector:\n  backend: qdrant\n  qdrant:\n    url: http://a\n%s",
                            secrets[i].yaml)
                .at;
        vg_config *config = fakes_read_good(yaml, secrets[i].variables, secrets[i].sets);
        const struct fake_qdrant *values = vg_config_adapter_conf(config);

        if (!vg_slice_is_str(values->api_key, secrets[i].key))
            fail_msg("%s: " VG_FMT, secrets[i].says, VG_ARG(values->api_key));
        vg_config_free(config);
        vg_arena_free(arena);
    }
}

static void what_a_source_cannot_mean_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        fakes_assert_refused(refused[i].says, NULL, refused[i].variables, refused[i].sets,
                             refused[i].complaints);
}

static void what_is_overruled_must_be_a_value_all_the_same(void **state)
{
    static const char *const variables[] = {"VECGATE_WORKERS=1", NULL};

    (void)state;
    fakes_assert_refused("a wrong type under a right one", "workers: x\n", variables, NULL,
                         "vecgate.yaml:1: workers: expected a whole number, got \"x\"\n");
}

static void what_kubernetes_sets_is_no_slip(void **state)
{
    static const char *const variables[] = {"VECGATE_SERVICE_HOST=10.0.0.1",
                                            "VECGATE_SERVICE_PORT_REST=6333",
                                            "VECGATE_PORT=tcp://10.0.0.1:6333",
                                            "VECGATE_PORT_6333_TCP_ADDR=10.0.0.1",
                                            "VECGATE_CONFIG=x",
                                            "VECGATE=y",
                                            NULL};
    vg_config *config = fakes_read_good(NULL, variables, NULL);

    (void)state;
    vg_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(later_sources_win),
        cmocka_unit_test(a_secret_has_its_ways),
        cmocka_unit_test(what_a_source_cannot_mean_is_refused),
        cmocka_unit_test(what_is_overruled_must_be_a_value_all_the_same),
        cmocka_unit_test(what_kubernetes_sets_is_no_slip),
    };

    return cmocka_run_group_tests(tests, fakes_enter, fakes_leave);
}
