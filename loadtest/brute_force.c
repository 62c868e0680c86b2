/* The truth that recall is measured against: cosine similarity of every query with every point, in
 * double, one number after the other; no SIMD, no index, nothing of vecgate's.
 *
 *     brute_force POINTS QUERIES DIMENSIONS K
 *
 * Both files hold rows of float32, little-endian, no header. Answers one line a query, best first:
 * ROW:SCORE ROW:SCORE … , rows from 0. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

typedef struct rows {
    float *at;
    size_t count;
} rows;

typedef struct hit {
    size_t row;
    double score;
} hit;

static void fail(const char *what)
{
    fprintf(stderr, "brute_force: %s\n", what);
    exit(EXIT_FAILURE);
}

static rows read_rows(const char *path, size_t dimensions)
{
    FILE *file = fopen(path, "rb");
    struct stat about;
    rows read = {0};

    if (file == NULL || fstat(fileno(file), &about) != 0)
        fail("cannot open a file of rows");
    read.count = (size_t)about.st_size / (dimensions * sizeof(float));
    read.at = malloc((size_t)about.st_size + 1);
    if (read.at == NULL || read.count * dimensions * sizeof(float) != (size_t)about.st_size ||
        fread(read.at, dimensions * sizeof(float), read.count, file) != read.count)
        fail("a file of rows is not whole");
    fclose(file);
    return read;
}

static double dot(const float *a, const float *b, size_t dimensions)
{
    double sum = 0;

    for (size_t i = 0; i < dimensions; i++)
        sum += (double)a[i] * b[i];
    return sum;
}

static double *lengths(const rows *of, size_t dimensions)
{
    double *length = malloc(of->count * sizeof(double) + 1);

    if (length == NULL)
        fail("no memory");
    for (size_t i = 0; i < of->count; i++) {
        const float *row = of->at + i * dimensions;
        length[i] = sqrt(dot(row, row, dimensions));
    }
    return length;
}

/* Puts one more hit among the best so far; `best` stays sorted. */
static void keep(hit *best, size_t k, size_t *count, hit one)
{
    size_t at;

    if (*count < k)
        (*count)++;
    else if (one.score <= best[k - 1].score)
        return;
    for (at = *count - 1; at > 0 && best[at - 1].score < one.score; at--)
        best[at] = best[at - 1];
    best[at] = one;
}

int main(int argc, char **argv)
{
    size_t dimensions = argc == 5 ? strtoul(argv[3], NULL, 10) : 0;
    size_t k = argc == 5 ? strtoul(argv[4], NULL, 10) : 0;
    rows points, queries;
    double *length;
    hit *best;

    if (dimensions == 0 || k == 0)
        fail("brute_force POINTS QUERIES DIMENSIONS K");
    points = read_rows(argv[1], dimensions);
    queries = read_rows(argv[2], dimensions);
    length = lengths(&points, dimensions);
    best = calloc(k, sizeof(hit));
    if (best == NULL)
        fail("no memory");
    for (size_t q = 0; q < queries.count; q++) {
        const float *query = queries.at + q * dimensions;
        double own = sqrt(dot(query, query, dimensions));
        size_t count = 0;
        for (size_t i = 0; i < points.count; i++) {
            double score = dot(query, points.at + i * dimensions, dimensions) / (own * length[i]);
            keep(best, k, &count, (hit){i, score});
        }
        for (size_t i = 0; i < count; i++)
            printf("%zu:%.9f ", best[i].row, best[i].score);
        printf("\n");
    }
    free(best);
    free(length);
    free(queries.at);
    free(points.at);
    return EXIT_SUCCESS;
}
