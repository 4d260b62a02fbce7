/* mintmark secure-cert request */
#include <openssl/rand.h>
#include <stdio.h>
#include <unistd.h>

#include "client/command.h"
#include "client/files.h"
#include "client/json.h"
#include "client/secure_cert.h"
#include "lib/matter/certificate.h"
#include "lib/pki/pem.h"
#include "lib/pki/pkcs10.h"
#include "lib/securecert/key.h"

static const char command_name[] = "secure-cert request";

static const char help_text[] =
    "Usage: mintmark secure-cert request -o OUT --hmac-key FILE (--new-salt FILE | --hmac-salt "
    "FILE)\n"
    "           [--json]\n"
    "Makes the PKCS#10 request (PEM) for the DAC of a chip that derives its key from an eFuse "
    "HMAC\n"
    "key. The derived private key is never written; what `secure-cert build --hmac-derived` needs\n"
    "besides the DAC is the salt.\n"
    "\n"
    "  -o, --out FILE    the request\n"
    "  --hmac-key FILE   the HMAC key to be burnt into the chip (32 bytes, mode 0600)\n"
    "  --new-salt FILE   draw a salt and write it here; the file must not exist\n"
    "  --hmac-salt FILE  use this salt (32 bytes, mode 0600)\n"
    "  --json            one JSON object on standard output\n"
    "\n"
    "Exit code: 0 made, 1 refused by a check, 2 wrong usage, 3 a file cannot be read or written.\n"
    "\n"
    "Example:\n"
    "  (umask 077 && head -c 32 /dev/random > hmac.bin) &&\n"
    "      mintmark secure-cert request -o dac.csr --hmac-key hmac.bin --new-salt salt.bin\n";

enum {
    FILE_MAX = 64 * 1024,
    NAME_MAX_SIZE = 256,
    DRAWS_MAX = 4, /* one in 2^32 is unusable: more mean that the random source is broken */
};

static int check_usage(const struct secure_cert_arguments *arguments)
{
    const char *const *texts = arguments->texts;
    if (texts[SECURE_CERT_OUT] == NULL || texts[SECURE_CERT_HMAC_KEY] == NULL) {
        return command_usage(command_name, "-o and --hmac-key are required");
    }
    if ((texts[SECURE_CERT_NEW_SALT] != NULL) == (texts[SECURE_CERT_HMAC_SALT] != NULL)) {
        return command_usage(command_name, "give one of --new-salt and --hmac-salt");
    }
    return 0;
}

/* A salt that gives a key; appended. */
static status_t draw_salt(struct span hmac_key, struct buf *ret_salt, struct secret *ret_scalar,
                          struct problem *problem)
{
    uint8_t point[PKI_POINT_SIZE];
    uint8_t *salt = buf_extend(ret_salt, SECURECERT_HMAC_SALT_SIZE);
    status_t status = salt == NULL ? buf_status(ret_salt) : STATUS_INVALID;
    for (int i = 0; i < DRAWS_MAX && status == STATUS_INVALID; i++) {
        if (RAND_priv_bytes(salt, SECURECERT_HMAC_SALT_SIZE) != 1) {
            return STATUS_CRYPTO;
        }
        status = securecert_key_derive(hmac_key, span_make(salt, SECURECERT_HMAC_SALT_SIZE),
                                       ret_scalar, point, problem);
    }
    return status;
}

static status_t make_request(struct span scalar, struct buf *ret_pem, struct problem *problem)
{
    AUTO(pki_plain_key_free) struct pki_plain_key *key = NULL;
    AUTO(buf_done) struct buf name;
    AUTO(buf_done) struct buf der;
    buf_init(&name, NAME_MAX_SIZE);
    buf_init(&der, PKI_CSR_MAX);
    TRY(pki_plain_key_from_scalar(scalar, &key));
    struct signer signer = pki_plain_key_signer(key);
    TRY(matter_certificate_subject("DAC request", -1, -1, &name));
    TRY(pki_pkcs10_make(buf_span(&name), &signer, &der, problem));
    return pki_pem_encode(buf_span(&der), "CERTIFICATE REQUEST", ret_pem);
}

static status_t find_key(const struct secure_cert_arguments *arguments, struct buf *ret_salt,
                         struct secret *ret_scalar, struct problem *problem)
{
    AUTO(buf_done) struct buf hmac_key;
    uint8_t point[PKI_POINT_SIZE];
    const char *new_salt = arguments->texts[SECURE_CERT_NEW_SALT];
    buf_init_secret(&hmac_key, FILE_MAX);
    TRY(secure_cert_read_exactly(arguments->texts[SECURE_CERT_HMAC_KEY], SECURECERT_HMAC_KEY_SIZE,
                                 "SECURECERT_HMAC_KEY_SIZE", &hmac_key, problem));
    if (new_salt == NULL) {
        TRY(secure_cert_read_exactly(arguments->texts[SECURE_CERT_HMAC_SALT],
                                     SECURECERT_HMAC_SALT_SIZE, "SECURECERT_HMAC_SALT_SIZE",
                                     ret_salt, problem));
        return securecert_key_derive(buf_span(&hmac_key), buf_span(ret_salt), ret_scalar, point,
                                     problem);
    }
    if (access(new_salt, F_OK) == 0) {
        return problem_say(problem, STATUS_EXISTS, "FILE_EXISTS", new_salt,
                           "%s exists: a DAC may depend on this salt; give another name", new_salt);
    }
    return draw_salt(buf_span(&hmac_key), ret_salt, ret_scalar, problem);
}

static status_t request(const struct secure_cert_arguments *arguments, struct buf *output,
                        struct problem *problem)
{
    const char *path = arguments->texts[SECURE_CERT_OUT];
    const char *new_salt = arguments->texts[SECURE_CERT_NEW_SALT];
    AUTO(buf_done) struct buf salt;
    AUTO(buf_done) struct buf pem;
    AUTO(secret_wipe) struct secret scalar = {0};
    buf_init_secret(&salt, FILE_MAX);
    buf_init(&pem, FILE_MAX);
    TRY(find_key(arguments, &salt, &scalar, problem));
    TRY(make_request(secret_span(&scalar), &pem, problem));
    if (new_salt != NULL) {
        TRY(files_write(new_salt, buf_span(&salt), problem));
    }
    TRY(files_write(path, buf_span(&pem), problem));
    if (!arguments->switches[SECURE_CERT_JSON]) {
        buf_print(output, "%s: request for the derived key\n", path);
        return STATUS_OK;
    }
    buf_append_byte(output, '{');
    json_append_name(output, "request", true);
    json_append_text(output, span_text(path));
    json_append_name(output, "salt", false);
    json_append_text(
        output, span_text(new_salt != NULL ? new_salt : arguments->texts[SECURE_CERT_HMAC_SALT]));
    buf_append_text(output, "}\n");
    return STATUS_OK;
}

static const struct secure_cert_command command = {
    .name = command_name,
    .help = help_text,
    .texts = 1u << SECURE_CERT_OUT | 1u << SECURE_CERT_HMAC_KEY | 1u << SECURE_CERT_HMAC_SALT |
             1u << SECURE_CERT_NEW_SALT,
    .check_usage = check_usage,
    .run = request,
};

int secure_cert_request_command(int argc, char **argv)
{
    return secure_cert_run(&command, argc, argv);
}
