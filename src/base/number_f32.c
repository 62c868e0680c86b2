/* The numbers of a checked array as float32: the way of every vector that is computed with.
 *
 * A number is w × 10^e with w its digits, 19 at most, which 64 bits hold. w × 10^e is computed in
 * double, wrong by less than 3 units of its last place: w, 10^e and the product are rounded once
 * each. Rounding that to float32 is right unless it lies that close to the middle between two
 * floats; then, and when it is too small, too large or too long for this, strtof() decides.
 *
 * Digits are read eight at a time from a 64-bit word, and without branches on how many there are:
 * their number changes from one to the next, and a wrong guess costs more than the reading. */
#include <math.h>

#include "vecgate/json.h"

#include "base/number.h"

enum { DIGITS = 19, POWER = 60 };

/* A float32 ends where a double has 29 bits more. */
static const uint64_t below_float = ((uint64_t)1 << 29) - 1;
static const uint64_t middle = (uint64_t)1 << 28;
static const uint64_t margin = 8;

static const uint64_t eight_zeros = 0x3030303030303030;

struct decimal {
    uint64_t digits;
    int64_t exponent;
    const char *end;
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

static inline bool is_digit(char byte)
{
    return (unsigned)(unsigned char)byte - '0' <= 9;
}

static inline uint64_t load(const char *at)
{
    uint64_t word;

    memcpy(&word, at, sizeof(word));
    return word;
}

/* How many of the eight bytes, from the lowest on, are digits. Borrows and carries go upwards only,
 * to bytes behind the first that is none. */
static inline unsigned count_digits(uint64_t word)
{
    uint64_t none = ((word + 0x4646464646464646) | (word - eight_zeros)) & 0x8080808080808080;

    return none == 0 ? 8 : (unsigned)__builtin_ctzll(none) / 8;
}

/* The value of the first n digits of the word: the others are shifted out, zeros lead. */
static inline uint64_t digits_of(uint64_t word, unsigned n)
{
    word = (word - eight_zeros) << (32 - 4 * n)
                                << (32 - 4 * n); /* in halves: 64 at once is undefined */
    word = word * 10 + (word >> 8);
    word = (word & 0x000000ff000000ff) * 0x000f424000000064 +
           (word >> 16 & 0x000000ff000000ff) * 0x0000271000000001;
    return word >> 32;
}

/* Appends the digits at `at` to `value`. More than 19 make nonsense of it, but no harm. */
static inline const char *read_fraction(const char *at, uint64_t *value)
{
    static const uint64_t tens[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
    unsigned first, second;

    do {
        uint64_t low = load(at);
        uint64_t high = load(at + 8);

        first = count_digits(low);
        second = first == 8 ? count_digits(high) : 0;
        *value = *value * tens[first] + digits_of(low, first);
        *value = *value * tens[second] + digits_of(high, second);
        at += first + second;
    } while (second == 8);
    return at;
}

static const char *read_exponent(const char *at, int64_t *exponent)
{
    const int64_t enough = 100000; /* beyond it all is the exact way's */
    bool negative = *at == '-';
    int64_t value = 0;

    at += *at == '-' || *at == '+';
    for (; is_digit(*at); at++)
        value = value < enough ? 10 * value + (*at - '0') : value;
    *exponent += negative ? -value : value;
    return at;
}

/* Digits from the first that is not 0 on: leading zeros take no room in w. */
static size_t count_significant(const char *at, const char *end)
{
    size_t count = 0;

    for (; at < end; at++)
        count += is_digit(*at) && (count > 0 || *at != '0');
    return count;
}

/* From behind the sign. False: it has too many digits. */
static inline bool read_decimal(const char *at, struct decimal *d)
{
    const char *first = at;
    const char *digits_end;

    d->digits = 0;
    d->exponent = 0;
    for (; is_digit(*at); at++)
        d->digits = d->digits * 10 + (uint64_t)(*at - '0');
    if (*at == '.') {
        const char *dot = at;

        at = read_fraction(at + 1, &d->digits);
        d->exponent = dot + 1 - at;
    }
    digits_end = at;
    if ((*at | 0x20) == 'e')
        at = read_exponent(at + 1, &d->exponent);
    d->end = at;
    return digits_end - first <= DIGITS || count_significant(first, digits_end) <= DIGITS;
}

/* False: the exact way must decide. */
static inline bool round_to_float(const struct decimal *d, bool negative, float *out)
{
    uint64_t bits;
    double value;

    if (d->exponent < -POWER || d->exponent > POWER || d->digits >> 63 != 0)
        return false;
    value = (double)(int64_t)d->digits * powers[d->exponent + POWER];
    memcpy(&bits, &value, sizeof(bits));
    if ((bits & below_float) - (middle - margin) <= 2 * margin)
        return false;
    if (!(value >= 0x1p-126 && value < 0x1p127) && d->digits != 0)
        return false;
    bits |= (uint64_t)negative << 63;
    memcpy(&value, &bits, sizeof(value));
    *out = (float)value;
    return true;
}

/* Reads the number at `at`; answers where it ends. */
static inline const char *read_float(const char *at, float *out)
{
    bool negative = *at == '-';
    struct decimal d;

    if (!read_decimal(at + negative, &d) || !round_to_float(&d, negative, out))
        *out = vg_number_exact_f32(vg_slice_of(at, (size_t)(d.end - at)));
    return d.end;
}

/* To the next number, or to the closing bracket: blanks and commas sort before both. One
 * comparison, for signs are as good as chance and must not be branched on. */
static inline const char *next_number(const char *at)
{
    while (*at <= ',')
        at++;
    return at;
}

size_t vg_json_floats(vg_slice raw, float *out, size_t room, size_t *bad)
{
    const char *at = raw.at + 1; /* behind the bracket */
    size_t n = 0;

    for (; n < room && *(at = next_number(at)) != ']'; n++) {
        at = read_float(at, &out[n]);
        if (isinf(out[n])) {
            *bad = n;
            return 0;
        }
    }
    return n;
}
