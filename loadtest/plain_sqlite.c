/* What SQLite does when it is asked directly, without a server: one statement, prepared once, with
 * one line of parameters after the other, over and over.
 *
 *     plain_sqlite DATABASE PARAMETERS SECONDS SQL
 *
 * A line of PARAMETERS holds ?1, ?2, … between tabs, each with its type before it: i42, tBerlin.
 * Every row is stepped to and every column read. Answers one line of JSON; with 0 seconds instead
 * one line for each line of parameters, the first column of its rows. The page cache and the mapped
 * memory are those of vecgate's readers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sqlite3.h>

enum { MOST_LINES = 10000, MOST_FIELDS = 8 };

typedef struct line {
    char *fields[MOST_FIELDS];
    int count;
} line;

typedef struct times {
    double *at;
    size_t count, room;
} times;

static line lines[MOST_LINES];

static void fail(const char *what)
{
    fprintf(stderr, "plain_sqlite: %s\n", what);
    exit(EXIT_FAILURE);
}

static double now(clockid_t clock)
{
    struct timespec at;

    clock_gettime(clock, &at);
    return (double)at.tv_sec + 1e-9 * (double)at.tv_nsec;
}

static void split(char *text, line *to)
{
    text[strcspn(text, "\n")] = '\0';
    while (text && to->count < MOST_FIELDS) {
        char *tab = strchr(text, '\t');

        if (tab)
            *tab++ = '\0';
        to->fields[to->count++] = text;
        text = tab;
    }
}

static size_t read_lines(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = NULL;
    size_t room = 0, count = 0;

    if (!file)
        fail("no parameters");
    while (count < MOST_LINES && getline(&text, &room, file) > 0) {
        split(text, &lines[count++]); /* which keeps the text */
        text = NULL;
    }
    fclose(file);
    if (count == 0)
        fail("no parameters");
    return count;
}

static void bind(sqlite3_stmt *statement, const line *of)
{
    for (int i = 0; i < of->count; i++) {
        const char *field = of->fields[i];

        if (field[0] == 'i')
            sqlite3_bind_int64(statement, i + 1, strtoll(field + 1, NULL, 10));
        else
            sqlite3_bind_text(statement, i + 1, field + 1, -1, SQLITE_STATIC);
    }
}

static void run(sqlite3_stmt *statement, const line *of, FILE *shown)
{
    int columns = sqlite3_column_count(statement), code;

    bind(statement, of);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        for (int i = 0; i < columns; i++)
            if (!sqlite3_column_text(statement, i))
                fail("a column is NULL");
        if (shown)
            fprintf(shown, "%s ", (const char *)sqlite3_column_text(statement, 0));
    }
    if (code != SQLITE_DONE || sqlite3_reset(statement) != SQLITE_OK)
        fail(sqlite3_errmsg(sqlite3_db_handle(statement)));
    if (shown)
        fputc('\n', shown);
}

static void keep(times *all, double seconds)
{
    if (all->count == all->room) {
        all->room = all->room ? 2 * all->room : 1024;
        all->at = realloc(all->at, all->room * sizeof *all->at);
        if (!all->at)
            fail("no memory");
    }
    all->at[all->count++] = seconds;
}

static int by_size(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return (left > right) - (left < right);
}

static void measure(sqlite3_stmt *statement, size_t count, double seconds)
{
    times all = {0};
    double begin = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID), at = begin;

    while (at - begin < seconds) {
        double before = at;

        run(statement, &lines[all.count % count], NULL);
        at = now(CLOCK_MONOTONIC);
        keep(&all, at - before);
    }
    cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    qsort(all.at, all.count, sizeof *all.at, by_size);
    printf("{\"requests\":%zu,\"seconds\":%.6f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"cpu\":%.6f}\n",
           all.count, at - begin, 1e6 * all.at[all.count / 2], 1e6 * all.at[all.count * 99 / 100],
           cpu);
    free(all.at);
}

int main(int argc, char **argv)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    size_t count;
    double seconds;

    if (argc != 5)
        fail("DATABASE PARAMETERS SECONDS SQL are needed");
    count = read_lines(argv[2]);
    seconds = strtod(argv[3], NULL);
    if (sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) !=
            SQLITE_OK ||
        sqlite3_exec(db, "PRAGMA mmap_size=1073741824;PRAGMA cache_size=-1024;", NULL, NULL,
                     NULL) ||
        sqlite3_prepare_v2(db, argv[4], -1, &statement, NULL) != SQLITE_OK)
        fail(sqlite3_errmsg(db));
    if (seconds > 0)
        measure(statement, count, seconds);
    for (size_t i = 0; seconds <= 0 && i < count; i++)
        run(statement, &lines[i], stdout);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return 0;
}
