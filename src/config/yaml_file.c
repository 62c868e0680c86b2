/* A YAML file of the disk. Its text may hold secrets: it is overwritten once it is a tree. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/secret.h"
#include "config/config.h"
#include "config/yaml.h"

/* The whole file, up to what vg_yaml_read() refuses anyway; -1 with errno. */
static ssize_t read_file(const char *path, char *to, size_t room)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t len = 0;
    ssize_t n = fd < 0 ? -1 : 1;

    while (n > 0 && len < room) {
        n = read(fd, to + len, room - len);
        if (n > 0)
            len += (size_t)n;
    }
    if (fd >= 0) {
        int error = errno;

        close(fd);
        errno = error;
    }
    return n < 0 ? -1 : (ssize_t)len;
}

bool vg_config_load(const char *file, vg_buf *to)
{
    char *at = vg_buf_reserve(to, VG_CONFIG_BYTES + 1);
    ssize_t len = at != NULL ? read_file(file, at, VG_CONFIG_BYTES + 1) : -1;

    if (len < 0 || len > VG_CONFIG_BYTES)
        return false;
    to->len += (size_t)len;
    return true;
}

const vg_yaml *vg_yaml_read_file(const char *path, vg_complaints *complaints)
{
    vg_arena *own =
        vg_arena_new((size_t)2 * VG_YAML_BYTES); /* the text is not needed once it is a tree */
    char *text = own != NULL ? vg_arena_take(own, VG_YAML_BYTES + 1) : NULL;
    ssize_t len = text != NULL ? read_file(path, text, VG_YAML_BYTES + 1) : -1;
    const vg_yaml *root = NULL;
    char words[128];

    if (len < 0)
        vg_complain(complaints, vg_slice_str(path), "cannot be read: %s",
                    strerror_r(text != NULL ? errno : ENOMEM, words, sizeof words));
    else
        root = vg_yaml_read(complaints->arena, vg_slice_of(text, (size_t)len), path, complaints);
    if (len > 0)
        vg_secret_wipe(text, (size_t)len);
    vg_arena_free(own);
    return root;
}
