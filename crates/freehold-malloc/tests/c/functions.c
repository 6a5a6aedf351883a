/* Every function: what it returns, what it does to errno, how its blocks are aligned, and that they hold what they should. */
#include "check.h"

void *reallocarray(void *, size_t, size_t);

/* Of C23, which the C library may not have yet. */
static void (*free_sized)(void *, size_t);
static void (*free_aligned_sized)(void *, size_t, size_t);

#define TOO_MUCH ((size_t)PTRDIFF_MAX + 1)

static int is_aligned(void *block, size_t alignment) { return ((uintptr_t)block & (alignment - 1)) == 0; }

static void sizes(void) {
    for (size_t size = 0; size < 300000; size = size < 3000 ? size + 1 : size * 9 / 8) {
        unsigned char *block = HIDDEN(malloc(size));
        CHECK(block && is_aligned(block, 16));
        size_t usable = malloc_usable_size(block);
        CHECK(usable >= size && usable >= 1);
        memset(block, 0xa5, usable);
        unsigned char *zeroed = HIDDEN(calloc(1, size));
        CHECK(zeroed && zeroed != block);
        for (size_t i = 0; i < size; i++) CHECK(zeroed[i] == 0);
        memset(zeroed, 0x5a, malloc_usable_size(zeroed));
        for (size_t i = 0; i < usable; i++) CHECK(block[i] == 0xa5);
        free(block);
        free(zeroed);
    }
}

static void nothing(void) {
    void *a = HIDDEN(malloc(0)), *b = HIDDEN(malloc(0)), *c = HIDDEN(calloc(0, 8)), *d = HIDDEN(realloc(NULL, 0));
    CHECK(a && b && c && d && a != b && b != c && c != d);
    CHECK(realloc(d, 0) == NULL);
    free(a);
    free(b);
    free(c);
    free(NULL);
    CHECK(malloc_usable_size(NULL) == 0);
}

static void *was_refused(void *block) {
    CHECK(block == NULL && errno == ENOMEM);
    errno = 0;
    return block;
}

static void refusals(void) {
    char *block = HIDDEN(malloc(100));
    strcpy(block, "as it was");
    errno = 0;
    was_refused(HIDDEN(malloc(HIDDEN(TOO_MUCH))));
    was_refused(HIDDEN(malloc(HIDDEN((size_t)PTRDIFF_MAX))));
    was_refused(HIDDEN(malloc(HIDDEN((size_t)1 << 50))));
    was_refused(HIDDEN(malloc(HIDDEN(SIZE_MAX))));
    was_refused(HIDDEN(calloc(HIDDEN(SIZE_MAX / 2), 3)));
    was_refused(HIDDEN(calloc(HIDDEN((size_t)1 << 32), (size_t)1 << 32)));
    was_refused(HIDDEN(calloc(HIDDEN(TOO_MUCH), 1)));
    was_refused(HIDDEN(realloc(block, HIDDEN(TOO_MUCH))));
    was_refused(HIDDEN(reallocarray(block, HIDDEN(SIZE_MAX / 2), 3)));
    was_refused(HIDDEN(memalign(64, HIDDEN(SIZE_MAX - 10))));
    was_refused(HIDDEN(aligned_alloc(4096, HIDDEN(SIZE_MAX - 10))));
    was_refused(HIDDEN(valloc(HIDDEN(SIZE_MAX - 10))));
    was_refused(HIDDEN(pvalloc(HIDDEN(SIZE_MAX - 10))));
    CHECK(strcmp(block, "as it was") == 0);
    free(block);
}

static void reallocations(void) {
    for (size_t from = 1; from < 3000000; from = from * 5 / 2 + 1) {
        for (size_t to = 1; to < 3000000; to = to * 5 / 2 + 1) {
            unsigned char *block = HIDDEN(malloc(from));
            for (size_t i = 0; i < from; i++) block[i] = (unsigned char)(i * 7);
            block = HIDDEN(realloc(block, to));
            CHECK(block && is_aligned(block, 16) && malloc_usable_size(block) >= to);
            for (size_t i = 0; i < from && i < to; i++) CHECK(block[i] == (unsigned char)(i * 7));
            free(block);
        }
    }
    int *numbers = HIDDEN(reallocarray(NULL, 10, sizeof(int)));
    CHECK(numbers && (numbers = reallocarray(numbers, 1000, sizeof(int))));
    free_sized(numbers, 1000 * sizeof(int));
    /* A block that was aligned more than others can be reallocated like others. */
    for (size_t alignment = 16; alignment <= 1 << 20; alignment *= 2) {
        char *block = HIDDEN(memalign(alignment, 40));
        CHECK(block);
        strcpy(block, "what was there");
        CHECK((block = realloc(block, 100000)) && strcmp(block, "what was there") == 0);
        CHECK((block = realloc(block, 20)) && strcmp(block, "what was there") == 0);
        free(block);
    }
}

static void alignments(void) {
    for (size_t alignment = 1; alignment <= 4 << 20; alignment *= 2) {
        for (size_t size = 0; size <= 200000; size = size * 3 + 1) {
            void *a = HIDDEN(aligned_alloc(alignment, size)), *b = HIDDEN(memalign(alignment, size)), *c = NULL;
            CHECK(a && b && is_aligned(a, alignment) && is_aligned(b, alignment));
            errno = 77;
            int result = posix_memalign(&c, alignment, size);
            CHECK(errno == 77);
            if (alignment < sizeof(void *)) {
                CHECK(result == EINVAL && c == NULL);
            } else {
                CHECK(result == 0 && c && is_aligned(c, alignment) && malloc_usable_size(c) >= size);
                memset(c, 1, malloc_usable_size(c));
            }
            memset(a, 2, malloc_usable_size(a));
            memset(b, 3, malloc_usable_size(b));
            free_aligned_sized(a, alignment, size);
            free(b);
            free(c);
        }
    }
    void *kept = &kept;
    errno = 77;
    CHECK(posix_memalign(&kept, HIDDEN((size_t)24), 8) == EINVAL && kept == &kept);
    CHECK(posix_memalign(&kept, HIDDEN((size_t)0), 8) == EINVAL && kept == &kept);
    CHECK(posix_memalign(&kept, 64, HIDDEN(TOO_MUCH)) == ENOMEM && kept == &kept);
    CHECK(posix_memalign(&kept, 64, HIDDEN((size_t)1 << 50)) == ENOMEM && kept == &kept);
    CHECK(errno == 77);
    CHECK(aligned_alloc(HIDDEN((size_t)24), 48) == NULL && errno == EINVAL);
    errno = 0;
    CHECK(aligned_alloc(HIDDEN((size_t)0), 48) == NULL && errno == EINVAL);
    errno = 0;
    CHECK(memalign(HIDDEN(TOO_MUCH + 1), 48) == NULL && errno == EINVAL);
    void *rounded = HIDDEN(memalign(HIDDEN((size_t)24), 48)), *page = HIDDEN(valloc(10)), *pages = HIDDEN(pvalloc(4097));
    CHECK(is_aligned(rounded, 32) && is_aligned(page, 4096) && is_aligned(pages, 4096));
    CHECK(malloc_usable_size(pages) >= 8192);
    free(rounded);
    free(page);
    free(pages);
}

static void memory_comes_back(void) {
    enum { BLOCKS = 20000 };
    static void *blocks[BLOCKS];
    long before = resident_kb();
    for (int i = 0; i < BLOCKS; i++) memset(blocks[i] = malloc(4000), 1, 4000);
    CHECK(resident_kb() > before + 60000);
    errno = 77;
    for (int i = 0; i < BLOCKS; i++) free(blocks[i]);
    CHECK(errno == 77);
    CHECK(malloc_trim(0) == 1);
    CHECK(malloc_trim(0) == 0);
    CHECK(resident_kb() < before + 4000);
}

/* Programs that must not wait for the disk lock all that they could ever touch. */
static void little_can_be_touched(void) {
    char line[1000], kind[8];
    unsigned long start, end, writable = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    CHECK(maps);
    while (fgets(line, sizeof line, maps)) {
        CHECK(sscanf(line, "%lx-%lx %7s", &start, &end, kind) == 3);
        if (kind[1] == 'w') writable += end - start;
    }
    fclose(maps);
    CHECK(writable < 400ul << 20);
    /* Where that is not permitted it says nothing. */
    if (mlockall(MCL_CURRENT | MCL_FUTURE) == 0) {
        void *block = HIDDEN(malloc(1 << 20));
        CHECK(block);
        errno = 77;
        free(block);
        malloc_trim(0);
        CHECK(errno == 77);
        munlockall();
    }
}

int main(void) {
    check_preloaded();
    CHECK((free_sized = dlsym(RTLD_DEFAULT, "free_sized")));
    CHECK((free_aligned_sized = dlsym(RTLD_DEFAULT, "free_aligned_sized")));
    sizes();
    nothing();
    refusals();
    reallocations();
    alignments();
    memory_comes_back();
    little_can_be_touched();
    return 0;
}
