/* mintmark station init */
#include <errno.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <sys/stat.h>

#include "client/command.h"
#include "client/files.h"
#include "client/fingerprint.h"
#include "client/options.h"
#include "lib/base/file.h"
#include "lib/pki/der.h"
#include "lib/pki/identity_certificate.h"
#include "lib/pki/name.h"
#include "lib/pki/oid.h"
#include "lib/pki/pem.h"
#include "lib/pki/pkcs10.h"
#include "lib/pki/plain_key.h"
#include "lib/securecert/key.h"

static const struct option_command WORDS = {
    "station init",
    "Usage: mintmark station init --name NAME [-o DIR]\n"
    "Makes a station's key and the request for its certificate, at the station: the key never\n"
    "travels. Operators enrol the request, after comparing the key's SHA-256 that is shown here.\n"
    "Files that are there are not overwritten. For a new certificate with the same key the "
    "request\n"
    "is good as it is.\n"
    "\n"
    "  --name NAME            the end of the station's SPIFFE id: letters, digits, '.', '_', '-'\n"
    "  -o, --output DIR       where NAME.key (mode 0600) and NAME.csr go; default: here\n"
    "\n"
    "Exit codes: 0 ok, 1 refused, 2 usage, 3 cannot write (try again).\n"
    "\n"
    "Example:\n"
    "  mintmark station init --name line1-03 -o station\n",
    0, 0, NULL};

enum {
    PEM_MAX = 8192,
    NAME_DER_MAX = 256,
    PATH_SIZE = 1024,
    REQUEST_MODE = 0644,
    DRAWS_MAX = 4, /* one in 2^32 is unusable: more mean that the random source is broken */
};

struct station_init {
    const char *name;
    const char *folder;
    char key_path[PATH_SIZE];
    char csr_path[PATH_SIZE];
    struct buf key; /* PEM */
    struct buf csr; /* PEM */
    char fingerprint[FINGERPRINT_SIZE];
};

static status_t check_name(const char *name, struct problem *problem)
{
    static const char GOOD[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t length = name == NULL ? 0 : strlen(name);
    if (length == 0 || length > PKI_IDENTITY_NAME_MAX || strspn(name, GOOD) != length ||
        strspn(name, ".") == length) {
        return problem_say(problem, STATUS_USAGE, "NAME", "--name",
                           "--name is needed: 1 to %d letters, digits, '.', '_' or '-'",
                           PKI_IDENTITY_NAME_MAX);
    }
    return STATUS_OK;
}

static status_t make_path(const struct station_init *init, const char *ending, char *ret_path,
                          struct problem *problem)
{
    struct stat info;
    int size = snprintf(ret_path, PATH_SIZE, "%s/%s.%s", init->folder, init->name, ending);
    if (size >= PATH_SIZE) {
        return problem_say(problem, STATUS_USAGE, "PATH", "--output", "this path is too long");
    }
    if (lstat(ret_path, &info) == 0) {
        return problem_say(problem, STATUS_EXISTS, "FILE_EXISTS", ret_path,
                           "this file exists: move it away, or give another --output");
    }
    return STATUS_OK;
}

static status_t draw_key(struct secret *ret_scalar, uint8_t ret_point[static PKI_POINT_SIZE])
{
    AUTO(secret_wipe) struct secret random = {0};
    status_t status = STATUS_INVALID;
    TRY(secret_new(&random, PKI_SCALAR_SIZE));
    for (int i = 0; i < DRAWS_MAX && status == STATUS_INVALID; i++) {
        if (RAND_priv_bytes(random.data, PKI_SCALAR_SIZE) != 1) {
            return STATUS_CRYPTO;
        }
        status = pki_plain_key_from_random(secret_span(&random), ret_scalar, ret_point);
    }
    return status;
}

/* The server looks at the key alone; the name is for people. */
static status_t make_request(const char *name, struct span scalar, struct buf *ret_pem,
                             struct problem *problem)
{
    AUTO(pki_plain_key_free) struct pki_plain_key *key = NULL;
    AUTO(buf_done) struct buf subject;
    AUTO(buf_done) struct buf der;
    buf_init(&subject, NAME_DER_MAX);
    buf_init(&der, PKI_CSR_MAX);
    TRY(pki_plain_key_from_scalar(scalar, &key));
    struct signer signer = pki_plain_key_signer(key);
    size_t mark = pki_der_open(&subject, PKI_DER_SEQUENCE);
    pki_name_put_utf8(&subject, pki_oid_common_name, span_text(name));
    pki_der_close(&subject, mark);
    TRY(pki_pkcs10_make(buf_span(&subject), &signer, &der, problem));
    return pki_pem_encode(buf_span(&der), "CERTIFICATE REQUEST", ret_pem);
}

static status_t make(struct station_init *init, struct problem *problem)
{
    AUTO(secret_wipe) struct secret scalar = {0};
    AUTO(buf_done) struct buf sec1;
    uint8_t point[PKI_POINT_SIZE];
    buf_init_secret(&sec1, PKI_SEC1_SIZE);
    TRY(draw_key(&scalar, point));
    TRY(securecert_key_encode(secret_span(&scalar), &sec1, problem));
    TRY(pki_pem_encode(buf_span(&sec1), "EC PRIVATE KEY", &init->key));
    TRY(fingerprint_of_point(SPAN_OF(point), init->fingerprint));
    return make_request(init->name, secret_span(&scalar), &init->csr, problem);
}

static status_t write_files(const struct station_init *init, struct problem *problem)
{
    if (mkdir(init->folder, 0700) != 0 && errno != EEXIST) {
        return problem_say(problem, STATUS_IO, "FOLDER", init->folder,
                           "cannot make this folder: %s", strerror(errno));
    }
    TRY(files_write(init->key_path, buf_span(&init->key), problem));
    if (file_write(init->csr_path, buf_span(&init->csr), REQUEST_MODE) != STATUS_OK) {
        return problem_say(problem, STATUS_IO, "FILE_WRITE", init->csr_path,
                           "cannot write this file");
    }
    return STATUS_OK;
}

static void tell(const struct station_init *init)
{
    printf("%s  the private key: it stays on this station\n"
           "%s  the request for its certificate, for the operators\n"
           "  key    SHA-256 %s\n"
           "next, two operators, who compare that SHA-256:\n"
           "  mintmark identity add station %s --line LINE --csr %s\n"
           "  mintmark identity approve station/%s\n"
           "and its certificate, which belongs beside the key:\n"
           "  mintmark identity show station/%s -o %s.pem\n",
           init->key_path, init->csr_path, init->fingerprint, init->name, init->csr_path,
           init->name, init->name, init->name);
}

static status_t run(struct station_init *init, struct problem *problem)
{
    TRY(check_name(init->name, problem));
    TRY(make_path(init, "key", init->key_path, problem));
    TRY(make_path(init, "csr", init->csr_path, problem));
    TRY(make(init, problem));
    TRY(write_files(init, problem));
    tell(init);
    return STATUS_OK;
}

int station_init_command(int argc, char **argv)
{
    struct station_init init = {0};
    const char *operands[OPTIONS_OPERANDS_MAX];
    const struct option_row rows[] = {{"name", .text = &init.name},
                                      {"output", .text = &init.folder, .letter = 'o'},
                                      {.name = NULL}};
    int code = 0;
    if (!options_read(&WORDS, rows, NULL, argc, argv, operands, &code)) {
        return code;
    }
    init.folder = init.folder == NULL ? "." : init.folder;
    struct problem problem = {0};
    buf_init_secret(&init.key, PEM_MAX);
    buf_init(&init.csr, PEM_MAX);
    status_t status = run(&init, &problem);
    buf_done(&init.key);
    buf_done(&init.csr);
    return status == STATUS_OK ? 0 : command_fail(&problem, status, false);
}
