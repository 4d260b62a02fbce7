#include "server/config_files.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/pki/certificate.h"
#include "lib/pki/pem.h"

struct files {
    char folder[PATH_MAX];
    struct config_report *report;
};

static bool is_set(const char *text)
{
    return text != NULL && text[0] != '\0';
}

/* Replaces a path of the message by its absolute form; empty ones stay. */
static status_t resolve(const struct files *files, char **path)
{
    char absolute[PATH_MAX];
    if (!is_set(*path) || (*path)[0] == '/') {
        return STATUS_OK;
    }
    if (snprintf(absolute, sizeof(absolute), "%s/%s", files->folder, *path) >=
        (int)sizeof(absolute)) {
        return STATUS_TOO_LARGE;
    }
    char *copy = strdup(absolute);
    if (copy == NULL) {
        return STATUS_NO_MEMORY;
    }
    free(*path); /* protobuf-c's allocator is malloc; a set string is never its shared empty one */
    *path = copy;
    return STATUS_OK;
}

static status_t read_limited(const char *path, struct buf *ret_content, struct problem *problem)
{
    status_t status = file_read(path, ret_content);
    if (status == STATUS_OK) {
        return status;
    }
    return problem_say(problem, status, "FILE", "", "cannot read %s: %s", path,
                       status == STATUS_TOO_LARGE ? "larger than any certificate file"
                                                  : strerror(errno));
}

static status_t take_content(const struct buf *content, ProtobufCBinaryData *ret_bytes)
{
    uint8_t *copy = malloc(content->size > 0 ? content->size : 1);
    if (copy == NULL) {
        return STATUS_NO_MEMORY;
    }
    memcpy(copy, content->data, content->size);
    ret_bytes->len = content->size;
    ret_bytes->data = copy;
    return STATUS_OK;
}

static status_t read_der(const char *path, struct buf *ret_der, struct problem *problem)
{
    AUTO(buf_done) struct buf content = {.limit = CONFIG_CERTIFICATE_FILE_MAX};
    struct pki_certificate parsed;
    TRY(read_limited(path, &content, problem));
    TRY(pki_pem_decode(buf_span(&content), "CERTIFICATE", ret_der, problem));
    return pki_certificate_parse(buf_span(ret_der), &parsed, problem);
}

/* One certificate, PEM or DER, as DER. */
static status_t fill_der(const struct files *files, const char *field, const char *path,
                         ProtobufCBinaryData *ret_bytes)
{
    AUTO(buf_done) struct buf der = {.limit = PKI_CERTIFICATE_MAX};
    struct problem problem = {0};
    if (!is_set(path)) {
        config_report_say(files->report, "KEY_REQUIRED", field, "%s is required", field);
        return STATUS_OK;
    }
    status_t status = read_der(path, &der, &problem);
    if (status != STATUS_OK) {
        config_report_problem(files->report, field, status, &problem);
        return STATUS_OK;
    }
    return take_content(&der, ret_bytes);
}

/* TLS files stay PEM: OpenSSL reads chains and bundles itself. Here: certificates, all readable,
 * and nothing secret among them, because these bytes go to a process that must not hold secrets. */
static status_t check_pem(const char *path, const struct buf *content, struct problem *problem)
{
    if (memmem(content->data, content->size, "PRIVATE KEY", strlen("PRIVATE KEY")) != NULL) {
        return problem_say(problem, STATUS_REFUSED, "CERTIFICATE_FILE", "",
                           "%s holds a private key: keep keys in files of their own", path);
    }
    BIO *bio = BIO_new_mem_buf(content->data, (int)content->size);
    if (bio == NULL) {
        return STATUS_NO_MEMORY;
    }
    unsigned count = 0;
    for (X509 *x509; (x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL; count++) {
        X509_free(x509);
    }
    bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    BIO_free(bio);
    if (count == 0 || !ended) {
        return problem_say(problem, STATUS_MALFORMED, "CERTIFICATE_FILE", "",
                           "%s: certificate %u is not readable PEM", path, count + 1);
    }
    return STATUS_OK;
}

static status_t fill_pem(const struct files *files, const char *field, const char *path,
                         ProtobufCBinaryData *ret_bytes)
{
    AUTO(buf_done) struct buf content = {.limit = CONFIG_CERTIFICATE_FILE_MAX};
    struct problem problem = {0};
    if (!is_set(path)) {
        config_report_say(files->report, "KEY_REQUIRED", field, "%s is required", field);
        return STATUS_OK;
    }
    status_t status = read_limited(path, &content, &problem);
    if (status == STATUS_OK) {
        status = check_pem(path, &content, &problem);
    }
    if (status != STATUS_OK) {
        config_report_problem(files->report, field, status, &problem);
        return STATUS_OK;
    }
    return take_content(&content, ret_bytes);
}

/* A key or PIN file: that the service will be able to open it; its content stays unread. */
static void check_secret(const struct files *files, const char *field, const char *path)
{
    struct problem problem = {0};
    int descriptor = -1;
    if (!is_set(path)) {
        config_report_say(files->report, "KEY_REQUIRED", field, "%s is required", field);
        return;
    }
    status_t status = file_open_secret(path, &descriptor, &problem);
    if (status != STATUS_OK) {
        config_report_problem(files->report, field, status, &problem);
        return;
    }
    (void)close(descriptor);
}

static void check_state_directory(const struct files *files, const char *path)
{
    static const char FIELD[] = "state_directory";
    struct stat info;
    if (!is_set(path)) {
        config_report_say(files->report, "KEY_REQUIRED", FIELD, "%s is required", FIELD);
    } else if (stat(path, &info) != 0) {
        config_report_say(files->report, "STATE_DIRECTORY", FIELD,
                          "%s: %s: make it, for the service's user, mode 0700", path,
                          strerror(errno));
    } else if (!S_ISDIR(info.st_mode)) {
        config_report_say(files->report, "STATE_DIRECTORY", FIELD, "%s is not a directory", path);
    } else if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        config_report_say(files->report, "STATE_DIRECTORY", FIELD,
                          "%s is writable by others (mode %04o): chmod 0700 it", path,
                          (unsigned)(info.st_mode & 07777));
    } else if (access(path, W_OK | X_OK) != 0) {
        config_report_say(files->report, "STATE_DIRECTORY", FIELD,
                          "%s is not writable by this user: %s", path, strerror(errno));
    }
}

static void check_module(const struct files *files, const Mintmark__V1__Token *token)
{
    struct stat info;
    if (!is_set(token->module) || token->module[0] != '/') {
        config_report_say(files->report, "MODULE", "token.module",
                          "token.module is the absolute path of the PKCS#11 module");
    } else if (stat(token->module, &info) != 0 || !S_ISREG(info.st_mode)) {
        config_report_say(files->report, "MODULE", "token.module",
                          "%s is not a file: install the token's PKCS#11 module", token->module);
    }
    if (is_set(token->softhsm2_conf) && access(token->softhsm2_conf, R_OK) != 0) {
        config_report_say(files->report, "FILE", "token.softhsm2_conf", "cannot read %s: %s",
                          token->softhsm2_conf, strerror(errno));
    }
}

static status_t read_listener(const struct files *files, const char *name,
                              Mintmark__V1__Listener *listener)
{
    char field[PROBLEM_FIELD_MAX];
    if (listener == NULL) {
        return STATUS_OK; /* config_check says so */
    }
    TRY(resolve(files, &listener->certificate));
    TRY(resolve(files, &listener->key));
    TRY(resolve(files, &listener->client_ca));
    (void)snprintf(field, sizeof(field), "%s.key", name);
    check_secret(files, field, listener->key);
    (void)snprintf(field, sizeof(field), "%s.certificate", name);
    TRY(fill_pem(files, field, listener->certificate, &listener->certificate_content));
    (void)snprintf(field, sizeof(field), "%s.client_ca", name);
    return fill_pem(files, field, listener->client_ca, &listener->client_ca_content);
}

static status_t read_token(const struct files *files, Mintmark__V1__Token *token)
{
    if (token == NULL) {
        return STATUS_OK;
    }
    TRY(resolve(files, &token->pin_file));
    TRY(resolve(files, &token->softhsm2_conf));
    check_secret(files, "token.pin_file", token->pin_file);
    check_module(files, token);
    return STATUS_OK;
}

static status_t read_pai(const struct files *files, const char *name, Mintmark__V1__Pai *pai)
{
    char field[PROBLEM_FIELD_MAX];
    TRY(resolve(files, &pai->certificate));
    TRY(resolve(files, &pai->paa));
    (void)snprintf(field, sizeof(field), "pais.%.64s.certificate", name);
    TRY(fill_der(files, field, pai->certificate, &pai->certificate_content));
    (void)snprintf(field, sizeof(field), "pais.%.64s.paa", name);
    return fill_der(files, field, pai->paa, &pai->paa_content);
}

/* Whether one of the PEM certificates is `der`. */
static bool bundle_holds(const ProtobufCBinaryData *bundle, const ProtobufCBinaryData *der)
{
    bool found = false;
    BIO *bio = BIO_new_mem_buf(bundle->data, (int)bundle->len);
    for (X509 *x509; (x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL; X509_free(x509)) {
        unsigned char *one = NULL;
        int size = i2d_X509(x509, &one);
        found = found || (size > 0 &&
                          span_equal(span_make(one, (size_t)size), span_make(der->data, der->len)));
        OPENSSL_free(one);
    }
    ERR_clear_error();
    BIO_free(bio);
    return found;
}

/* After the listeners: a station's new certificate must be accepted where it is used. */
static status_t read_identity_ca(const struct files *files, const Mintmark__V1__Config *config)
{
    static const char FIELD[] = "identity_ca.certificate";
    Mintmark__V1__IdentityCa *ca = config->identity_ca;
    if (ca == NULL) {
        return STATUS_OK;
    }
    TRY(resolve(files, &ca->certificate));
    TRY(fill_der(files, FIELD, ca->certificate, &ca->certificate_content));
    if (ca->certificate_content.len > 0 && config->stations != NULL &&
        !bundle_holds(&config->stations->client_ca_content, &ca->certificate_content)) {
        config_report_say(files->report, "IDENTITY_CA", FIELD,
                          "the stations' client_ca does not hold this certificate, so no station "
                          "could use what it signs: add it to that file");
    }
    return STATUS_OK;
}

static status_t read_cd_signers(const struct files *files, Mintmark__V1__Config *config)
{
    if (config->n_cd_signers == 0) {
        return STATUS_OK;
    }
    config->cd_signer_contents = calloc(config->n_cd_signers, sizeof(*config->cd_signer_contents));
    if (config->cd_signer_contents == NULL) {
        return STATUS_NO_MEMORY;
    }
    config->n_cd_signer_contents = config->n_cd_signers;
    for (size_t i = 0; i < config->n_cd_signers; i++) {
        char field[PROBLEM_FIELD_MAX];
        (void)snprintf(field, sizeof(field), "cd_signers[%zu]", i);
        TRY(resolve(files, &config->cd_signers[i]));
        TRY(fill_der(files, field, config->cd_signers[i], &config->cd_signer_contents[i]));
    }
    return STATUS_OK;
}

/* The absolute folder of the configuration file. */
static status_t folder_of(const char *config_path, char folder[static PATH_MAX])
{
    char absolute[PATH_MAX];
    if (realpath(config_path, absolute) == NULL) {
        return STATUS_IO;
    }
    (void)snprintf(folder, PATH_MAX, "%s", dirname(absolute));
    return STATUS_OK;
}

status_t config_files_read(const char *config_path, Mintmark__V1__Config *config,
                           struct config_report *report)
{
    struct files files = {.report = report};
    TRY(folder_of(config_path, files.folder));
    TRY(resolve(&files, &config->state_directory));
    check_state_directory(&files, config->state_directory);
    TRY(read_listener(&files, "stations", config->stations));
    TRY(read_listener(&files, "administration", config->administration));
    TRY(read_identity_ca(&files, config));
    TRY(read_token(&files, config->token));
    for (size_t i = 0; i < config->n_pais; i++) {
        if (config->pais[i]->value != NULL) {
            TRY(read_pai(&files, config->pais[i]->key, config->pais[i]->value));
        }
    }
    return read_cd_signers(&files, config);
}
