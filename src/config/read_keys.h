/* Lists of keys, from YAML (or JSON, which YAML contains) to rows. Inside src/config.
 *
 *     - name: app                      who it is in logs
 *       key: ${APP_KEY}                or sha256: 64 hex digits, or certificate: a client's name,
 *       rights: write                  or keys: [{key | sha256, expires}, …]
 *       collections: [docs]            read, write or manage
 *       tenant: acme
 *       may_choose_tenant: true
 *       expires: 2027-01-31T00:00:00Z                                                          */
#ifndef CONFIG_READ_KEYS_H
#define CONFIG_READ_KEYS_H

#include "config/keys.h"
#include "config/read_list.h"

/* Rows in the complaints' arena. Texts of keys are overwritten where they stand. What is wrong is
 * told, and left out. */
vg_key_list vg_keys_read(const vg_yaml *list, const vg_list_source *source,
                         vg_complaints *complaints);
/* The same of a text or of a whole file. */
vg_key_list vg_keys_read_text(vg_slice text, const vg_list_source *source,
                              vg_complaints *complaints);
vg_key_list vg_keys_read_file(const char *path, const char *const *variables,
                              vg_complaints *complaints);
/* Sets list->digest. */
void vg_keys_seal(vg_key_list *list);

/* A key's text to its SHA-256; the text is overwritten. False: too short or too long, told as
 * "<name>: …"; overwritten all the same. */
bool vg_key_hash(vg_slice text, vg_slice place, const char *name, uint8_t sha256[VG_KEY_DIGEST],
                 vg_complaints *complaints);

#endif
