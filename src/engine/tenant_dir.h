/* The name of a tenant's directory, made of the tenant's name: the same name always gives the same
 * directory, and two names never give one, on no file system.
 *
 *     acme            acme                a to z, 0 to 9, _ and - are themselves
 *     Acme, ä/b       %41cme  %c3%a4%2fb  any other byte is its number, in lower case
 *     what gets       %!mfrggzdf…         longer than a file's name may be: base32 of all of it
 *
 * No upper case and nothing but ASCII: file systems that know no case, or bring Unicode into one
 * of its forms, take no two of them for one. The first character is never a dot, so that names with
 * one are free for what is no tenant's. */
#ifndef ENGINE_TENANT_DIR_H
#define ENGINE_TENANT_DIR_H

#include "vecgate/op.h"

/* With the NUL; the longest name takes 2 + 205. */
enum { VG_TENANT_DIR_BYTES = 256 };

/* False: the name is empty or longer than VG_TENANT_NAME_BYTES. */
bool vg_tenant_dir(vg_slice tenant, char dir[VG_TENANT_DIR_BYTES]);

#endif
