/* What all of these programs need: a check that says where it failed, and the proof that `malloc` is freehold's. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(condition)                                                                       \
    do {                                                                                       \
        if (!(condition)) {                                                                    \
            fprintf(stderr, "%s:%d: not so: %s (errno %d)\n", __FILE__, __LINE__, #condition, errno); \
            _exit(1);                                                                          \
        }                                                                                      \
    } while (0)

/* Hides a value from the compiler, which knows what malloc and free do. */
#define HIDDEN(value)                     \
    ({                                    \
        __typeof__(value) hidden = (value); \
        __asm__ volatile("" : "+r"(hidden)); \
        hidden;                           \
    })

static inline void check_preloaded(void) {
    Dl_info info;
    CHECK(dladdr(dlsym(RTLD_DEFAULT, "malloc"), &info) && strstr(info.dli_fname, "freehold"));
}

/* Kilobytes of this process that are in memory. */
static inline long resident_kb(void) {
    char line[256];
    long kilobytes = -1;
    FILE *status = fopen("/proc/self/status", "r");
    CHECK(status);
    while (fgets(line, sizeof line, status)) sscanf(line, "VmRSS: %ld", &kilobytes);
    fclose(status);
    return kilobytes;
}
