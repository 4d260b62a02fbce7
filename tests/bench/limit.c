/* limit ITERATIONS SECONDS PROCESSES [portable]: the raw cost of one device's cryptography in a
 * loop, in as many processes as asked. What no service can beat: key pair, SPAKE2+ verifier, one
 * signature over a TBS-sized message, the CRC of a 24 KiB image. `portable`: the blocks of PBKDF2
 * one after the other also where they could be interleaved. Prints units per second of all
 * processes. */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/digest.h"
#include "lib/matter/pbkdf2_lanes.h"
#include "lib/matter/spake2p.h"
#include "lib/pki/plain_key.h"

enum { TBS_SIZE = 420, IMAGE_SIZE = 24 * 1024 };

static double seconds_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint8_t image[IMAGE_SIZE];

struct device {
    status_t (*verifier)(uint32_t passcode, struct span salt, uint32_t iterations,
                         uint8_t *ret_verifier);
    uint32_t iterations;
};

/* matter_spake2p_verifier on the portable loop, but for the reductions modulo n: 1.3 µs of 270 and
 * more. */
static status_t portable_verifier(uint32_t passcode, struct span salt, uint32_t iterations,
                                  uint8_t *ret_verifier)
{
    enum { SHARE_SIZE = 40, W_SIZE = 32 };
    uint8_t password[4];
    uint8_t shares[2 * SHARE_SIZE];
    write_le32(password, passcode);
    matter_pbkdf2_derive_portable(SPAN_OF(password), salt, iterations, shares, sizeof(shares));
    memcpy(ret_verifier, shares, W_SIZE);
    return pki_plain_key_public(span_make(shares + SHARE_SIZE, W_SIZE), ret_verifier + W_SIZE);
}

static int one_device(EVP_PKEY_CTX *signer, const struct device *device)
{
    uint8_t random[64];
    uint8_t point[PKI_POINT_SIZE];
    uint8_t verifier[MATTER_SPAKE2P_VERIFIER_SIZE];
    uint8_t digest[SHA256_SIZE];
    uint8_t signature[80];
    size_t size = sizeof(signature);
    struct secret scalar = {0};
    if (RAND_priv_bytes(random, sizeof(random)) != 1 ||
        pki_plain_key_from_random(span_make(random, 32), &scalar, point) != STATUS_OK ||
        device->verifier(20202021, span_make(random + 32, 32), device->iterations, verifier) !=
            STATUS_OK) {
        return 0;
    }
    secret_wipe(&scalar);
    digest_sha256(span_make(image, TBS_SIZE), digest);
    image[0] ^= (uint8_t)digest_crc(DIGEST_CRC_START, SPAN_OF(image));
    return EVP_PKEY_sign(signer, signature, &size, digest, sizeof(digest)) == 1;
}

static int run(const struct device *device, double limit, int descriptor)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    EVP_PKEY_CTX *signer = EVP_PKEY_CTX_new(key, NULL);
    if (signer == NULL || EVP_PKEY_sign_init(signer) != 1) {
        return 1;
    }
    unsigned count = 0;
    double start = seconds_now();
    double spent = 0;
    do {
        if (!one_device(signer, device)) {
            return 1;
        }
        count++;
        spent = seconds_now() - start;
    } while (spent < limit);
    double rate = count / spent;
    EVP_PKEY_CTX_free(signer);
    EVP_PKEY_free(key);
    return write(descriptor, &rate, sizeof(rate)) == (ssize_t)sizeof(rate) ? 0 : 1;
}

int main(int argc, char **argv)
{
    bool portable = argc == 5 && strcmp(argv[4], "portable") == 0;
    if (argc != 4 && !portable) {
        (void)fprintf(stderr, "usage: limit ITERATIONS SECONDS PROCESSES [portable]\n");
        return 2;
    }
    struct device device = {.verifier = portable ? portable_verifier : matter_spake2p_verifier,
                            .iterations = (uint32_t)strtoul(argv[1], NULL, 10)};
    double limit = strtod(argv[2], NULL);
    long processes = strtol(argv[3], NULL, 10);
    int pipes[2];
    if (pipe(pipes) != 0) {
        return 1;
    }
    for (long i = 0; i < processes; i++) {
        if (fork() == 0) {
            _exit(run(&device, limit, pipes[1]));
        }
    }
    double total = 0;
    for (long i = 0; i < processes; i++) {
        int status = 0;
        double rate = 0;
        if (wait(&status) < 0 || status != 0 ||
            read(pipes[0], &rate, sizeof(rate)) != (ssize_t)sizeof(rate)) {
            return 1;
        }
        total += rate;
    }
    (void)printf("%.2f\n", total);
    return 0;
}
