/* See dropped.h. */
#include "engine/dropped.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <unistd.h>

#include "engine/datadir.h"

enum { PATH_ROOM = 4096, FILES_AT_ONCE = 8 };

static const char prefix[] = ".dropped-";

/* A path that does not fit is cut, and so of no file. */
static const char *path_of(char room[PATH_ROOM], const char *root, const char *name)
{
    snprintf(room, PATH_ROOM, "%s/%s", root, name);
    return room;
}

/* The first number that nobody has: a directory is never moved over one that is not empty. */
static bool rename_aside(const char *root, const char *name)
{
    char from[PATH_ROOM], to[PATH_ROOM], aside[64];

    path_of(from, root, name);
    for (unsigned n = 1; n != 0; n++) {
        snprintf(aside, sizeof aside, "%s%u", prefix, n);
        if (rename(from, path_of(to, root, aside)) == 0)
            return true;
        if (errno != ENOTEMPTY && errno != EEXIST)
            return false;
    }
    return false;
}

vg_code vg_dropped_put_aside(const char *root, const char *name, bool *did, vg_arena *arena,
                             vg_status *status)
{
    char path[PATH_ROOM];
    bool is_gone;

    path_of(path, root, name);
    *did = rename_aside(root, name);
    is_gone = !*did && errno == ENOENT;
    if (is_gone && !vg_datadir_is_there(root))
        return VG_OK;
    /* when it is gone, too: who put it aside may have been killed before that was on the disk */
    if ((*did || is_gone) && vg_datadir_sync_parent(path))
        return VG_OK;
    return vg_datadir_fail(path, "the directory cannot be put aside", arena, status);
}

/* ---- sweeping ---- */

typedef bool seen(const char *path, void *arg); /* false: enough */

/* False: it was enough, or `root` cannot be read. */
static bool each_aside(const char *root, seen *see, void *arg)
{
    DIR *dir = opendir(root);
    const struct dirent *entry;
    char path[PATH_ROOM];
    bool good = true;

    if (!dir)
        return errno == ENOENT; /* no tenant was ever there */
    while (good && (entry = readdir(dir)))
        if (strncmp(entry->d_name, prefix, sizeof prefix - 1) == 0)
            good = see(path_of(path, root, entry->d_name), arg);
    closedir(dir);
    return good;
}

static bool stop(const char *path, void *arg)
{
    (void)path;
    (void)arg;
    return false;
}

bool vg_dropped_is_any(const char *root)
{
    return !each_aside(root, stop, NULL);
}

/* Another one may be sweeping, too. */
static int remove_one(const char *path, const struct stat *stat, int kind, struct FTW *ftw)
{
    int done = kind == FTW_DP ? rmdir(path) : unlink(path);

    (void)stat;
    (void)ftw;
    return done == 0 || errno == ENOENT ? 0 : -1;
}

typedef struct sweeping {
    vg_arena *arena;
    vg_status *status;
    vg_code code;
} sweeping;

static bool delete_whole(const char *path, void *arg)
{
    sweeping *s = arg;

    if (nftw(path, remove_one, FILES_AT_ONCE, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT)
        return true;
    s->code = vg_datadir_fail(path, "what was dropped cannot be deleted", s->arena, s->status);
    return false;
}

vg_code vg_dropped_sweep(const char *root, vg_arena *arena, vg_status *status)
{
    sweeping s = {arena, status, VG_OK};

    if (!each_aside(root, delete_whole, &s) && s.code == VG_OK)
        return vg_datadir_fail(root, "the directory cannot be read", arena, status);
    return s.code;
}
