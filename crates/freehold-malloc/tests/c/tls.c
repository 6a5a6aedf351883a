/* Libraries with thread-locals that are loaded while threads run: the dynamic linker allocates their storage, and lengthens its
 * own tables, at the first touch. The library's path is the argument; it is loaded from as many copies. */
#include "check.h"

enum { COPIES = 60, THREADS = 24, BRIEF = 500 };

typedef int (*touch_function)(void);

static touch_function touch[COPIES];
static _Atomic int loaded;
static char *path;

static void *toucher(void *unused) {
    (void)unused;
    free(malloc(100));
    for (int copy = 0; copy < COPIES; copy++) {
        while (loaded <= copy) usleep(100);
        CHECK(touch[copy]() == 1);
        CHECK(touch[copy]() == 2);
        free(malloc(1000));
    }
    return NULL;
}

static void *brief(void *number) {
    /* The first use of malloc in a thread may come from the dynamic linker. */
    CHECK(touch[(intptr_t)number % COPIES]() == 1);
    return NULL;
}

/* The same library under another name is another library. */
static void *load(int copy) {
    char command[1000], name[400];
    snprintf(name, sizeof name, "%s.%d", path, copy);
    FILE *from = fopen(path, "rb"), *to = fopen(name, "wb");
    CHECK(from && to);
    size_t bytes;
    while ((bytes = fread(command, 1, sizeof command, from)) > 0) fwrite(command, 1, bytes, to);
    fclose(from);
    fclose(to);
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!library) fprintf(stderr, "%s\n", dlerror());
    CHECK(library);
    unlink(name);
    return library;
}

int main(int count, char **arguments) {
    check_preloaded();
    CHECK(count == 2);
    path = arguments[1];
    pthread_t threads[THREADS];
    void *libraries[COPIES];
    for (int i = 0; i < THREADS; i++) CHECK(pthread_create(&threads[i], NULL, toucher, NULL) == 0);
    for (int copy = 0; copy < COPIES; copy++) {
        libraries[copy] = load(copy);
        CHECK(touch[copy] = (touch_function)dlsym(libraries[copy], "touch"));
        loaded = copy + 1;
    }
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    for (intptr_t i = 0; i < BRIEF; i++) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, brief, (void *)i) == 0);
        pthread_join(thread, NULL);
    }
    for (int copy = 0; copy < COPIES; copy++) CHECK(dlclose(libraries[copy]) == 0);
    return 0;
}
