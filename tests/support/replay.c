/* Runs a fuzz target over files instead of over chance: each argument is a file or a folder, and
 * each file is one input. What a fuzzer once found stays found with any compiler.
 * An input is held in a block of exactly its size, so that the address sanitizer sees a read past
 * its end. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "tests/support/fuzz.h"

static size_t inputs;

static void replay_file(const char *path, size_t size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(size != 0 ? size : 1);
    size_t got;

    if (file == NULL || data == NULL) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    got = fread(data, 1, size, file);
    fclose(file);
    LLVMFuzzerTestOneInput(data, got);
    free(data);
    inputs++;
}

static void replay(const char *path);

static void replay_folder(const char *path)
{
    struct dirent **names;
    char inner[4096];
    int n = scandir(path, &names, NULL, alphasort);

    for (int i = 0; i < n; i++) {
        if (names[i]->d_name[0] != '.') {
            snprintf(inner, sizeof(inner), "%s/%s", path, names[i]->d_name);
            replay(inner);
        }
        free(names[i]);
    }
    if (n >= 0)
        free(names);
}

static void replay(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    if (S_ISDIR(st.st_mode))
        replay_folder(path);
    else
        replay_file(path, (size_t)st.st_size);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        replay(argv[i]);
    printf("%zu inputs replayed\n", inputs);
    return inputs != 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
