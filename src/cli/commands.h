/* What vecgate can be told to do. Each answers the exit status: 0 done, 1 not. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/flags.h"

typedef int vg_command_fn(const vg_flags *flags);

vg_command_fn vg_serve_run;   /* serve.c */
vg_command_fn vg_check_run;   /* check.c */
vg_command_fn vg_show_run;    /* check.c: `config` */
vg_command_fn vg_docs_run;    /* docs.c */
vg_command_fn vg_version_run; /* main.c */

#endif
