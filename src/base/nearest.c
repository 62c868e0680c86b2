/* Edit distance with swaps (Damerau's, the restricted form): three rows are enough. Words past the
 * bound are nobody's slip. */
#include "base/nearest.h"

enum { LONGEST = 64 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t distance(vg_slice a, vg_slice b)
{
    size_t rows[3][LONGEST + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];

    for (size_t j = 0; j <= b.len; j++)
        above[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t *oldest = before;

        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            bool same = a.at[i - 1] == b.at[j - 1];

            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + !same);
            if (i > 1 && j > 1 && a.at[i - 1] == b.at[j - 2] && a.at[i - 2] == b.at[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
        before = above;
        above = row;
        row = oldest;
    }
    return above[b.len];
}

const char *vg_nearest(vg_slice word, const char *const *words, size_t count)
{
    const char *best = NULL;
    size_t bound = word.len / 3 < 2 ? 2 : word.len / 3;
    size_t best_distance = bound + 1;

    if (word.len == 0 || word.len > LONGEST)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        vg_slice known = vg_slice_str(words[i]);
        size_t edits = known.len > LONGEST ? bound + 1 : distance(word, known);

        if (edits < best_distance && edits < known.len) {
            best = words[i];
            best_distance = edits;
        }
    }
    return best;
}
