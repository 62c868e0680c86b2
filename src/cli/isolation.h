/* `vecgate check --isolation`: whether tenants are kept apart on the backend that is configured, as
 * it is now. Makes two tenants with names of chance, each with a collection of the same name and
 * points of the same ids, asks as the one for what the other has, and takes all of it away again.
 * What others have there is not looked at. */
#ifndef CLI_ISOLATION_H
#define CLI_ISOLATION_H

#include "cli/flags.h"

/* Runs all probes on a gateway of its own inside this process: no port is opened to anybody else
 * but the one that the system chooses on loopback, and what the collections are is kept in memory.
 * Prints a line for each probe: `ok`, `LEAK`, or `could not` with the reason. Answers the exit
 * status: 0 when every one is ok. Blocks. */
int vg_isolation_run(const vg_flags *flags);

#endif
