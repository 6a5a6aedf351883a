/* Blocks that pass between threads, and thousands of threads that come and go: the process holds what it needs. */
#include "check.h"

enum { WORKERS = 4, SLOTS = 512, STEPS = 300000, SHORT_LIVED = 6000, ALONGSIDE = 8 };

static _Atomic(unsigned char *) shared[SLOTS];

/* Takes whatever is in a slot, checks and frees it, and leaves a block of its own. */
static void *trade(void *seed) {
    uint64_t state = (uint64_t)(uintptr_t)seed * 2654435761u + 1;
    for (int step = 0; step < STEPS; step++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        unsigned random = state >> 33;
        size_t size = random % 64 ? 8 + random % 1000 : 8 + random % 100000;
        unsigned char *block = random % 3 ? malloc(size) : calloc(1, size);
        CHECK(block);
        if (random % 5 == 0) CHECK(block = realloc(block, size = size * 3 / 2));
        block[0] = (unsigned char)size;
        block[size - 1] = (unsigned char)size;
        memcpy(block + 1, &size, sizeof size - 1);
        unsigned char *old = __atomic_exchange_n((unsigned char **)&shared[(random >> 8) % SLOTS], block, __ATOMIC_ACQ_REL);
        if (old) {
            size = 0;
            memcpy(&size, old + 1, sizeof size - 1);
            CHECK(old[0] == (unsigned char)size && old[size - 1] == (unsigned char)size);
            errno = 77;
            free(old);
            CHECK(errno == 77);
        }
    }
    return NULL;
}

static void trading(void) {
    pthread_t threads[WORKERS];
    for (intptr_t i = 0; i < WORKERS; i++) CHECK(pthread_create(&threads[i], NULL, trade, (void *)(i + 1)) == 0);
    for (int i = 0; i < WORKERS; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < SLOTS; i++) {
        free((void *)shared[i]);
        shared[i] = NULL;
    }
}

/* Some 40 KiB of many sizes, of which the caller gets some. */
static void *brief(void *unused) {
    (void)unused;
    void *blocks[64];
    for (int i = 0; i < 64; i++) CHECK(blocks[i] = memset(malloc(16 + i * 20), i, 16 + i * 20));
    for (int i = 1; i < 64; i++) free(blocks[i]);
    return blocks[0];
}

static void coming_and_going(int rounds) {
    for (int round = 0; round < rounds / ALONGSIDE; round++) {
        pthread_t threads[ALONGSIDE];
        for (int i = 0; i < ALONGSIDE; i++) CHECK(pthread_create(&threads[i], NULL, brief, NULL) == 0);
        for (int i = 0; i < ALONGSIDE; i++) {
            void *left;
            pthread_join(threads[i], &left);
            free(left);
        }
    }
}

int main(void) {
    check_preloaded();
    trading();
    malloc_trim(0);
    coming_and_going(400);
    long before = resident_kb();
    coming_and_going(SHORT_LIVED);
    long after = resident_kb();
    printf("%ld KB before %d threads, %ld KB after\n", before, SHORT_LIVED, after);
    CHECK(after < before + 2048);
    return 0;
}
