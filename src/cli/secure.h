/* What the configuration says of TLS, as net takes it, and what is wrong with it, with its place.
 */
#ifndef CLI_SECURE_H
#define CLI_SECURE_H

#include "config/config.h"
#include "net/tls.h"

/* Does this configuration serve with TLS? */
bool vg_secure_is_on(const vg_config *config);
/* Reads certificates, keys and what else is named. NULL: `status` names place and option in
 * `where`. Blocks; any thread. `warnings` get a line each. */
vg_tls_set *vg_secure_read(const vg_config *config, vg_arena *arena, vg_buf *warnings,
                           vg_status *status);
/* On reload, where TLS is on or not and stays so: the same, and what is wrong is a line of the log.
 * False: something is. `*set` stays as it is where there is no TLS. */
bool vg_secure_read_again(const vg_config *config, bool is_on, vg_tls_set **set);
/* The warnings as lines of the log. */
void vg_secure_warn(const vg_buf *warnings);
/* A warning where requests can come from other machines and travel in the clear. */
void vg_secure_warn_of_exposure(const vg_conf *conf);
/* The set is in effect from now on: when its certificates expire is told to metrics. */
void vg_secure_note(const vg_tls_set *set);

#endif
