/* What the configuration is tested with: two backends, two metadata stores, a place for files. */
#ifndef VG_TESTS_CONFIG_FAKES_H
#define VG_TESTS_CONFIG_FAKES_H

#include "config/config.h"

/* What the fake backend `qdrant` is configured with. */
struct fake_qdrant {
    vg_slice url;
    vg_slice api_key;
    uint64_t max_connections;
};

/* A folder of this process becomes the current one; removed with fakes_leave(). For cmocka's
 * groups. */
int fakes_enter(void **state);
int fakes_leave(void **state);
/* Writes a file in it. */
void fakes_write(const char *name, const char *text);

/* Reads a configuration from such a YAML text (NULL: no file), as "vecgate.yaml". */
vg_config *fakes_read(const char *yaml, const char *const *variables, const char *const *sets,
                      vg_buf *complaints);
/* The same, and the complaints are none. */
vg_config *fakes_read_good(const char *yaml, const char *const *variables, const char *const *sets);
/* The same, and the complaints are exactly these; `says` is for people. */
void fakes_assert_refused(const char *says, const char *yaml, const char *const *variables,
                          const char *const *sets, const char *complaints);

#endif
