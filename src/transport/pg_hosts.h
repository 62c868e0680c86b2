/* Hosts that are known by their names: Neon's and Supabase's (pg_url.h says how). Inside
 * src/transport only. */
#ifndef TRANSPORT_PG_HOSTS_H
#define TRANSPORT_PG_HOSTS_H

#include "transport/pg_url.h"

bool vg_pg_host_is_neon(const vg_pg_host *host);
/* Neon's "ep-cool-name-123", with a pooler or not. */
vg_slice vg_pg_host_endpoint(const vg_pg_host *host);
/* A pooler that gives each transaction another connection. */
bool vg_pg_host_pools(const vg_pg_host *host);
/* Names the server behind such a pooler instead. */
void vg_pg_host_go_past(vg_pg_host *host);

#endif
