/* See origin.h. Whatever is not well formed is not loopback. */
#include "gate/origin.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "" or ":6333" */
static bool is_port_or_nothing(vg_slice text)
{
    if (text.len == 0)
        return true;
    if (text.at[0] != ':' || text.len > 6)
        return false;
    for (size_t i = 1; i < text.len; i++)
        if (!is_digit(text.at[i]))
            return false;
    return true;
}

/* One to three digits, 255 at most; moves `text` behind them. */
static bool take_octet(vg_slice *text)
{
    unsigned value = 0;
    size_t n = 0;

    while (n < text->len && n < 3 && is_digit(text->at[n]))
        value = value * 10 + (unsigned)(text->at[n++] - '0');
    *text = vg_slice_skip(*text, n);
    return n > 0 && value <= 255;
}

static bool is_loopback_v4(vg_slice text)
{
    if (!vg_slice_starts(text, VG_LIT("127.")))
        return false;
    text = vg_slice_skip(text, 4);
    for (int i = 0; i < 3; i++) {
        if (i > 0 && (text.len == 0 || text.at[0] != '.'))
            return false;
        text = vg_slice_skip(text, i > 0);
        if (!take_octet(&text))
            return false;
    }
    return text.len == 0;
}

bool vg_origin_is_loopback(vg_slice host)
{
    vg_slice v6 = VG_LIT("[::1]");
    vg_slice name = {host.at, vg_slice_find(host, ':')};

    if (vg_slice_starts(host, v6))
        return is_port_or_nothing(vg_slice_skip(host, v6.len));
    if (!is_port_or_nothing(vg_slice_skip(host, name.len)))
        return false;
    if (name.len > 1 && name.at[name.len - 1] == '.') /* a name may be written with its root */
        name.len--;
    return vg_slice_is_nocase(name, VG_LIT("localhost")) || is_loopback_v4(name);
}

vg_origin_rule vg_origin_rule_of(vg_slice listen, bool keyless)
{
    return (vg_origin_rule){
        .any_host = !keyless || !vg_origin_is_loopback(listen),
        .any_origin = !keyless,
    };
}

bool vg_origin_admits_host(vg_origin_rule rule, vg_slice host)
{
    return rule.any_host || host.len == 0 || vg_origin_is_loopback(host);
}

bool vg_origin_admits(vg_origin_rule rule, vg_slice origin)
{
    static const vg_slice schemes[] = {VG_LIT_INIT("http://"), VG_LIT_INIT("https://")};

    if (rule.any_origin || origin.len == 0)
        return true;
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
        if (vg_slice_starts(origin, schemes[i]))
            return vg_origin_is_loopback(vg_slice_skip(origin, schemes[i].len));
    return false;
}
