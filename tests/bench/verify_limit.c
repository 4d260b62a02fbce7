/* verify_limit SECONDS PROCESSES: how many P-256 signatures so many processes verify in a second,
 * and nothing else: what no verification of a log can beat. */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { DIGEST_SIZE = 32, SIGNATURES = 64, SIGNATURE_MAX = 80 };

struct signed_digest {
    unsigned char digest[DIGEST_SIZE];
    unsigned char signature[SIGNATURE_MAX];
    size_t size;
};

static struct signed_digest messages[SIGNATURES];

static double seconds_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool sign_all(EVP_PKEY *key)
{
    EVP_PKEY_CTX *signer = EVP_PKEY_CTX_new(key, NULL);
    bool good = signer != NULL && EVP_PKEY_sign_init(signer) == 1;
    for (size_t i = 0; good && i < SIGNATURES; i++) {
        messages[i].size = SIGNATURE_MAX;
        good = RAND_bytes(messages[i].digest, DIGEST_SIZE) == 1 &&
               EVP_PKEY_sign(signer, messages[i].signature, &messages[i].size, messages[i].digest,
                             DIGEST_SIZE) == 1;
    }
    EVP_PKEY_CTX_free(signer);
    return good;
}

static int run(EVP_PKEY *key, double limit, int descriptor)
{
    EVP_PKEY_CTX *verifier = EVP_PKEY_CTX_new(key, NULL);
    if (verifier == NULL || EVP_PKEY_verify_init(verifier) != 1) {
        return 1;
    }
    unsigned count = 0;
    double start = seconds_now();
    double spent = 0;
    while (spent < limit) {
        const struct signed_digest *message = &messages[count++ % SIGNATURES];
        if (EVP_PKEY_verify(verifier, message->signature, message->size, message->digest,
                            DIGEST_SIZE) != 1) {
            return 1;
        }
        spent = seconds_now() - start;
    }
    double rate = count / spent;
    EVP_PKEY_CTX_free(verifier);
    return write(descriptor, &rate, sizeof(rate)) == (ssize_t)sizeof(rate) ? 0 : 1;
}

int main(int argc, char **argv)
{
    int pipes[2];
    EVP_PKEY *key = EVP_EC_gen("P-256");
    if (argc != 3 || pipe(pipes) != 0 || key == NULL || !sign_all(key)) {
        (void)fprintf(stderr, "usage: verify_limit SECONDS PROCESSES\n");
        return 2;
    }
    double limit = strtod(argv[1], NULL);
    long processes = strtol(argv[2], NULL, 10);
    for (long i = 0; i < processes; i++) {
        if (fork() == 0) {
            _exit(run(key, limit, pipes[1]));
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
    EVP_PKEY_free(key);
    (void)printf("%.2f\n", total);
    return 0;
}
