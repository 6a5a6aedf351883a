/* fork(2) while other threads allocate: the child can use, free and allocate, fork again, and start threads. */
#include "check.h"

enum { WORKERS = 3, FORKS = 150, BLOCKS = 256 };

static _Atomic int is_over;
static _Atomic(char *) lent[WORKERS];

static void *busy(void *number) {
    intptr_t i = (intptr_t)number;
    for (unsigned step = 0; !is_over; step++) {
        char *block = malloc(16 + step * 37 % 5000);
        CHECK(block);
        strcpy(block, "from a thread");
        free(__atomic_exchange_n((char **)&lent[i], block, __ATOMIC_ACQ_REL));
        if (step % 64 == 0) free(malloc(100000 + step % 7 * 65536));
    }
    return NULL;
}

static void *of_the_child(void *unused) {
    (void)unused;
    for (int i = 1; i < 2000; i++) free(memset(malloc(i), 1, i));
    return malloc(10);
}

static void child(char **blocks, int depth) {
    for (int i = 0; i < BLOCKS; i++) {
        CHECK(blocks[i][0] == 'p');
        free(blocks[i]);
    }
    for (int i = 0; i < WORKERS; i++) {
        char *block = lent[i];
        lent[i] = NULL;
        free(block);
    }
    for (int i = 0; i < 3000; i++) free(memset(malloc(i * 7), 2, i * 7));
    void *left;
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, of_the_child, NULL) == 0);
    CHECK(pthread_join(thread, &left) == 0);
    free(left);
    if (depth > 0) {
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            free(malloc(1000));
            exit(0);
        }
        int status;
        CHECK(waitpid(pid, &status, 0) == pid && status == 0);
    }
    malloc_trim(0);
    exit(0);
}

int main(void) {
    check_preloaded();
    pthread_t threads[WORKERS];
    for (intptr_t i = 0; i < WORKERS; i++) CHECK(pthread_create(&threads[i], NULL, busy, (void *)i) == 0);
    for (int round = 0; round < FORKS; round++) {
        char *blocks[BLOCKS];
        for (int i = 0; i < BLOCKS; i++) {
            size_t size = i % 16 ? 10 + i * 9 : 70000 + i * 100;
            CHECK(blocks[i] = malloc(size));
            blocks[i][0] = 'p';
        }
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            alarm(20);
            child(blocks, round % 4 == 0);
        }
        for (int i = 0; i < BLOCKS; i++) free(blocks[i]);
        int status;
        CHECK(waitpid(pid, &status, 0) == pid && status == 0);
    }
    is_over = 1;
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(threads[i], NULL);
        free((char *)lent[i]);
    }
    return 0;
}
