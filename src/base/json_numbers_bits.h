/* Sixty-four bytes of a number array at once, as sets of bits: bit i of each set is byte i. The
 * grammar becomes shifts (what follows what) and additions (a run of digits or blanks is passed by
 * letting a carry run through it). Nothing here depends on the machine; what fills the sets does.
 *
 *     bytes      - 1 . 5 ,   2 ]
 *     digit      0 1 0 1 0 0 1 0     start: a number byte that no number byte precedes
 *     start      1 0 0 0 0 0 1 0     follows: the first byte after `[` or `,` that is no blank
 *     follows    1 0 0 0 0 0 1 0     These two must be the same set.
 *
 * What a block leaves to the next is a bit or a carry in vg_bits_state. Bits depend on lower bits
 * only, so what comes behind the array's end cannot spoil the verdict. */
#ifndef BASE_JSON_NUMBERS_BITS_H
#define BASE_JSON_NUMBERS_BITS_H

#include "vecgate/types.h"

/* Into the loop that fills the sets, whose instructions (as `and not`) they then have, and where
 * the state stays in registers. */
#define VG_BITS_INLINE static inline __attribute__((always_inline))

typedef struct vg_bits {
    uint64_t digit, zero, minus, dot, comma, blank;
    uint64_t plus, exp; /* may be left empty when `rare` is */
} vg_bits;

/* All are 0 or 1: what bit 63 of the block before says to bit 0 of this one. */
typedef struct vg_bits_state {
    uint64_t wanted;      /* a number must come next: after `[` or `,` */
    uint64_t in_number;   /* the last byte was part of one */
    uint64_t after_minus; /* that begins a number */
    uint64_t after_zero;  /* that begins a number */
    uint64_t after_dot;
    uint64_t after_digit;
    uint64_t in_integer; /* a run of digits that a dot may end */
    uint64_t after_exp;
    uint64_t after_sign;  /* of an exponent */
    uint64_t in_exponent; /* a run of digits that nothing more may follow */
} vg_bits_state;

enum { VG_BITS_BLOCK = 64 };

/* The bits behind the runs of `digit` that begin at `starts` (or were carried in). */
VG_BITS_INLINE uint64_t vg_bits_behind(uint64_t starts, uint64_t digit, uint64_t *carry)
{
    unsigned long long sum;
    bool first = __builtin_uaddll_overflow(starts, digit, &sum);
    bool second = __builtin_uaddll_overflow(sum, *carry, &sum);

    *carry = first || second;
    return sum & ~digit;
}

/* What is wrong about exponents and signs; blocks without any skip this. */
VG_BITS_INLINE uint64_t vg_bits_exponents(vg_bits_state *s, const vg_bits *b, uint64_t start)
{
    uint64_t behind = b->exp << 1 | s->after_exp;
    uint64_t sign = behind & (b->minus | b->plus);
    uint64_t first = (behind & ~sign) | sign << 1 | s->after_sign;
    uint64_t ended = vg_bits_behind(first & b->digit, b->digit, &s->in_exponent);
    uint64_t after_digit = b->digit << 1 | s->after_digit;

    s->after_exp = b->exp >> 63;
    s->after_sign = sign >> 63;
    return (first & ~b->digit) | (b->exp & ~after_digit) | (b->exp & ended) | (b->plus & ~behind) |
           (b->minus & ~(start | behind));
}

/* The bits at which the array is wrong. Only the lowest means anything. */
VG_BITS_INLINE uint64_t vg_bits_wrong(vg_bits_state *s, const vg_bits *b)
{
    uint64_t number = b->digit | b->minus | b->dot | b->plus | b->exp;
    uint64_t start = number & ~(number << 1 | s->in_number);
    uint64_t wants = b->comma << 1 | s->wanted;
    uint64_t sign = start & b->minus;
    uint64_t first = (start & ~sign) | sign << 1 | s->after_minus; /* of the integer part */
    uint64_t lone = first & b->zero;
    uint64_t ended = vg_bits_behind(first & b->digit, b->digit, &s->in_integer);
    uint64_t fraction = b->dot << 1 | s->after_dot;
    uint64_t rare = b->plus | b->exp | s->after_exp | s->after_sign | s->in_exponent;
    uint64_t past_end = 0;
    uint64_t follows = b->blank != 0 ? vg_bits_behind(wants, b->blank, &past_end) : wants;
    uint64_t wrong = (follows ^ start) | (first & ~b->digit) |
                     ((lone << 1 | s->after_zero) & b->digit) | (b->dot & ~ended) |
                     (fraction & ~b->digit);

    wrong |= rare != 0 ? vg_bits_exponents(s, b, start) : b->minus & ~start;
    s->wanted = past_end | b->comma >> 63;
    s->in_number = number >> 63;
    s->after_minus = sign >> 63;
    s->after_zero = lone >> 63;
    s->after_dot = b->dot >> 63;
    s->after_digit = b->digit >> 63;
    return wrong;
}

/* The bits of bytes that have no place in a number array: its end among them. */
VG_BITS_INLINE uint64_t vg_bits_foreign(const vg_bits *b)
{
    return ~(b->digit | b->minus | b->dot | b->plus | b->exp | b->comma | b->blank);
}

#endif
