/* A thread that forks while others read and flush streams: the holder of a stream's lock allocates, and so must not wait for
 * the thread that forks, which waits for streams. */
#include "check.h"

enum { FORKS = 400, LINES = 20, LENGTH = 200000 };

static const char *path;

/* Reads long lines, which grow under the stream's lock. */
static void *reader(void *unused) {
    for (;;) {
        FILE *file = fopen(path, "r");
        CHECK(file);
        char *line = NULL;
        size_t size = 0;
        while (getline(&line, &size, file) > 0) {
            free(line);
            line = NULL;
            size = 0;
        }
        free(line);
        fclose(file);
    }
    return unused;
}

static void *flusher(void *unused) {
    for (;;) fflush(NULL);
    return unused;
}

static void write_lines(void) {
    FILE *file = fopen(path, "w");
    CHECK(file);
    for (int line = 0; line < LINES; line++) {
        for (int i = 0; i < LENGTH; i++) putc('a', file);
        putc('\n', file);
    }
    CHECK(fclose(file) == 0);
}

int main(void) {
    check_preloaded();
    char name[] = "/tmp/freehold-streams-XXXXXX";
    int descriptor = mkstemp(name);
    CHECK(descriptor >= 0 && close(descriptor) == 0);
    path = name;
    write_lines();
    /* A deadlock ends here. */
    alarm(120);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, reader, NULL) == 0);
    CHECK(pthread_create(&thread, NULL, reader, NULL) == 0);
    CHECK(pthread_create(&thread, NULL, flusher, NULL) == 0);
    for (int i = 0; i < FORKS; i++) {
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            free(memset(malloc(100000), 1, 100000));
            _exit(0);
        }
        int status;
        CHECK(waitpid(child, &status, 0) == child && status == 0);
    }
    unlink(name);
    _exit(0);
}
