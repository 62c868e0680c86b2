/* statvfs(), and a walk of descriptors: no path is ever longer than a name, and a directory that is
 * renamed under our feet leads nowhere else. */
#include "observe/disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Ours are three deep; deeper ones are somebody else's. */
enum { PATH_BYTES = 4096, DEEPEST = 8, STAT_UNIT = 512 };

static bool to_path(vg_slice directory, char path[PATH_BYTES])
{
    int len = snprintf(path, PATH_BYTES, VG_FMT, VG_ARG(directory));

    return len > 0 && len < PATH_BYTES;
}

bool vg_disk_sample(vg_slice directory, vg_disk *out)
{
    char path[PATH_BYTES];
    struct statvfs fs;

    if (!to_path(directory, path) || statvfs(path, &fs) != 0)
        return false;
    *out = (vg_disk){.bytes = (uint64_t)fs.f_blocks * fs.f_frsize,
                     .free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize};
    return true;
}

static bool is_self_or_parent(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static uint64_t walk(int at, const char *name, int depth)
{
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    uint64_t bytes = 0;
    struct dirent *entry;
    struct stat file;

    if (dir == NULL) {
        if (fd >= 0)
            close(fd);
        return 0;
    }
    while ((entry = readdir(dir)) != NULL) {
        if (is_self_or_parent(entry->d_name) ||
            fstatat(fd, entry->d_name, &file, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        bytes += (uint64_t)file.st_blocks * STAT_UNIT;
        if (S_ISDIR(file.st_mode) && depth < DEEPEST)
            bytes += walk(fd, entry->d_name, depth + 1);
    }
    closedir(dir);
    return bytes;
}

uint64_t vg_disk_used(vg_slice directory)
{
    char path[PATH_BYTES + 2]; /* the directory itself may be a link: "/." follows it */

    if (!to_path(directory, path))
        return 0;
    memcpy(path + strlen(path), "/.", 3);
    return walk(AT_FDCWD, path, 0);
}
