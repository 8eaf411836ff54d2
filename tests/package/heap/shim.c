/*
 * Counts what a process asks of the heap and of the kernel's memory calls between two marks.
 *
 * It is preloaded, so it sees every caller that goes through the dynamic linker: the interpreter, the library under test
 * (Rust's allocator calls malloc, or posix_memalign / aligned_alloc where it wants 64 bytes) and its threads. Calls that
 * libc makes inside itself (malloc growing its heap by mmap) are not seen, and need not be: the malloc was.
 *
 * The __libc_ names are used, not dlsym(RTLD_NEXT, ...): dlsym may allocate, and malloc runs before anything can be looked up.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

/* The order is the reader's: heap_name() tells it, so that Python repeats no list. */
enum kind { MALLOC, CALLOC, REALLOC, ALIGNED_ALLOC, POSIX_MEMALIGN, MEMALIGN, MMAP, MREMAP, BRK, SBRK, KINDS };

static const char *const names[KINDS] = {
    "malloc", "calloc", "realloc", "aligned_alloc", "posix_memalign", "memalign", "mmap", "mremap", "brk", "sbrk",
};

/* [0] the thread that called heap_start, [1] all others: a worker's calls count too, and a reader can tell whose they were. */
static atomic_ulong counts[2][KINDS];
static atomic_int counting;

/* initial-exec: any other model may allocate this variable on first use, by calling malloc. */
static __thread int marked __attribute__((tls_model("initial-exec")));

static inline void note(enum kind kind)
{
    if (atomic_load_explicit(&counting, memory_order_relaxed))
        atomic_fetch_add_explicit(&counts[!marked][kind], 1, memory_order_relaxed);
}

/* Adds to what was counted before; a process starts at zero. */
void heap_start(void)
{
    marked = 1;
    atomic_store(&counting, 1);
}

void heap_stop(void)
{
    atomic_store(&counting, 0);
    marked = 0;
}

unsigned long heap_count(int kind, int others)
{
    return atomic_load(&counts[!!others][kind]);
}

/* NULL past the last kind. */
const char *heap_name(int kind)
{
    return kind >= 0 && kind < KINDS ? names[kind] : NULL;
}

void *malloc(size_t size)
{
    note(MALLOC);
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    note(CALLOC);
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    note(REALLOC);
    return __libc_realloc(old, size);
}

void *reallocarray(void *old, size_t count, size_t size)
{
    size_t bytes;
    note(REALLOC);
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_realloc(old, bytes);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    note(ALIGNED_ALLOC);
    return __libc_memalign(alignment, size);
}

void *memalign(size_t alignment, size_t size)
{
    note(MEMALIGN);
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    note(POSIX_MEMALIGN);
    if (alignment < sizeof(void *) || (alignment & (alignment - 1)))
        return EINVAL;
    void *block = __libc_memalign(alignment, size);
    if (!block)
        return ENOMEM;
    *out = block;
    return 0;
}

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
    note(MMAP);
    return (void *)syscall(SYS_mmap, address, length, protection, flags, fd, offset);
}

/* On the 64-bit platforms that this runs on, off64_t is off_t. */
void *mmap64(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
    return mmap(address, length, protection, flags, fd, offset);
}

void *mremap(void *old, size_t old_length, size_t length, int flags, ...)
{
    void *address = NULL;
    note(MREMAP);
    if (flags & MREMAP_FIXED) {
        va_list rest;
        va_start(rest, flags);
        address = va_arg(rest, void *);
        va_end(rest);
    }
    return (void *)syscall(SYS_mremap, old, old_length, length, flags, address);
}

/* libc keeps the current break to itself, so these two must reach its own functions; nothing calls them early. */
int brk(void *end)
{
    note(BRK);
    int (*real)(void *) = (int (*)(void *))dlsym(RTLD_NEXT, "brk");
    return real(end);
}

void *sbrk(intptr_t increment)
{
    note(SBRK);
    void *(*real)(intptr_t) = (void *(*)(intptr_t))dlsym(RTLD_NEXT, "sbrk");
    return real(increment);
}
