/* Vectors as embeddings are: clusters of unlike sizes, each spread over few directions and, a
 * little, over all. The same seed makes the same bytes on every machine of the same libm.
 *
 *     make_clusters COUNT DIMENSIONS SEED > ROWS
 *
 * Rows of float32, little-endian, no header. The first n rows are the same for every COUNT >= n. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { CLUSTERS = 256, DIRECTIONS = 128, OWN = 24 };

static const double WITHIN = 0.8, NOISE = 0.35; /* lengths, beside a centre's 1 */

static uint64_t chance;

static double next_double(void) /* xorshift64*, 0 to 1 without both */
{
    chance ^= chance >> 12;
    chance ^= chance << 25;
    chance ^= chance >> 27;
    return ((double)((chance * 2685821657736338717U) >> 11) + 0.5) / 9007199254740992.0;
}

static double next_normal(void) /* Box and Muller */
{
    double radius = sqrt(-2 * log(next_double()));

    return radius * cos(6.283185307179586 * next_double());
}

/* Rows of normal numbers, each about `length` long. */
static double *make_rows(size_t count, size_t dimensions, double length)
{
    double *rows = malloc(count * dimensions * sizeof *rows);

    if (rows == NULL)
        exit(EXIT_FAILURE);
    for (size_t i = 0; i < count * dimensions; i++)
        rows[i] = length * next_normal() / sqrt((double)dimensions);
    return rows;
}

static void make_point(double *point, size_t dimensions, const double *centres,
                       const double *directions)
{
    double luck = next_double();
    size_t cluster = (size_t)(luck * luck * CLUSTERS); /* small numbers are likelier */

    for (size_t k = 0; k < dimensions; k++)
        point[k] =
            centres[cluster * dimensions + k] + NOISE * next_normal() / sqrt((double)dimensions);
    for (size_t i = 0; i < OWN; i++) {
        const double *along = directions + (cluster * 7 + i) % DIRECTIONS * dimensions;
        double much = WITHIN * next_normal() / sqrt(OWN);

        for (size_t k = 0; k < dimensions; k++)
            point[k] += much * along[k];
    }
}

int main(int argc, char **argv)
{
    size_t count = argc == 4 ? strtoul(argv[1], NULL, 10) : 0;
    size_t dimensions = argc == 4 ? strtoul(argv[2], NULL, 10) : 0;
    double *centres, *directions, *point;

    if (count == 0 || dimensions == 0) {
        fprintf(stderr, "make_clusters COUNT DIMENSIONS SEED\n");
        return EXIT_FAILURE;
    }
    chance = 0x9e3779b97f4a7c15U ^ strtoul(argv[3], NULL, 10);
    centres = make_rows(CLUSTERS, dimensions, 1);
    directions = make_rows(DIRECTIONS, dimensions, 1);
    point = make_rows(1, dimensions, 0);
    for (size_t i = 0; i < count; i++) {
        make_point(point, dimensions, centres, directions);
        for (size_t k = 0; k < dimensions; k++) {
            float one = (float)point[k];
            fwrite(&one, sizeof one, 1, stdout);
        }
    }
    free(centres);
    free(directions);
    free(point);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
