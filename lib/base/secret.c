#include "lib/base/secret.h"

#include <openssl/crypto.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { SMALLEST_PIECE = 32 };

status_t secret_process_init(bool *ret_locked)
{
    const struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0) {
        return STATUS_INTERNAL;
    }
    int result = CRYPTO_secure_malloc_init(SECRET_HEAP_SIZE, SMALLEST_PIECE);
    if (result == 0) {
        return STATUS_NO_MEMORY;
    }
    *ret_locked = result == 1; /* 2: allocated, but mlock failed */
    return STATUS_OK;
}

status_t secret_new(struct secret *ret_secret, size_t size)
{
    uint8_t *data = OPENSSL_secure_zalloc(size > 0 ? size : 1);
    if (data == NULL) {
        return STATUS_NO_MEMORY;
    }
    *ret_secret = (struct secret){data, size};
    return STATUS_OK;
}

status_t secret_copy(struct secret *ret_secret, struct span bytes)
{
    struct secret copy;
    TRY(secret_new(&copy, bytes.size));
    if (bytes.size > 0) {
        memcpy(copy.data, bytes.data, bytes.size);
    }
    *ret_secret = copy;
    return STATUS_OK;
}

void secret_wipe(struct secret *secret)
{
    OPENSSL_secure_clear_free(secret->data, secret->size);
    *secret = (struct secret){0};
}

/* Regions given back, wiped and kept for the next call: mapping, locking and faulting pages in anew
 * costs more than what is done with them. One list for the process, which has no threads. */
static struct {
    uint8_t *pages;
    size_t size;
} kept[SECRET_PAGES_KEPT];

static uint8_t *take_kept(size_t wanted, size_t *ret_size)
{
    for (size_t i = 0; i < SECRET_PAGES_KEPT; i++) {
        /* twice the size is still a fit; more would starve the large requests */
        if (kept[i].size >= wanted && kept[i].size <= 2 * wanted) {
            *ret_size = kept[i].size;
            kept[i].size = 0;
            return kept[i].pages;
        }
    }
    return NULL;
}

static bool keep(uint8_t *pages, size_t size)
{
    for (size_t i = 0; size <= SECRET_PAGES_KEPT_SIZE && i < SECRET_PAGES_KEPT; i++) {
        if (kept[i].size == 0) {
            kept[i].pages = pages;
            kept[i].size = size;
            return true;
        }
    }
    return false;
}

uint8_t *secret_pages_new(size_t *size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t rounded = (*size + page - 1) / page * page;
    uint8_t *again = take_kept(rounded, size);
    if (again != NULL) {
        return again;
    }
    void *pages = mmap(NULL, rounded, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) {
        return NULL;
    }
    (void)mlock(pages, rounded); /* best effort: secret_process_init told whether locking works */
    (void)madvise(pages, rounded, MADV_DONTDUMP);
    *size = rounded;
    return pages;
}

void secret_pages_free(uint8_t *pages, size_t size)
{
    if (pages == NULL) {
        return;
    }
    OPENSSL_cleanse(pages, size);
    if (!keep(pages, size)) {
        (void)munmap(pages, size);
    }
}
