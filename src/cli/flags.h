/* What stands behind a command: flags that it knows, and perhaps a word. */
#ifndef CLI_FLAGS_H
#define CLI_FLAGS_H

#include "config/config.h"

enum { VG_FLAGS_SETS = 64 };

/* Which flags a command takes, as bits. */
enum {
    VG_TAKES_CONFIG = 1, /* --config FILE */
    VG_TAKES_SETS = 2,   /* --set NAME=VALUE, and --data, --listen for the two that are used most */
    VG_TAKES_WORD = 4,   /* one word without dashes, needed */
};

typedef struct vg_flags {
    const char *config;                  /* NULL: none */
    const char *sets[VG_FLAGS_SETS + 1]; /* as vg_config_source wants them */
    const char *word;
    bool help;
} vg_flags;

/* Reads `words` (NULL-terminated, behind the command). Made texts are in the arena. False:
 * `complaint` says what is wrong, in one sentence. */
bool vg_flags_read(char *const *words, unsigned takes, vg_arena *arena, vg_flags *out,
                   vg_slice *complaint);
/* Reads the configuration that the flags and the environment name; what is wrong goes to stderr. */
vg_config *vg_flags_config(const vg_flags *flags);
/* Why a command cannot do its work, on stderr. */
void vg_flags_tell(const char *command, const vg_status *status);

#endif
