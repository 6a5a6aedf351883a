/* Each misuse ends the program with a sentence; which one, the argument says. */
#include "check.h"

int main(int count, char **arguments) {
    check_preloaded();
    CHECK(count == 2);
    char *block = HIDDEN(malloc(100));
    if (strcmp(arguments[1], "twice") == 0) {
        free(block);
        free(HIDDEN(block));
    } else if (strcmp(arguments[1], "twice-later") == 0) {
        char *other = HIDDEN(malloc(100));
        free(block);
        free(other);
        free(HIDDEN(block));
    } else if (strcmp(arguments[1], "beyond") == 0) {
        memset(HIDDEN(block), 1, HIDDEN(malloc_usable_size(block) + 1));
        free(block);
    } else if (strcmp(arguments[1], "within") == 0) {
        free(HIDDEN(block + 1));
    } else if (strcmp(arguments[1], "stack") == 0) {
        free(HIDDEN((char *)&block));
    }
    return 0;
}
