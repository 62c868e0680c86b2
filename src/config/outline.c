/* Keeps the newest name, so that a section is opened once. */
#include "config/outline.h"

/* How many leading parts, each with its dot, two names share. */
static size_t shared(const char *a, const char *b)
{
    size_t end = 0;

    for (size_t i = 0; a != NULL && a[i] != '\0' && a[i] == b[i]; i++)
        if (a[i] == '.')
            end = i + 1;
    return end;
}

void vg_outline_indent(vg_outline *outline, int depth)
{
    for (int i = 0; i < depth; i++)
        vg_buf_put(outline->to, VG_LIT("  "));
}

int vg_outline_open(vg_outline *outline, const char *name)
{
    size_t known = shared(outline->open, name);
    int depth = 0;
    const char *from = name;

    for (const char *dot = strchr(name, '.'); dot != NULL; dot = strchr(from, '.'), depth++) {
        if ((size_t)(dot - name) >= known) {
            vg_outline_indent(outline, depth);
            vg_buf_put(outline->to, vg_slice_of(from, (size_t)(dot - from)));
            vg_buf_put(outline->to, VG_LIT(":\n"));
        }
        from = dot + 1;
    }
    outline->open = name;
    return depth;
}

void vg_outline_put_name(vg_outline *outline, const char *name, const char *mark)
{
    int depth = vg_outline_open(outline, name);
    const char *dot = strrchr(name, '.');

    vg_outline_indent(outline, depth);
    vg_buf_printf(outline->to, "%s%s:", mark, dot != NULL ? dot + 1 : name);
}

/* Text that YAML reads as that text and nothing else. */
static bool is_plain(vg_slice value)
{
    static const char *const words[] = {"null", "~", "-"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (vg_slice_is_nocase(value, vg_slice_str(words[i])))
            return false;
    for (size_t i = 0; i < value.len; i++) {
        char c = value.at[i];
        bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

        if (!is_word && strchr("._/-:", c) == NULL)
            return false;
    }
    return value.at[0] != '-' && value.at[0] != ':' && value.at[value.len - 1] != ':';
}

void vg_outline_put_value(vg_outline *outline, vg_slice value)
{
    if (value.len == 0)
        return;
    vg_buf_put_byte(outline->to, ' ');
    if (is_plain(value)) {
        vg_buf_put(outline->to, value);
        return;
    }
    vg_buf_put_byte(outline->to, '"');
    for (size_t i = 0; i < value.len; i++) {
        if (value.at[i] == '"' || value.at[i] == '\\')
            vg_buf_put_byte(outline->to, '\\');
        vg_buf_put_byte(outline->to, value.at[i]);
    }
    vg_buf_put_byte(outline->to, '"');
}
