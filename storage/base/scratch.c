#include "storage/base/scratch.h"

#include <fcntl.h>
#include <stdalign.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "storage/base/mem.h"

/* Stands before each array. */
struct header {
    alignas(max_align_t) size_t mapped; /* bytes, header included; 0: from malloc */
};

static const size_t least_mapped = (size_t)16 << 20;

static struct header *header_of(const void *array)
{
    return (struct header *)(uintptr_t)array - 1;
}

/* Room is taken at once: a disk that is full later would be a fault at some write. */
static int open_nameless(size_t bytes)
{
    const char *dir = getenv("TMPDIR");
    int fd = open(dir && *dir ? dir : "/var/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0 && fallocate(fd, 0, 0, (off_t)bytes) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static struct header *map_new(size_t bytes)
{
    int fd = open_nameless(bytes);
    if (fd < 0)
        return NULL;
    struct header *h = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (h == MAP_FAILED)
        return NULL;
    h->mapped = bytes;
    return h;
}

void *scratch_new(size_t count, size_t size, const char *what, struct error *err)
{
    if (size > 0 && count > SIZE_MAX / 2 / size)
        return mem_try_array(count, size, what, err); /* fails, and says how much was wanted */
    size_t bytes = sizeof(struct header) + count * size;
    struct header *h = bytes >= least_mapped ? map_new(bytes) : NULL;
    if (h)
        return h + 1;
    h = mem_try_array(bytes, 1, what, err);
    if (!h)
        return NULL;
    h->mapped = 0;
    return h + 1;
}

void *scratch_shrink(void *array, size_t bytes)
{
    struct header *h = header_of(array);
    if (!h->mapped) {
        struct header *smaller = realloc(h, sizeof *h + bytes);
        return smaller ? smaller + 1 : array;
    }
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t kept = (sizeof *h + bytes + page - 1) / page * page;
    void *small = bytes < least_mapped ? scratch_new(bytes, 1, "", NULL) : NULL;
    if (small) {
        memcpy(small, array, bytes);
        scratch_free(array);
        return small;
    }
    if (kept < h->mapped) {
        size_t whole = h->mapped;
        h->mapped = kept;
        munmap((char *)h + kept, whole - kept);
    }
    return array;
}

void scratch_free(void *array)
{
    if (!array)
        return;
    struct header *h = header_of(array);
    if (h->mapped)
        munmap(h, h->mapped);
    else
        free(h);
}

bool scratch_is_mapped(const void *array)
{
    return header_of(array)->mapped > 0;
}
