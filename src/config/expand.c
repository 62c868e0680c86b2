/* A dollar that begins none of the four forms stands for itself, so that passwords need no care
 * unless they hold "${" or "$$". */
#include "config/expand.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/buf.h"

struct work {
    vg_arena *arena;
    const char *const *variables;
    vg_buf out;
    vg_slice *reason;
};

vg_slice vg_expand_variable(const char *const *variables, vg_slice name)
{
    for (; variables != NULL && *variables != NULL; variables++)
        if (strncmp(*variables, name.at, name.len) == 0 && (*variables)[name.len] == '=')
            return vg_slice_str(*variables + name.len + 1);
    return (vg_slice){0};
}

bool vg_expand_is_needed(vg_slice text)
{
    for (size_t i = 0; i + 1 < text.len; i++)
        if (text.at[i] == '$' && (text.at[i + 1] == '{' || text.at[i + 1] == '$'))
            return true;
    return false;
}

static vg_slice reason_of_errno(vg_arena *arena, vg_slice path, int error)
{
    char words[128];

    return vg_arena_printf(arena, VG_FMT " cannot be read: %s", VG_ARG(path),
                           strerror_r(error, words, sizeof words));
}

static ssize_t read_whole(int fd, char *to, size_t room)
{
    size_t len = 0;

    while (len < room) {
        ssize_t n = read(fd, to + len, room - len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        len += (size_t)n;
    }
    return (ssize_t)len;
}

bool vg_expand_file(vg_arena *arena, vg_slice path, vg_slice *out, vg_slice *reason)
{
    vg_slice name = vg_arena_copy(arena, path);
    char *text = vg_arena_take(arena, VG_EXPAND_FILE_BYTES + 2);
    int fd = name.at != NULL && text != NULL ? open(name.at, O_RDONLY | O_CLOEXEC) : -1;
    ssize_t len = fd < 0 ? -1 : read_whole(fd, text, VG_EXPAND_FILE_BYTES + 1);
    int error = errno;

    if (fd >= 0)
        close(fd);
    if (len < 0) {
        *reason = reason_of_errno(arena, path, error);
        return false;
    }
    if (len > VG_EXPAND_FILE_BYTES) {
        *reason = vg_arena_printf(arena, VG_FMT " is larger than 64 KiB", VG_ARG(path));
        return false;
    }
    if (len > 0 && text[len - 1] == '\n')
        len--;
    if (len > 0 && text[len - 1] == '\r')
        len--;
    text[len] = '\0';
    *out = vg_slice_of(text, (size_t)len);
    return true;
}

static bool is_name(vg_slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        bool is_letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';

        if (!is_letter && (i == 0 || c < '0' || c > '9'))
            return false;
    }
    return name.len > 0;
}

static bool put_file(struct work *work, vg_slice path)
{
    vg_slice text;

    if (!vg_expand_file(work->arena, path, &text, work->reason))
        return false;
    vg_buf_put(&work->out, text);
    return true;
}

/* `inner` is what stands between "${" and "}". */
static bool put_inner(struct work *work, vg_slice inner)
{
    vg_slice name = vg_slice_of(inner.at, vg_slice_find(inner, ':'));
    vg_slice rest = vg_slice_skip(inner, name.len);
    bool has_default = vg_slice_starts(rest, VG_LIT(":-"));
    vg_slice value;

    if (vg_slice_starts(inner, VG_LIT("file:")))
        return put_file(work, vg_slice_skip(inner, 5));
    if (!is_name(name) || (rest.len > 0 && !has_default)) {
        *work->reason = vg_arena_printf(work->arena,
                                        "${" VG_FMT "} is none of ${NAME}, ${NAME:-default}, "
                                        "${file:/path}",
                                        VG_ARG(inner));
        return false;
    }
    value = vg_expand_variable(work->variables, name);
    if (value.len == 0 && has_default) {
        value = vg_slice_skip(rest, 2);
    } else if (value.at == NULL) {
        *work->reason = vg_arena_printf(work->arena,
                                        "the variable " VG_FMT
                                        " is not set: set it, or write ${" VG_FMT ":-default}",
                                        VG_ARG(name), VG_ARG(name));
        return false;
    }
    vg_buf_put(&work->out, value);
    return true;
}

static bool put_all(struct work *work, vg_slice text)
{
    while (text.len > 0) {
        size_t plain = vg_slice_find(text, '$');
        size_t end;

        vg_buf_put(&work->out, vg_slice_of(text.at, plain));
        text = vg_slice_skip(text, plain);
        if (vg_slice_starts(text, VG_LIT("$$")) || !vg_slice_starts(text, VG_LIT("${"))) {
            vg_buf_put(&work->out, vg_slice_of(text.at, text.len > 0));
            text = vg_slice_skip(text, vg_slice_starts(text, VG_LIT("$$")) ? 2 : 1);
            continue;
        }
        end = vg_slice_find(text, '}');
        if (end == text.len) {
            *work->reason = VG_LIT("\"${\" is not closed by \"}\" (a dollar itself is \"$$\")");
            return false;
        }
        if (!put_inner(work, vg_slice_of(text.at + 2, end - 2)))
            return false;
        text = vg_slice_skip(text, end + 1);
    }
    return true;
}

bool vg_expand(vg_arena *arena, vg_slice text, const char *const *variables, vg_slice *out,
               vg_slice *reason)
{
    struct work work = {.arena = arena, .variables = variables, .reason = reason};
    bool is_done;

    vg_buf_init(&work.out, (size_t)VG_EXPAND_FILE_BYTES * 2);
    is_done = put_all(&work, text);
    if (is_done && vg_buf_is_spent(&work.out)) {
        *reason = VG_LIT("the value is larger than 128 KiB");
        is_done = false;
    }
    if (is_done)
        *out = vg_arena_copy(arena, vg_buf_bytes(&work.out));
    vg_buf_fini(&work.out);
    return is_done;
}
