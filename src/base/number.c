/* Text to number: the grammar, the exact values, whole numbers and float64. The numbers of vectors
 * have a fast way of their own, in number_f32.c.
 *
 * float64 is w × 10^e with w the digits. When w < 2^53 and |e| <= 22 both are doubles, and one
 * operation rounds once (Clinger 1990). All else goes to strtod(), the digits gathered so that no
 * text is too long. */
#include "base/number.h"

#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { DIGITS = 19 }; /* that always fit 64 bits */

static bool is_digit(char byte)
{
    return (unsigned)(unsigned char)byte - '0' <= 9;
}

/* ---- grammar ---- */

static const char *skip_digits(const char *at, const char *end, const char **bad)
{
    const char *first = at;

    while (at < end && is_digit(*at))
        at++;
    if (at > first)
        return at;
    *bad = at;
    return NULL;
}

const char *vg_number_skip(const char *at, const char *end, const char **bad)
{
    if (at < end && *at == '-')
        at++;
    if (at < end && *at == '0')
        at++; /* and no digit behind it */
    else
        at = skip_digits(at, end, bad);
    if (at != NULL && at < end && *at == '.')
        at = skip_digits(at + 1, end, bad);
    if (at != NULL && at < end && (*at | 0x20) == 'e') {
        at++;
        if (at < end && (*at == '-' || *at == '+'))
            at++;
        at = skip_digits(at, end, bad);
    }
    return at;
}

/* ---- the exact way: slow, for any text ---- */

/* More digits than any middle between two doubles has (767); what comes after only says "not
 * equal". */
enum { EXACT_DIGITS = 800 };

static locale_t made;

static void make_locale(void)
{
    made = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

static locale_t c_locale(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, make_locale);
    return made;
}

static int64_t read_exponent(vg_slice text)
{
    const int64_t enough = (int64_t)1 << 40; /* beyond all that digits could make up for */
    bool negative = text.len > 0 && text.at[0] == '-';
    int64_t value = 0;

    for (size_t i = 0; i < text.len; i++)
        if (is_digit(text.at[i]) && value < enough)
            value = 10 * value + (text.at[i] - '0');
    return negative ? -value : value;
}

/* Writes `text` as "-digits e exponent" to `to`, with at most EXACT_DIGITS digits. */
static void gather(vg_slice text, char to[EXACT_DIGITS + 64])
{
    size_t len = 0;
    int64_t exponent = 0;
    bool in_fraction = false;
    bool rest = false;
    size_t i = text.at[0] == '-';

    for (; i < text.len && (text.at[i] | 0x20) != 'e'; i++) {
        if (text.at[i] == '.') {
            in_fraction = true;
            continue;
        }
        exponent -= in_fraction;
        if (len < EXACT_DIGITS) {
            to[len] = text.at[i];
            len += len > 0 || text.at[i] != '0'; /* leading zeros say nothing */
        } else {
            rest = rest || text.at[i] != '0';
            exponent++;
        }
    }
    if (rest) {
        to[len++] = '1';
        exponent--;
    }
    if (i < text.len)
        exponent += read_exponent(vg_slice_skip(text, i + 1));
    snprintf(to + len, 32, "%se%lld", len == 0 ? "0" : "", (long long)exponent);
}

double vg_number_exact_f64(vg_slice text)
{
    char plain[EXACT_DIGITS + 64];
    double value;

    gather(text, plain);
    value = strtod_l(plain, NULL, c_locale());
    return text.at[0] == '-' ? -value : value;
}

float vg_number_exact_f32(vg_slice text)
{
    char plain[EXACT_DIGITS + 64];
    float value;

    gather(text, plain);
    value = strtof_l(plain, NULL, c_locale());
    return text.at[0] == '-' ? -value : value;
}

/* ---- short numbers ---- */

struct decimal {
    uint64_t digits;
    int exponent;
};

/* Sign aside; false when its digits or its exponent are too many for the short way. */
static bool read_short(vg_slice text, struct decimal *d)
{
    size_t i = text.at[0] == '-';
    size_t count = 0;
    int scale = 0;

    *d = (struct decimal){0};
    for (; i < text.len && (text.at[i] | 0x20) != 'e'; i++) {
        if (text.at[i] == '.') {
            scale = 1;
            continue;
        }
        d->digits = d->digits * 10 + (uint64_t)(text.at[i] - '0');
        d->exponent -= scale;
        count++;
    }
    if (count > DIGITS || text.len - i > 4) /* e-22 */
        return false;
    if (i < text.len)
        d->exponent += (int)read_exponent(vg_slice_skip(text, i + 1));
    return true;
}

double vg_number_f64(vg_slice text)
{
    static const double tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                  1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    const int most = sizeof(tens) / sizeof(tens[0]) - 1;
    struct decimal d;
    double value;

    if (!read_short(text, &d) || d.digits >> 53 != 0 || d.exponent < -most || d.exponent > most)
        return vg_number_exact_f64(text);
    value = (double)d.digits;
    if (d.exponent < 0)
        value /= tens[-d.exponent];
    else
        value *= tens[d.exponent];
    return text.at[0] == '-' ? -value : value;
}

bool vg_number_u64(vg_slice text, uint64_t *out)
{
    return vg_slice_u64(text, out);
}

bool vg_number_i64(vg_slice text, int64_t *out)
{
    bool negative = text.len > 0 && text.at[0] == '-';
    uint64_t value;

    if (!vg_slice_u64(vg_slice_skip(text, negative), &value))
        return false;
    if (value > (uint64_t)INT64_MAX + negative)
        return false;
    *out = (int64_t)(negative ? 0 - value : value);
    return true;
}
