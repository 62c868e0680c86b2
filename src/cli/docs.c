/* `vecgate docs DIR`: what is generated, so that it cannot drift from the code. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "cli/commands.h"
#include "cli/pages.h"
#include "observe/metrics.h"

static const struct {
    const char *path;
    void (*write)(vg_buf *to);
} files[] = {
    {"docs/options.md", vg_config_write_docs},
    {"docs/metrics.md", vg_metrics_write_docs},
    {"docs/routes.md", vg_pages_write_routes},
    {"docs/capabilities.md", vg_pages_write_capabilities},
    {"conf/vecgate.yaml", vg_config_write_yaml},
};

static bool tell(const char *path)
{
    char words[128];

    fprintf(stderr, "vecgate docs: %s: %s\n", path, strerror_r(errno, words, sizeof words));
    return false;
}

static bool make_folder(const char *path)
{
    return mkdir(path, 0777) == 0 || errno == EEXIST || tell(path);
}

static bool write_file(const char *path, vg_slice text)
{
    FILE *file = fopen(path, "w");
    bool is_whole;

    if (file == NULL)
        return tell(path);
    is_whole = fwrite(text.at, 1, text.len, file) == text.len;
    return (fclose(file) == 0 && is_whole) || tell(path);
}

static bool write_page(const char *dir, size_t i, vg_arena *arena)
{
    vg_slice path = vg_arena_printf(arena, "%s/%s", dir, files[i].path);
    bool is_done;
    vg_buf text;

    vg_buf_init(&text, 0);
    files[i].write(&text);
    is_done =
        path.at != NULL && !vg_buf_is_spent(&text) && write_file(path.at, vg_buf_bytes(&text));
    vg_buf_fini(&text);
    return is_done;
}

int vg_docs_run(const vg_flags *flags)
{
    static const char *const folders[] = {"", "/docs", "/conf"};
    vg_arena *arena = vg_arena_new(1 << 20);
    bool is_done = arena != NULL;

    for (size_t i = 0; i < sizeof folders / sizeof folders[0] && is_done; i++)
        is_done = make_folder(vg_arena_printf(arena, "%s%s", flags->word, folders[i]).at);
    for (size_t i = 0; i < sizeof files / sizeof files[0] && is_done; i++)
        is_done = write_page(flags->word, i, arena);
    vg_arena_free(arena);
    return is_done ? 0 : 1;
}
