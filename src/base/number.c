/* Text to number. A number is w × 10^e with w the first 19 digits, which 64 bits hold.
 *
 * float32: w × 10^e is computed in double, wrong by less than 3 units of its last place (w, 10^e
 * and the product are rounded once each, and digits past the 19th add nothing that can be seen).
 * Rounding that to float32 is right unless it lies that close to the middle between two floats.
 * float64: exact when w < 2^53 and |e| <= 22, for then one rounding is all there is (Clinger 1990).
 * All else goes to strtof() and strtod(), with the digits gathered so that no text is too long. */
#include "base/number.h"

#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    DIGITS = 19,     /* that always fit 64 bits */
    POWER = 60,      /* the largest in `powers`, either way */
    EXACT_POWER = 22 /* 10^22 is the last power of ten that is a double */
};

/* What a float32's last place is in a double: 29 bits further down. */
static const uint64_t below_float = ((uint64_t)1 << 29) - 1;
static const uint64_t middle = (uint64_t)1 << 28;
static const uint64_t margin = 8;

struct decimal {
    uint64_t digits;
    int64_t exponent;
    bool negative;
    bool is_cut; /* there were more digits than 19 */
};

/* clang-format off */
static const double powers[2 * POWER + 1] = {
    1e-60, 1e-59, 1e-58, 1e-57, 1e-56, 1e-55, 1e-54, 1e-53, 1e-52, 1e-51, 1e-50, 1e-49, 1e-48, 1e-47,
    1e-46, 1e-45, 1e-44, 1e-43, 1e-42, 1e-41, 1e-40, 1e-39, 1e-38, 1e-37, 1e-36, 1e-35, 1e-34, 1e-33,
    1e-32, 1e-31, 1e-30, 1e-29, 1e-28, 1e-27, 1e-26, 1e-25, 1e-24, 1e-23, 1e-22, 1e-21, 1e-20, 1e-19,
    1e-18, 1e-17, 1e-16, 1e-15, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4,
    1e-3, 1e-2, 1e-1, 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14,
    1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22, 1e23, 1e24, 1e25, 1e26, 1e27, 1e28, 1e29, 1e30,
    1e31, 1e32, 1e33, 1e34, 1e35, 1e36, 1e37, 1e38, 1e39, 1e40, 1e41, 1e42, 1e43, 1e44, 1e45, 1e46,
    1e47, 1e48, 1e49, 1e50, 1e51, 1e52, 1e53, 1e54, 1e55, 1e56, 1e57, 1e58, 1e59, 1e60,
};
/* clang-format on */

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

static double exact_f64(vg_slice text)
{
    char plain[EXACT_DIGITS + 64];
    double value;

    gather(text, plain);
    value = strtod_l(plain, NULL, c_locale());
    return text.at[0] == '-' ? -value : value;
}

static float exact_f32(vg_slice text)
{
    char plain[EXACT_DIGITS + 64];
    float value;

    gather(text, plain);
    value = strtof_l(plain, NULL, c_locale());
    return text.at[0] == '-' ? -value : value;
}

/* ---- the fast way ---- */

/* The value of eight digits of which the first is the lowest byte, each already 0 to 9. */
static uint32_t eight_digits(uint64_t word)
{
    word = word * 10 + (word >> 8);
    word = (word & 0x000000ff000000ff) * 0x000f424000000064 +
           (word >> 16 & 0x000000ff000000ff) * 0x0000271000000001;
    return (uint32_t)(word >> 32);
}

/* How many of the eight bytes, from the lowest on, are digits. Borrows and carries go upwards only,
 * to bytes behind the first that is none. */
static unsigned count_digits(uint64_t word)
{
    uint64_t none =
        ((word + 0x4646464646464646) | (word - 0x3030303030303030)) & 0x8080808080808080;

    return none == 0 ? 8 : (unsigned)__builtin_ctzll(none) / 8;
}

/* Adds the digits at `at` to `value`; beyond 19 digits it is of no use, but harmless. */
static const char *read_digits(const char *at, uint64_t *value)
{
    static const uint64_t tens[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
    unsigned n;

    do {
        uint64_t word;

        memcpy(&word, at, sizeof(word));
        n = count_digits(word);
        if (n > 0)
            *value = *value * tens[n] + eight_digits((word - 0x3030303030303030) << (64 - 8 * n));
        at += n;
    } while (n == 8);
    return at;
}

static const char *skip_exponent(const char *at, int64_t *exponent)
{
    const char *first = at;

    at += *at == '-' || *at == '+';
    while (is_digit(*at))
        at++;
    *exponent = read_exponent(vg_slice_of(first, (size_t)(at - first)));
    return at;
}

/* Digits from the first that is not 0 on. */
static size_t significant(const char *at, const char *end)
{
    size_t count = 0;

    for (; at < end; at++)
        count += is_digit(*at) && (count > 0 || *at != '0');
    return count;
}

/* Eight bytes behind the number must be readable, and it must end before them. */
static inline const char *read_decimal(const char *at, struct decimal *d)
{
    const char *first;
    size_t count;

    *d = (struct decimal){.negative = *at == '-'};
    at += d->negative;
    first = at;
    at = read_digits(at, &d->digits);
    count = (size_t)(at - first);
    if (*at == '.') {
        const char *dot = at;

        at = read_digits(at + 1, &d->digits);
        d->exponent = dot + 1 - at;
        count += (size_t)(at - dot) - 1;
    }
    d->is_cut = count > DIGITS && significant(first, at) > DIGITS;
    if ((*at | 0x20) == 'e') {
        int64_t exponent;

        at = skip_exponent(at + 1, &exponent);
        d->exponent += exponent;
    }
    return at;
}

/* False: it is too near to a middle, too small, too large, or too long. */
static inline bool round_f32(const struct decimal *d, float *out)
{
    double value;
    uint64_t bits;

    if (d->is_cut || d->exponent < -POWER || d->exponent > POWER)
        return false;
    value = (double)d->digits * powers[d->exponent + POWER];
    memcpy(&bits, &value, sizeof(bits));
    if ((bits & below_float) - (middle - margin) <= 2 * margin)
        return false;
    if (!(value >= 0x1p-126 && value < 0x1p127) && d->digits != 0)
        return false;
    *out = (float)(d->negative ? -value : value);
    return true;
}

const char *vg_number_next_f32(const char *at, float *out)
{
    struct decimal d;
    const char *end = read_decimal(at, &d);

    if (!round_f32(&d, out))
        *out = exact_f32(vg_slice_of(at, (size_t)(end - at)));
    return end;
}

/* Short numbers are copied to where eight bytes behind them may be read. */
enum { SHORT = 40 };

static bool read_short(vg_slice text, struct decimal *d)
{
    char padded[SHORT + 9] = {0};

    if (text.len > SHORT)
        return false;
    memcpy(padded, text.at, text.len);
    read_decimal(padded, d);
    return true;
}

float vg_number_f32(vg_slice text)
{
    struct decimal d;
    float value;

    if (read_short(text, &d) && round_f32(&d, &value))
        return value;
    return exact_f32(text);
}

double vg_number_f64(vg_slice text)
{
    struct decimal d;
    double value;

    if (!read_short(text, &d) || d.is_cut || d.digits >> 53 != 0 || d.exponent < -EXACT_POWER ||
        d.exponent > EXACT_POWER)
        return exact_f64(text);
    value = (double)d.digits;
    if (d.exponent < 0)
        value /= powers[POWER - d.exponent];
    else
        value *= powers[POWER + d.exponent];
    return d.negative ? -value : value;
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
