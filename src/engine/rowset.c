/* See rowset.h. */
#include "engine/rowset.h"

enum { FIRST_LEAVES = 16 };

/* Rows come in no order: room doubles, so that a rising table is not copied for every leaf. */
static bool reach(vg_rowset *set, size_t leaf)
{
    size_t count = set->leaf_count ? set->leaf_count : FIRST_LEAVES;
    uint64_t **leaves;

    if (leaf < set->leaf_count)
        return true;
    while (count <= leaf)
        count *= 2; /* a row is below 2^63: this cannot overflow */
    leaves = VG_TAKE_N(set->arena, uint64_t *, count);
    if (!leaves)
        return false;
    if (set->leaf_count > 0)
        memcpy(leaves, set->leaves, set->leaf_count * sizeof *leaves);
    set->leaves = leaves;
    set->leaf_count = count;
    return true;
}

bool vg_rowset_add(vg_rowset *set, uint64_t row)
{
    size_t leaf = row / VG_ROWSET_LEAF, bit = row % VG_ROWSET_LEAF;
    uint64_t mask = (uint64_t)1 << bit % 64, *word;

    if (!reach(set, leaf))
        return false;
    if (!set->leaves[leaf])
        set->leaves[leaf] = VG_TAKE_N(set->arena, uint64_t, VG_ROWSET_WORDS);
    if (!set->leaves[leaf])
        return false;
    word = &set->leaves[leaf][bit / 64];
    set->count += (*word & mask) == 0;
    *word |= mask;
    return true;
}

/* The word of *row and those behind it, within its leaf. */
static bool next_in_leaf(const uint64_t *words, uint64_t *row)
{
    size_t bit = *row % VG_ROWSET_LEAF, word = bit / 64;
    uint64_t left = words[word] >> bit % 64 << bit % 64;

    while (left == 0 && ++word < VG_ROWSET_WORDS)
        left = words[word];
    if (left == 0)
        return false;
    *row = *row / VG_ROWSET_LEAF * VG_ROWSET_LEAF + word * 64 + (uint64_t)__builtin_ctzll(left);
    return true;
}

bool vg_rowset_next(const vg_rowset *set, uint64_t *row)
{
    for (size_t leaf; (leaf = *row / VG_ROWSET_LEAF) < set->leaf_count;
         *row = (leaf + 1) * VG_ROWSET_LEAF)
        if (set->leaves[leaf] && next_in_leaf(set->leaves[leaf], row))
            return true;
    return false;
}
