/* The shortest text that reads back as the same float, by Schubfach (Raffaello Giulietti,
 * 2020/2021): of the decimals in the interval that rounds to the float, the shortest; of these the
 * nearest. For float32 and float64 alike: they differ in widths, and in how many bits of 10^k are
 * needed.
 *
 * Layout, as most JSON writers have it: 1.0, 0.001234, 12345.67, 1e-7, 1.5e20. Plain digits up to
 * 10^13 (float32) or 10^16 (float64) and down to 10^-6 or 10^-5, exponents beyond. */
#include "vecgate/json.h"

enum { LEAST_POWER = -292 };

struct power {
    uint64_t high, low;
};

static const struct power powers[] = {
#define POWER(high, low) {high, low},
#include "base/float_powers.def"
#undef POWER
};

/* A finite float that is not 0: significand × 2^exponent. */
struct binary {
    uint64_t significand;
    int exponent;
    bool lower_is_closer; /* the next float below is half as far as the one above */
};

struct decimal {
    uint64_t digits; /* × 10^exponent */
    int exponent;
};

__extension__ typedef unsigned __int128 wide;

typedef uint64_t scale_fn(struct power power, uint64_t factor);

/* The upper part of power × factor, with a last bit that says "and something below it". */
static uint64_t scale32(struct power power, uint64_t factor)
{
    uint64_t up = power.high + (power.low != 0); /* 64 bits are enough, rounded up */
    wide product = (wide)up * factor;

    return (uint64_t)(product >> 64) | ((uint32_t)(product >> 32) > 1);
}

static uint64_t scale64(struct power power, uint64_t factor)
{
    wide low = (wide)power.low * factor;
    wide high = (wide)power.high * factor + (uint64_t)(low >> 64);

    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

/* floor(log10(2^e)), or of 3/4 × 2^e; floor(log2(10^k)). Right for all exponents of a double. */
static int log10_of_2(int e, bool three_quarters)
{
    return (e * 1262611 - (three_quarters ? 524031 : 0)) >> 22;
}

static int log2_of_10(int k)
{
    return (k * 1741647) >> 19;
}

/* One of u and u + 1, when exactly one lies in the interval; else -1. All are quarters. */
static int only_one(uint64_t lower, uint64_t upper, uint64_t u, uint64_t step)
{
    bool u_is_in = lower <= u;
    bool next_is_in = u + step <= upper;

    return u_is_in == next_is_in ? -1 : next_is_in;
}

static inline struct decimal shortest(struct binary b, scale_fn *scale)
{
    bool is_odd = (b.significand & 1) != 0; /* then the ends of the interval round elsewhere */
    uint64_t centre = 4 * b.significand;
    int k = log10_of_2(b.exponent, b.lower_is_closer);
    int h = b.exponent + log2_of_10(-k) + 1;
    struct power power = powers[-k - LEAST_POWER];
    uint64_t lower = scale(power, (centre - 2 + b.lower_is_closer) << h) + is_odd;
    uint64_t value = scale(power, centre << h);
    uint64_t upper = scale(power, (centre + 2) << h) - is_odd;
    uint64_t whole = value / 4;
    uint64_t tens = whole / 10;
    int one = tens > 0 ? only_one(lower, upper, 40 * tens, 40) : -1;
    uint64_t half = 4 * whole + 2;

    if (one >= 0)
        return (struct decimal){tens + (uint64_t)one, k + 1};
    one = only_one(lower, upper, 4 * whole, 4);
    if (one < 0) /* both or none: the nearer, of equals the even one */
        one = value > half || (value == half && (whole & 1) != 0);
    return (struct decimal){whole + (uint64_t)one, k};
}

/* A value that is a whole number below 2^53 needs no search. */
static bool is_whole(struct binary b)
{
    if (b.exponent > 0 || b.exponent < -52)
        return false;
    return (b.significand & (((uint64_t)1 << -b.exponent) - 1)) == 0;
}

/* ---- layout ---- */

static struct decimal drop_zeros(struct decimal d)
{
    while (d.digits % 10 == 0) {
        d.digits /= 10;
        d.exponent++;
    }
    return d;
}

static int count_digits(uint64_t value)
{
    static const uint64_t tens[] = {0,
                                    10,
                                    100,
                                    1000,
                                    10000,
                                    100000,
                                    1000000,
                                    10000000,
                                    100000000,
                                    1000000000,
                                    10000000000,
                                    100000000000,
                                    1000000000000,
                                    10000000000000,
                                    100000000000000,
                                    1000000000000000,
                                    10000000000000000,
                                    100000000000000000};
    int about = (63 - __builtin_clzll(value | 1)) * 1233 >> 12; /* log10: right, or one too few */

    return about + (value >= tens[about]) + (value >= tens[about + 1]);
}

/* The last `n` digits of `value`, which may have fewer: then zeros lead. Two at a time. */
static void put_digits(char *to, uint64_t value, int n)
{
    static const char pairs[] = "0001020304050607080910111213141516171819"
                                "2021222324252627282930313233343536373839"
                                "4041424344454647484950515253545556575859"
                                "6061626364656667686970717273747576777879"
                                "8081828384858687888990919293949596979899";

    for (; n >= 2; value /= 100) {
        n -= 2;
        memcpy(to + n, pairs + value % 100 * 2, 2);
    }
    if (n > 0)
        to[0] = (char)('0' + value % 10);
}

static char *put_zeros(char *to, int n)
{
    memset(to, '0', (size_t)n);
    return to + n;
}

/* 12340000.0 */
static char *put_whole(char *to, struct decimal d, int n)
{
    put_digits(to, d.digits, n);
    to = put_zeros(to + n, d.exponent);
    memcpy(to, ".0", 2);
    return to + 2;
}

/* 12.34: `point` digits before the dot */
static char *put_pointed(char *to, struct decimal d, int n, int point)
{
    put_digits(to + 1, d.digits, n);
    memmove(to, to + 1, (size_t)point);
    to[point] = '.';
    return to + n + 1;
}

/* 0.001234 */
static char *put_fraction(char *to, struct decimal d, int n, int point)
{
    memcpy(to, "0.", 2);
    to = put_zeros(to + 2, -point);
    put_digits(to, d.digits, n);
    return to + n;
}

/* 1.234e-20 */
static char *put_exponent(char *to, struct decimal d, int n, int power)
{
    int size = power < 0 ? -power : power;
    int width = count_digits((uint64_t)size);

    if (n == 1) {
        *to++ = (char)('0' + d.digits);
    } else {
        to = put_pointed(to, d, n, 1);
    }
    *to++ = 'e';
    if (power < 0)
        *to++ = '-';
    put_digits(to, (uint64_t)size, width);
    return to + width;
}

/* `most` digits before the dot, `least` zeros behind it. */
static char *put_decimal(char *to, struct decimal d, int most, int least)
{
    int n = count_digits(d.digits);
    int point = n + d.exponent;

    if (d.exponent >= 0 && point <= most)
        return put_whole(to, d, n);
    if (point > 0 && point <= most)
        return put_pointed(to, d, n, point);
    if (point <= 0 && point > -least)
        return put_fraction(to, d, n, point);
    return put_exponent(to, d, n, point - 1);
}

static size_t put_special(char *to, bool is_zero, bool negative)
{
    vg_slice text = !is_zero ? VG_LIT("null") : negative ? VG_LIT("-0.0") : VG_LIT("0.0");

    memcpy(to, text.at, text.len);
    return text.len;
}

/* ---- the two widths ---- */

size_t vg_float_write(float value, char *to)
{
    enum { BITS = 23, MOST = 0xff, BIAS = 127 + BITS };
    uint32_t bits;
    uint32_t exponent, fraction;
    struct binary b;
    char *at = to;

    memcpy(&bits, &value, sizeof(bits));
    exponent = bits >> BITS & MOST;
    fraction = bits & ((1u << BITS) - 1);
    if (exponent == MOST || (exponent == 0 && fraction == 0))
        return put_special(to, exponent == 0, bits >> 31);
    b.significand = exponent != 0 ? fraction | 1u << BITS : fraction;
    b.exponent = (exponent != 0 ? (int)exponent : 1) - BIAS;
    b.lower_is_closer = fraction == 0 && exponent > 1;
    if (bits >> 31 != 0)
        *at++ = '-';
    if (is_whole(b))
        at = put_decimal(at, drop_zeros((struct decimal){b.significand >> -b.exponent, 0}), 13, 6);
    else
        at = put_decimal(at, drop_zeros(shortest(b, scale32)), 13, 6);
    return (size_t)(at - to);
}

size_t vg_double_write(double value, char *to)
{
    enum { BITS = 52, MOST = 0x7ff, BIAS = 1023 + BITS };
    uint64_t bits;
    uint64_t exponent, fraction;
    struct binary b;
    char *at = to;

    memcpy(&bits, &value, sizeof(bits));
    exponent = bits >> BITS & MOST;
    fraction = bits & (((uint64_t)1 << BITS) - 1);
    if (exponent == MOST || (exponent == 0 && fraction == 0))
        return put_special(to, exponent == 0, bits >> 63);
    b.significand = exponent != 0 ? fraction | (uint64_t)1 << BITS : fraction;
    b.exponent = (exponent != 0 ? (int)exponent : 1) - BIAS;
    b.lower_is_closer = fraction == 0 && exponent > 1;
    if (bits >> 63 != 0)
        *at++ = '-';
    if (is_whole(b))
        at = put_decimal(at, drop_zeros((struct decimal){b.significand >> -b.exponent, 0}), 16, 5);
    else
        at = put_decimal(at, drop_zeros(shortest(b, scale64)), 16, 5);
    return (size_t)(at - to);
}
