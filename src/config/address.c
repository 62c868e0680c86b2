/* Only texts are looked at: no name is resolved while a configuration is read. */
#include "config/address.h"

#include <arpa/inet.h>

enum { HOST_BYTES = 255 };

/* A NUL-terminated copy, for inet_pton. */
static bool is_ip(int family, vg_slice host, void *out)
{
    char text[INET6_ADDRSTRLEN];

    if (host.len >= sizeof text || host.len == 0)
        return false;
    memcpy(text, host.at, host.len);
    text[host.len] = '\0';
    return inet_pton(family, text, out) == 1;
}

static bool is_v6(vg_slice host)
{
    struct in6_addr ignored;

    return is_ip(AF_INET6, host, &ignored);
}

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
}

/* Only digits and dots: then it must be a whole IPv4 address. */
static bool looks_like_v4(vg_slice host)
{
    for (size_t i = 0; i < host.len; i++)
        if (host.at[i] != '.' && (host.at[i] < '0' || host.at[i] > '9'))
            return false;
    return true;
}

static bool is_host(vg_slice host)
{
    struct in_addr ignored;

    if (host.len == 0 || host.len > HOST_BYTES || host.at[0] == '.' || host.at[0] == '-')
        return false;
    for (size_t i = 0; i < host.len; i++)
        if (!is_name_byte(host.at[i]))
            return false;
    return !looks_like_v4(host) || is_ip(AF_INET, host, &ignored);
}

static bool read_port(vg_slice text, uint16_t *out)
{
    uint64_t port;

    if (text.len > 5 || !vg_slice_u64(text, &port) || port > UINT16_MAX)
        return false;
    *out = (uint16_t)port;
    return true;
}

/* The host at the front of `text`; `rest` begins behind it. */
static bool read_host(vg_slice text, vg_slice *host, vg_slice *rest)
{
    size_t end;

    if (text.len > 0 && text.at[0] == '[') {
        end = vg_slice_find(text, ']');
        if (end == text.len)
            return false;
        *host = vg_slice_of(text.at + 1, end - 1);
        *rest = vg_slice_skip(text, end + 1);
        return is_v6(*host);
    }
    *host = vg_slice_of(text.at, vg_slice_find(text, ':'));
    *rest = vg_slice_skip(text, host->len);
    return is_host(*host);
}

bool vg_address_read(vg_slice text, vg_address *out)
{
    vg_slice rest;

    return read_host(text, &out->host, &rest) && rest.len > 1 && rest.at[0] == ':' &&
           read_port(vg_slice_skip(rest, 1), &out->port);
}

/* Cuts "http://" or "https://" off. */
static bool read_scheme(vg_slice *text, vg_slice *scheme)
{
    static const char *const words[] = {"http", "https"};

    for (size_t i = 0; i < 2; i++) {
        size_t len = strlen(words[i]);

        if (!vg_slice_starts(*text, vg_slice_str(words[i])) ||
            !vg_slice_starts(vg_slice_skip(*text, len), VG_LIT("://")))
            continue;
        *scheme = vg_slice_of(text->at, len);
        *text = vg_slice_skip(*text, len + 3);
        return true;
    }
    return false;
}

static bool is_path(vg_slice path)
{
    for (size_t i = 0; i < path.len; i++)
        if ((unsigned char)path.at[i] <= ' ' || strchr("?#\"<>\\^`{|}\x7f", path.at[i]) != NULL)
            return false;
    return true;
}

bool vg_url_read(vg_slice text, vg_url *out)
{
    vg_slice authority, rest;

    *out = (vg_url){0};
    if (!read_scheme(&text, &out->scheme))
        return false;
    authority = vg_slice_of(text.at, vg_slice_find(text, '/'));
    out->path = vg_slice_skip(text, authority.len);
    if (!read_host(authority, &out->address.host, &rest) || !is_path(out->path))
        return false;
    out->has_port = rest.len > 0;
    out->address.port = out->scheme.len == 5 ? 443 : 80;
    if (!out->has_port)
        return true;
    return rest.at[0] == ':' && read_port(vg_slice_skip(rest, 1), &out->address.port) &&
           out->address.port != 0;
}

/* Anywhere: a password may hold a '/'. */
bool vg_url_has_credentials(vg_slice text)
{
    vg_slice scheme;

    return read_scheme(&text, &scheme) && vg_slice_find(text, '@') < text.len;
}

bool vg_address_is_ip(vg_slice host)
{
    struct in_addr ignored;

    return is_v6(host) || is_ip(AF_INET, host, &ignored);
}

bool vg_address_is_loopback(vg_slice host)
{
    struct in6_addr v6;
    struct in_addr v4;

    if (is_ip(AF_INET, host, &v4))
        return ntohl(v4.s_addr) >> 24 == 127;
    if (is_ip(AF_INET6, host, &v6))
        return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
    return vg_slice_is_nocase(host, VG_LIT("localhost"));
}

bool vg_address_is_any(vg_slice host)
{
    struct in6_addr v6;
    struct in_addr v4;

    if (is_ip(AF_INET, host, &v4))
        return v4.s_addr == 0;
    return is_ip(AF_INET6, host, &v6) && IN6_IS_ADDR_UNSPECIFIED(&v6);
}

static bool is_here(vg_slice host)
{
    return vg_address_is_loopback(host) || vg_address_is_any(host);
}

bool vg_address_reaches(const vg_address *to, const vg_address *at)
{
    if (to->port != at->port)
        return false;
    return vg_slice_is_nocase(to->host, at->host) || (is_here(to->host) && is_here(at->host));
}
