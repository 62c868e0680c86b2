/* `vecgate check` and `vecgate config`: what a configuration comes to, before anything starts. */
#include <stdio.h>

#include "cli/commands.h"

enum { SHOWN_BYTES = 4 << 20 };

int vg_check_run(const vg_flags *flags)
{
    vg_config *config = vg_flags_config(flags);

    if (config == NULL)
        return 1;
    printf("the configuration is good: backend %s, metadata in %s, listening on " VG_FMT "\n",
           vg_config_adapter(config)->name, vg_config_metadata(config)->name,
           VG_ARG(vg_config_values(config)->listen));
    vg_config_free(config);
    return 0;
}

int vg_show_run(const vg_flags *flags)
{
    vg_config *config = vg_flags_config(flags);
    bool is_whole;
    vg_buf shown;

    if (config == NULL)
        return 1;
    vg_buf_init(&shown, SHOWN_BYTES);
    vg_config_show(config, &shown);
    is_whole = !vg_buf_is_spent(&shown) && fwrite(shown.at, 1, shown.len, stdout) == shown.len &&
               fflush(stdout) == 0;
    vg_buf_fini(&shown);
    vg_config_free(config);
    return is_whole ? 0 : 1;
}
