/* Any bytes as the URL of a PostgreSQL: what is taken has hosts and ports, what is refused is told
 * why, and a password never shows there. */
#include "base/check.h"
#include "tests/support/fuzz.h"
#include "transport/pg_url.h"

static void check_taken(const vg_pg_url *url)
{
    VG_CHECK(url->host_count > 0 && url->host_count <= VG_PG_HOSTS);
    for (uint32_t i = 0; i < url->host_count; i++) {
        VG_CHECK(url->hosts[i].name[0] != '\0' && url->hosts[i].port[0] != '\0');
        VG_CHECK(strchr(url->hosts[i].name, ',') == NULL);
    }
    VG_CHECK(vg_pg_url_option(url, "user") != NULL);
    VG_CHECK(vg_pg_url_option(url, "service") == NULL);
    VG_CHECK(strcmp(vg_pg_url_option(url, "client_encoding"), "UTF8") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vg_pg_url_parts parts = {.url = {(const char *)data, size}, .is_direct = size % 2 == 1};
    char why[256] = "";
    vg_pg_url url;

    if (vg_pg_url_read(&url, &parts, why, sizeof why))
        check_taken(&url);
    else
        VG_CHECK(why[0] != '\0' && strstr(why, "hunter2") == NULL);
    vg_pg_url_fini(&url);
    return 0;
}
