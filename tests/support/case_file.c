/* See case_file.h. */
#include "tests/support/case_file.h"

#include <stdio.h>
#include <stdlib.h>

#include "vecgate/json.h"

static const char *const words[] = {"case", "op", "sends", "reply", "ends"};

static _Noreturn void wrong(const char *path, int number, const char *what)
{
    fprintf(stderr, "%s:%d: %s\n", path, number, what);
    exit(2);
}

static vg_slice load(vg_arena *arena, const char *path)
{
    FILE *file = fopen(path, "rb");
    char *at = vg_arena_take(arena, 1 << 20);
    size_t len;

    if (file == NULL)
        wrong(path, 0, "cannot be opened");
    len = fread(at, 1, 1 << 20, file);
    fclose(file);
    return vg_slice_of(at, len);
}

static void begin_line(case_file *file, vg_slice text, int number)
{
    size_t len = vg_slice_find(text, ' ');
    case_line *line = &file->lines[file->count];

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (!vg_slice_is_str(vg_slice_of(text.at, len), words[i]))
            continue;
        *line = (case_line){.word = (case_word)i,
                            .number = number,
                            .text = vg_slice_trim(vg_slice_skip(text, len))};
        file->count++;
        return;
    }
    wrong(file->path, number, "expected case, op, sends, reply, ends, '#' or a blank");
}

static vg_slice join(vg_arena *arena, vg_slice a, const char *between, vg_slice b)
{
    size_t len = a.len + strlen(between) + b.len;
    char *at = vg_arena_take_zero(arena, len + VG_JSON_PAD, 1);

    if (a.len > 0)
        memcpy(at, a.at, a.len);
    memcpy(at + a.len, between, strlen(between));
    memcpy(at + len - b.len, b.at, b.len);
    return vg_slice_of(at, len);
}

static void go_on(vg_arena *arena, case_file *file, vg_slice text, int number)
{
    case_line *line;

    if (file->count == 0)
        wrong(file->path, number, "nothing to go on with");
    line = &file->lines[file->count - 1];
    if (line->word == CASE_SENDS || line->word == CASE_REPLY)
        line->body = join(arena, line->body, "", text);
    else
        line->text = join(arena, line->text, " ", text);
}

case_file case_file_read(vg_arena *arena, const char *path)
{
    vg_slice rest = load(arena, path);
    case_file file = {.path = path, .lines = VG_TAKE_N(arena, case_line, 4096)};

    for (int number = 1; rest.len > 0; number++) {
        size_t len = vg_slice_find(rest, '\n');
        vg_slice text = vg_slice_of(rest.at, len);
        bool goes_on = len > 0 && text.at[0] == ' ';

        rest = vg_slice_skip(rest, len + 1);
        text = vg_slice_trim(text);
        if (text.len == 0 || text.at[0] == '#')
            continue;
        if (goes_on)
            go_on(arena, &file, text, number);
        else
            begin_line(&file, text, number);
    }
    return file;
}
