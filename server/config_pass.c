#include "server/config_pass.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

static status_t write_packed(int descriptor, const Mintmark__V1__Config *config, size_t size)
{
    if (ftruncate(descriptor, (off_t)size) != 0) {
        return STATUS_IO;
    }
    uint8_t *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (bytes == MAP_FAILED) {
        return STATUS_NO_MEMORY;
    }
    (void)mintmark__v1__config__pack(config, bytes);
    (void)munmap(bytes, size); /* a writable mapping would keep the seal off */
    return fcntl(descriptor, F_ADD_SEALS, SEALS) == 0 ? STATUS_OK : STATUS_IO;
}

status_t config_pass_digest(const Mintmark__V1__Config *config,
                            uint8_t ret_digest[static SHA256_SIZE])
{
    AUTO(buf_done) struct buf packed;
    buf_init(&packed, CONFIG_PASS_MAX);
    uint8_t *place = buf_extend(&packed, mintmark__v1__config__get_packed_size(config));
    TRY(buf_status(&packed));
    (void)mintmark__v1__config__pack(config, place);
    digest_sha256(buf_span(&packed), ret_digest);
    return STATUS_OK;
}

status_t config_pass_seal(const Mintmark__V1__Config *config, int *ret_descriptor)
{
    size_t size = mintmark__v1__config__get_packed_size(config);
    if (size == 0 || size > CONFIG_PASS_MAX) {
        return STATUS_TOO_LARGE;
    }
    int descriptor = memfd_create("mintmark-config", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (descriptor < 0) {
        return STATUS_IO;
    }
    status_t status = write_packed(descriptor, config, size);
    if (status != STATUS_OK) {
        (void)close(descriptor);
        return status;
    }
    *ret_descriptor = descriptor;
    return STATUS_OK;
}

status_t config_pass_reopen(int descriptor, int *ret_descriptor)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", descriptor);
    int opened = open(path, O_RDONLY | O_CLOEXEC);
    if (opened < 0) {
        return STATUS_IO;
    }
    *ret_descriptor = opened;
    return STATUS_OK;
}

status_t config_pass_receive(int descriptor, Mintmark__V1__Config **ret_config)
{
    struct stat info;
    if (fcntl(descriptor, F_GET_SEALS) != SEALS || fstat(descriptor, &info) != 0 ||
        info.st_size <= 0 || info.st_size > CONFIG_PASS_MAX) {
        return STATUS_MALFORMED;
    }
    size_t size = (size_t)info.st_size;
    void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (bytes == MAP_FAILED) {
        return STATUS_NO_MEMORY;
    }
    Mintmark__V1__Config *config = mintmark__v1__config__unpack(NULL, size, bytes);
    (void)munmap(bytes, size);
    if (config == NULL) {
        return STATUS_MALFORMED;
    }
    *ret_config = config;
    return STATUS_OK;
}
