/* Runs a libFuzzer harness over the files of the folders given: the corpus replay of a normal run.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/test.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned replay_folder(const char *folder)
{
    unsigned count = 0;
    DIR *directory = opendir(folder);
    if (directory == NULL) {
        return 0;
    }
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        char path[4096];
        (void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        struct buf content = test_read_file(path);
        (void)LLVMFuzzerTestOneInput(content.data, content.size);
        buf_done(&content);
        count++;
    }
    (void)closedir(directory);
    return count;
}

int main(int argc, char **argv)
{
    unsigned count = 0;
    for (int i = 1; i < argc; i++) {
        count += replay_folder(argv[i]);
    }
    (void)printf("%u inputs replayed\n", count);
    return count > 0 ? 0 : 1; /* an empty corpus is a broken test */
}
