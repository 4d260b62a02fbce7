#include <unistd.h>

#include "lib/base/file.h"
#include "tests/support/test.h"

const char *test_shared_path(const char *relative)
{
    static char path[4096];
    const char *shared = getenv("MINTMARK_SHARED");
    if (shared != NULL) {
        (void)snprintf(path, sizeof(path), "%s/%s", shared, relative);
    } else {
        (void)snprintf(path, sizeof(path), "%s/../shared/%s", MINTMARK_SOURCE_DIR, relative);
    }
    return access(path, R_OK) == 0 ? path : NULL;
}

const char *test_source_path(const char *relative)
{
    static char path[4096];
    (void)snprintf(path, sizeof(path), "%s/%s", MINTMARK_SOURCE_DIR, relative);
    return path;
}

struct buf test_read_file(const char *path)
{
    struct buf content;
    buf_init(&content, (size_t)64 << 20);
    if (file_read(path, &content) != STATUS_OK) {
        (void)fprintf(stderr, "cannot read %s\n", path);
        abort();
    }
    return content;
}

_Noreturn void test_skip(const char *reason)
{
    (void)printf("skipped: %s\n", reason);
    (void)fflush(stdout);
    _exit(TEST_SKIPPED);
}
