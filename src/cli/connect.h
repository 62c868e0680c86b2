/* `vecgate check --connect`: can each store that is configured be used, with the credentials and
 * within the deadlines that are configured? */
#ifndef CLI_CONNECT_H
#define CLI_CONNECT_H

#include "cli/flags.h"

/* Asks each for its health, twice: once on a new connection, once on that. A store of files that is
 * not there yet is not made, and one that is somebody else's is not opened. Prints for each what it
 * is and where, how that went, and what would be right; never a secret. Answers the exit status: 0
 * when all can be used, or will be made by the first start, or are in use by a gateway. Blocks. */
int vg_connect_run(const vg_flags *flags);

#endif
