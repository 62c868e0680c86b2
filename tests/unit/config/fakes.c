#include "fakes.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/vecgate-config-XXXXXX";

static vg_code open_nothing(vg_backend *backend, vg_slice data_dir, vg_arena *arena,
                            vg_status *status)
{
    (void)backend;
    (void)data_dir;
    (void)arena;
    (void)status;
    return VG_OK;
}

/* clang-format off */
static const vg_option embedded_options[] = {
    {"cache", VG_OPT_BYTES, 0, .def = "64MiB", .min = 1024, .doc = "how much is kept in memory"},
    {0},
};
static const vg_option qdrant_options[] = {
    {"url", VG_OPT_URL, offsetof(struct fake_qdrant, url), .env = "QDRANT_URL", .need = true, .doc = "where it is"},
    {"api_key", VG_OPT_SECRET, offsetof(struct fake_qdrant, api_key), .env = "QDRANT_API_KEY", .doc = "its key"},
    {"pool.max", VG_OPT_COUNT, offsetof(struct fake_qdrant, max_connections), .def = "16", .min = 1, .max = 64, .live = true, .doc = "connections"},
    {0},
};
/* clang-format on */

static bool endpoint(const void *conf, vg_arena *arena, vg_endpoint *out, vg_status *status)
{
    const struct fake_qdrant *values = conf;

    (void)arena;
    out->base_url = values->url;
    if (!vg_slice_is(values->api_key, VG_LIT("not a key")))
        return true;
    vg_status_set(status, VG_INVALID, VG_LIT("that is not a key"), VG_LIT("vector.qdrant.api_key"));
    return false;
}

static const vg_adapter embedded = {.name = "embedded",
                                    .summary = "a store of its own",
                                    .options = embedded_options,
                                    .conf_size = sizeof(uint64_t),
                                    .via = VG_VIA_LOCAL,
                                    .open = open_nothing};
static const vg_adapter qdrant = {.name = "qdrant",
                                  .summary = "a Qdrant server",
                                  .via = VG_VIA_HTTP,
                                  .options = qdrant_options,
                                  .conf_size = sizeof(struct fake_qdrant),
                                  .endpoint = endpoint};
static const vg_adapter memory = {.name = "memory", .summary = "forgets", .open = open_nothing};
static const vg_adapter sqlite = {
    .name = "sqlite", .summary = "a file", .open = open_nothing, .can = {.serves_workers = true}};

const vg_adapter *const vg_adapters[] = {&embedded, &qdrant, NULL};
const vg_adapter *const vg_metadata_adapters[] = {&memory, &sqlite, NULL};

int fakes_enter(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL && chdir(folder) == 0 ? 0 : -1;
}

int fakes_leave(void **state)
{
    static const char *const names[] = {"vecgate.yaml", "key",       "large",    "empty",
                                        "keys.json",    "keys.yaml", "bad.yaml", "bounds.json"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unlink(names[i]);
    return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

void fakes_write(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

vg_config *fakes_read(const char *yaml, const char *const *variables, const char *const *sets,
                      vg_buf *complaints)
{
    vg_config_source source = {
        .file = yaml != NULL ? "vecgate.yaml" : NULL, .environ = variables, .sets = sets};

    if (yaml != NULL)
        fakes_write("vecgate.yaml", yaml);
    return vg_config_read(&source, complaints);
}

vg_config *fakes_read_good(const char *yaml, const char *const *variables, const char *const *sets)
{
    vg_buf complaints;
    vg_config *config;

    vg_buf_init(&complaints, 0);
    config = fakes_read(yaml, variables, sets, &complaints);
    if (complaints.len > 0 || config == NULL)
        fail_msg("refused: " VG_FMT, VG_ARG(vg_buf_bytes(&complaints)));
    vg_buf_fini(&complaints);
    return config;
}

void fakes_assert_refused(const char *says, const char *yaml, const char *const *variables,
                          const char *const *sets, const char *complaints)
{
    vg_buf told;
    vg_config *config;

    vg_buf_init(&told, 0);
    config = fakes_read(yaml, variables, sets, &told);
    if (config != NULL || !vg_slice_is_str(vg_buf_bytes(&told), complaints))
        fail_msg("%s:\n" VG_FMT "instead of\n%s", says, VG_ARG(vg_buf_bytes(&told)), complaints);
    vg_config_free(config);
    vg_buf_fini(&told);
}
