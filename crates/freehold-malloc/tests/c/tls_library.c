/* A library with thread-locals of its own; see tls.c. */
#include <string.h>

static __thread int touched;
static __thread char storage[2000];

int touch(void) {
    memset(storage, ++touched, sizeof storage);
    return storage[1999];
}
