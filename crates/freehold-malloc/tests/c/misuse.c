/* Each misuse ends the program with a sentence; which one, the argument says. */
#include "check.h"

int main(int count, char **arguments) {
    check_preloaded();
    CHECK(count == 2);
    char *block = HIDDEN(malloc(100));
    if (strcmp(arguments[1], "twice") == 0) {
        free(block);
        free(HIDDEN(block));
    } else if (strcmp(arguments[1], "within") == 0) {
        free(HIDDEN(block + 1));
    } else if (strcmp(arguments[1], "stack") == 0) {
        free(HIDDEN((char *)&block));
    }
    return 0;
}
