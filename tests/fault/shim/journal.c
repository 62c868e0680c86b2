/* See journal.h. System calls are made directly: the library's names are the shim's own. */
#include "journal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static int journal = -1;

void journal_open(const char *path)
{
    journal =
        (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (journal < 0)
        abort();
}

bool journal_is_open(void)
{
    return journal >= 0;
}

uint64_t journal_now(void)
{
    return (uint64_t)lseek(journal, 0, SEEK_END);
}

/* One call: a reader of the size never sees half a record. */
void journal_put(journal_kind kind, uint64_t inode, uint64_t at, const void *bytes, size_t len)
{
    journal_head head = {(uint32_t)kind, (uint32_t)len, inode, at};
    struct iovec parts[] = {{&head, sizeof head}, {(void *)bytes, len}};

    if (journal >= 0 && syscall(SYS_writev, journal, parts, 2) != (long)(sizeof head + len))
        abort();
}
