/* Allocation when a thread or the program ends: in destructors of thread-specific data, in functions given to atexit, in
 * destructors of the program; and in threads that did not allocate before. */
#include "check.h"

enum { KEYS = 40, THREADS = 2000 };

static pthread_key_t keys[KEYS];
static _Atomic int destroyed;
static char *from_before;

static void destroy(void *value) {
    CHECK(strcmp(value, "specific") == 0);
    free(value);
    char *block = malloc(300);
    CHECK(block && (block = realloc(block, 3000)));
    memset(block, 1, 3000);
    free(block);
    /* More than a page holds. */
    void *blocks[50];
    for (int i = 0; i < 50; i++) CHECK(blocks[i] = memset(malloc(2000), 1, 2000));
    for (int i = 0; i < 50; i++) free(blocks[i]);
    destroyed++;
}

static void *with_keys(void *unused) {
    (void)unused;
    for (int i = 0; i < KEYS; i++) CHECK(pthread_setspecific(keys[i], strdup("specific")) == 0);
    return NULL;
}

static pthread_key_t only;
static char in_place[] = "specific";

/* Leaves pages of many classes behind, if the thread's end were missed. */
static void destroy_only(void *value) {
    CHECK(value == in_place);
    free(memset(malloc(500), 1, 500));
    for (int size = 16; size < 8000; size += size / 2) free(memset(malloc(size), 1, size));
}

/* Allocates for the first time in a destructor. */
static void *without_blocks(void *unused) {
    (void)unused;
    pthread_setspecific(only, in_place);
    return NULL;
}

static void run(void *(*body)(void *), int threads) {
    for (int i = 0; i < threads; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, body, NULL) == 0);
        CHECK(pthread_join(thread, NULL) == 0);
    }
}

static void at_exit(void) {
    CHECK(strcmp(from_before, "from before") == 0);
    free(from_before);
    for (int i = 1; i < 5000; i++) free(memset(malloc(i), 1, i));
    char *left = strdup("nobody frees this");
    CHECK(left);
    CHECK(malloc_trim(0) >= 0);
}

__attribute__((constructor)) static void before_main(void) { CHECK(from_before = strdup("from before")); }

__attribute__((destructor)) static void after_main(void) { free(calloc(10, 1000)); }

int main(void) {
    check_preloaded();
    CHECK(pthread_key_create(&only, destroy_only) == 0);
    for (int i = 0; i < KEYS; i++) CHECK(pthread_key_create(&keys[i], destroy) == 0);
    CHECK(atexit(at_exit) == 0);
    run(with_keys, 100);
    CHECK(destroyed == 100 * KEYS);
    run(without_blocks, 100);
    long before = resident_kb();
    run(with_keys, 100);
    run(without_blocks, THREADS);
    long after = resident_kb();
    printf("%ld KB before %d threads, %ld KB after\n", before, THREADS, after);
    CHECK(after < before + 2048);
    return 0;
}
