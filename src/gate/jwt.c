/* See jwt.h. */
#include "gate/jwt.h"

#include "gate/base64url.h"

/* An object without repeated names. */
static const vg_json *read_object(vg_arena *arena, vg_slice text)
{
    vg_status status = {0};
    const vg_json *root;
    vg_slice bytes;

    if (!vg_base64url_read(arena, text, VG_JSON_PAD, &bytes))
        return NULL;
    root = vg_json_read(arena, bytes, VG_JWT_DEPTH, &status);
    return root != NULL && root->kind == VG_JSON_OBJECT && vg_json_repeated(root) == NULL ? root
                                                                                          : NULL;
}

static vg_jwt_alg alg_of(const vg_json *header)
{
    static const char *const words[] = {
        [VG_JWT_HS256] = "HS256", [VG_JWT_RS256] = "RS256", [VG_JWT_ES256] = "ES256"};
    const vg_json *alg = vg_json_get(header, VG_LIT("alg"));

    for (int i = VG_JWT_HS256; i <= VG_JWT_ES256; i++)
        if (alg != NULL && alg->kind == VG_JSON_STRING && vg_slice_is_str(alg->text, words[i]))
            return (vg_jwt_alg)i;
    return VG_JWT_UNKNOWN;
}

static bool read_header(vg_arena *arena, vg_slice text, vg_jwt *out)
{
    const vg_json *header = read_object(arena, text);
    const vg_json *kid = vg_json_get(header, VG_LIT("kid"));

    if (header == NULL || vg_json_get(header, VG_LIT("crit")) != NULL)
        return false;
    if (kid != NULL && (kid->kind != VG_JSON_STRING || kid->text.len > VG_JWT_KID_BYTES))
        return false;
    out->kid = kid != NULL ? kid->text : (vg_slice){0};
    out->alg = alg_of(header);
    return true;
}

bool vg_jwt_read(vg_arena *arena, vg_slice token, vg_jwt *out)
{
    size_t first = vg_slice_find(token, '.');
    vg_slice rest = vg_slice_skip(token, first + 1);
    size_t second = vg_slice_find(rest, '.');
    vg_slice signature = vg_slice_skip(rest, second + 1);

    *out = (vg_jwt){0};
    if (token.len > VG_JWT_BYTES || first == token.len || second == rest.len)
        return false;
    out->claims = vg_slice_of(rest.at, second);
    out->text = vg_slice_of(token.at, first + 1 + second);
    return vg_base64url_read(arena, signature, 0, &out->signature) &&
           read_header(arena, vg_slice_of(token.at, first), out);
}

const vg_json *vg_jwt_claims(vg_arena *arena, const vg_jwt *jwt)
{
    return read_object(arena, jwt->claims);
}
