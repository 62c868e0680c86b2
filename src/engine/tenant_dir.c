/* See tenant_dir.h. Both forms can be read back, which is why they cannot collide; "%!" begins no
 * escaped name, since "!" is no digit. */
#include "engine/tenant_dir.h"

#include <stdio.h>

enum { GROUP_BITS = 5 };

static bool is_itself(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/* False: it does not fit. */
static bool escape(vg_slice tenant, char dir[VG_TENANT_DIR_BYTES])
{
    size_t len = 0;

    for (size_t i = 0; i < tenant.len; i++) {
        unsigned char c = (unsigned char)tenant.at[i];

        if (len + (is_itself(c) ? 1 : 3) >= VG_TENANT_DIR_BYTES)
            return false;
        if (is_itself(c))
            dir[len++] = (char)c;
        else
            len += (size_t)snprintf(dir + len, VG_TENANT_DIR_BYTES - len, "%%%02x", c);
    }
    dir[len] = '\0';
    return true;
}

/* RFC 4648's alphabet in lower case, without padding. */
static void pack(vg_slice tenant, char dir[VG_TENANT_DIR_BYTES])
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
    uint32_t held = 0, bits = 0;
    size_t len = 0;

    dir[len++] = '%';
    dir[len++] = '!';
    for (size_t i = 0; i < tenant.len; i++) {
        held = (held << 8 | (unsigned char)tenant.at[i]) & 0xfff; /* 4 left over and 8 new */
        for (bits += 8; bits >= GROUP_BITS; bits -= GROUP_BITS)
            dir[len++] = digits[held >> (bits - GROUP_BITS) & 31];
    }
    if (bits > 0)
        dir[len++] = digits[held << (GROUP_BITS - bits) & 31];
    dir[len] = '\0';
}

bool vg_tenant_dir(vg_slice tenant, char dir[VG_TENANT_DIR_BYTES])
{
    if (tenant.len == 0 || tenant.len > VG_TENANT_NAME_BYTES)
        return false;
    if (!escape(tenant, dir))
        pack(tenant, dir);
    return true;
}
