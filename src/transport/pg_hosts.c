/* See pg_hosts.h. */
#include "transport/pg_hosts.h"

#define POOLER VG_LIT("-pooler")

static vg_slice first_label(const vg_pg_host *host)
{
    return vg_slice_of(host->name, strcspn(host->name, "."));
}

/* "ep-cool-name-123-pooler.region.aws.neon.tech" */
bool vg_pg_host_is_neon(const vg_pg_host *host)
{
    return strncmp(host->name, "ep-", 3) == 0 &&
           vg_slice_ends(vg_slice_str(host->name), VG_LIT(".neon.tech"));
}

vg_slice vg_pg_host_endpoint(const vg_pg_host *host)
{
    vg_slice id = first_label(host);

    if (vg_slice_ends(id, POOLER))
        id.len -= POOLER.len;
    return id;
}

static bool is_supabase_pooler(const vg_pg_host *host)
{
    return vg_slice_ends(vg_slice_str(host->name), VG_LIT(".pooler.supabase.com")) &&
           strcmp(host->port, "6543") == 0;
}

bool vg_pg_host_pools(const vg_pg_host *host)
{
    return is_supabase_pooler(host) ||
           (vg_pg_host_is_neon(host) && vg_slice_ends(first_label(host), POOLER));
}

void vg_pg_host_go_past(vg_pg_host *host)
{
    size_t end = first_label(host).len;

    if (is_supabase_pooler(host))
        memcpy(host->port, "5432", 4);
    else
        memmove(host->name + end - POOLER.len, host->name + end, strlen(host->name + end) + 1);
}
