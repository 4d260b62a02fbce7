#include "hsm/ceremony/pin_file.h"

#include <errno.h>
#include <openssl/rand.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/secret.h"

status_t ceremony_pin_file_ensure(const char *path, bool *ret_made, struct problem *problem)
{
    /* 32 characters, so that five random bits choose one without bias; none looks like another */
    static const char alphabet[] = "abcdefghijkmnpqrstuvwxyz23456789";
    if (access(path, F_OK) == 0) {
        *ret_made = false;
        return STATUS_OK;
    }
    AUTO(secret_wipe) struct secret pin = {0};
    TRY(secret_new(&pin, CEREMONY_PIN_SIZE + 1));
    if (RAND_priv_bytes(pin.data, CEREMONY_PIN_SIZE) != 1) {
        return STATUS_CRYPTO;
    }
    for (size_t i = 0; i < CEREMONY_PIN_SIZE; i++) {
        pin.data[i] = (uint8_t)alphabet[pin.data[i] % (sizeof(alphabet) - 1)];
    }
    pin.data[CEREMONY_PIN_SIZE] = '\n';
    status_t status = file_write(path, secret_span(&pin), 0600);
    if (status != STATUS_OK) {
        return problem_say(problem, status, "PIN_FILE", path, "cannot write PIN file %s: %s", path,
                           strerror(errno));
    }
    *ret_made = true;
    return STATUS_OK;
}
