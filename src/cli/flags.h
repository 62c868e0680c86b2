/* What stands behind a command: flags that it knows, and perhaps a word. */
#ifndef CLI_FLAGS_H
#define CLI_FLAGS_H

#include "config/config.h"
#include "gate/credential.h"

enum { VG_FLAGS_SETS = 64 };

/* Which flags a command takes, as bits. */
enum {
    VG_TAKES_CONFIG = 1, /* --config FILE */
    VG_TAKES_SETS = 2,   /* --set NAME=VALUE, and --data, --listen for the two that are used most */
    VG_TAKES_WORD = 4,   /* one word without dashes, needed */
    VG_TAKES_TRIES = 8,  /* --connect, --isolation */
};

typedef struct vg_flags {
    const char *config;                  /* NULL: none */
    const char *sets[VG_FLAGS_SETS + 1]; /* as vg_config_source wants them */
    const char *word;
    bool help;
    bool connect;   /* stores are to be connected to, too */
    bool isolation; /* tenants are to be tried, too */
} vg_flags;

/* Reads `words` (NULL-terminated, behind the command). Made texts are in the arena. False:
 * `complaint` says what is wrong, in one sentence. */
bool vg_flags_read(char *const *words, unsigned takes, vg_arena *arena, vg_flags *out,
                   vg_slice *complaint);
/* Reads the configuration that the flags and the environment name; what is wrong goes to stderr. */
vg_config *vg_flags_config(const vg_flags *flags);
/* The same of a file whose text somebody has read already; NULL in `at`: it is read now. */
vg_config *vg_flags_config_of(const vg_flags *flags, vg_slice text);
/* The file that they name; NULL: none. */
const char *vg_flags_file(const vg_flags *flags);
/* What lets somebody in, by that configuration; what is wrong goes to stderr. NULL: something is.
 */
vg_credentials *vg_flags_credentials(const vg_config *config);
/* A line of the log for each key that has expired. */
void vg_flags_tell_expired(const vg_credentials *credentials);
/* Why a command cannot do its work, on stderr. */
void vg_flags_tell(const char *command, const vg_status *status);

#endif
