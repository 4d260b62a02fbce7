#include <stdio.h>
#include <unistd.h>

#include "client/log/export.h"
#include "lib/approval/statement.h"
#include "lib/base/hex.h"
#include "mintmark/v1/audit.pb-c.h"

enum { HEX_SIZE = 2 * SHA256_SIZE };

static bool exists(const struct log_export *export, const char *name)
{
    char path[LOG_FOLDER_PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s/%s", export->path, name);
    return access(path, F_OK) == 0;
}

static status_t say_other(const char *what, struct problem *problem)
{
    return problem_say(problem, STATUS_DATA_LOSS, "SERVER_OTHER", what,
                       "the server's %s is not the one that its log names", what);
}

static bool has_digest(struct span bytes, const uint8_t sha256[static SHA256_SIZE])
{
    uint8_t digest[SHA256_SIZE];
    digest_sha256(bytes, digest);
    return memcmp(digest, sha256, SHA256_SIZE) == 0;
}

/* The content of a change, unless it is there already. */
static status_t fetch_content(struct log_export *export, const uint8_t sha256[static SHA256_SIZE],
                              struct problem *problem)
{
    char name[sizeof("content/") + HEX_SIZE] = "content/";
    uint8_t wanted[SHA256_SIZE];
    Mintmark__V1__GetContentRequest request;
    AUTO(admin_answer_done) struct admin_answer answer = {0};
    const ProtobufCMessage *message = NULL;
    hex_encode(span_make(sha256, SHA256_SIZE), name + strlen("content/"));
    if (exists(export, name)) {
        return STATUS_OK;
    }
    memcpy(wanted, sha256, sizeof(wanted));
    mintmark__v1__get_content_request__init(&request);
    request.sha256 = (ProtobufCBinaryData){sizeof(wanted), wanted};
    TRY(admin_command_call(export->command, "Audit/GetContent", &request.base,
                           &mintmark__v1__get_content_response__descriptor, &answer, &message));
    const Mintmark__V1__GetContentResponse *response =
        (const Mintmark__V1__GetContentResponse *)message;
    struct span content = span_make(response->content.data, response->content.len);
    return has_digest(content, sha256) ? log_writer_file(export->path, name, content, problem)
                                       : say_other("content", problem);
}

status_t log_export_certificates(struct log_export *export, struct problem *problem)
{
    ProtobufCBinaryData serials[LOG_EXPORT_SERIALS];
    Mintmark__V1__GetCertificatesRequest request;
    AUTO(admin_answer_done) struct admin_answer answer = {0};
    const ProtobufCMessage *message = NULL;
    if (export->serial_count == 0) {
        return STATUS_OK;
    }
    for (size_t i = 0; i < export->serial_count; i++) {
        serials[i] = (ProtobufCBinaryData){sizeof(export->serials[i]), export->serials[i]};
    }
    mintmark__v1__get_certificates_request__init(&request);
    request.n_dac_serials = export->serial_count;
    request.dac_serials = serials;
    TRY(admin_command_call(export->command, "Audit/GetCertificates", &request.base,
                           &mintmark__v1__get_certificates_response__descriptor, &answer,
                           &message));
    const Mintmark__V1__GetCertificatesResponse *response =
        (const Mintmark__V1__GetCertificatesResponse *)message;
    if (response->n_certificates != export->serial_count) {
        return say_other("certificate", problem);
    }
    for (size_t i = 0; i < response->n_certificates; i++) {
        struct span der = span_make(response->certificates[i].data, response->certificates[i].len);
        if (!has_digest(der, export->digests[i])) {
            return say_other("certificate", problem);
        }
        TRY(log_writer_certificate(&export->writer, der, problem));
    }
    export->serial_count = 0;
    return STATUS_OK;
}

static status_t announce_certificate(struct log_export *export, const struct event *event,
                                     struct problem *problem)
{
    struct span serial = event->values[EVENT_DAC_SERIAL].bytes;
    struct span digest = event->values[EVENT_CERTIFICATE_SHA256].bytes;
    if (export->serial_count == LOG_EXPORT_SERIALS) {
        TRY(log_export_certificates(export, problem));
    }
    memcpy(export->serials[export->serial_count], serial.data, sizeof(export->serials[0]));
    memcpy(export->digests[export->serial_count], digest.data, SHA256_SIZE);
    export->serial_count++;
    return STATUS_OK;
}

static status_t fetch_proposed(struct log_export *export, const struct event *event,
                               struct problem *problem)
{
    struct approval_statement statement;
    TRY(approval_statement_read(event->values[EVENT_STATEMENT].bytes, &statement, problem));
    return fetch_content(export, statement.content, problem);
}

status_t log_export_entry(struct log_export *export, struct span entry, struct problem *problem)
{
    struct event event;
    TRY(log_writer_entry(&export->writer, entry, problem));
    TRY(log_witnesses_compare(&export->witnesses, &export->writer.edge, problem));
    if (!export->writer.writing) {
        return STATUS_OK;
    }
    status_t status = event_read(entry, &event, problem);
    if (status != STATUS_OK) {
        return STATUS_OK; /* exported as it is: to judge it is verify's business */
    }
    if (event.type == EVENT_TYPE_DEVICE_ISSUED || event.type == EVENT_TYPE_DEVICE_RECOVERED) {
        return announce_certificate(export, &event, problem);
    }
    return event.type == EVENT_TYPE_CHANGE_PROPOSED ? fetch_proposed(export, &event, problem)
                                                    : STATUS_OK;
}

static status_t write_issuer(const struct log_export *export, ProtobufCBinaryData der,
                             struct problem *problem)
{
    uint8_t digest[SHA256_SIZE];
    char name[sizeof("issuers/.der") + HEX_SIZE];
    char hex[2 * SHA256_SIZE + 1];
    digest_sha256(span_make(der.data, der.len), digest);
    hex_encode(SPAN_OF(digest), hex);
    (void)snprintf(name, sizeof(name), "issuers/%s.der", hex);
    return exists(export, name)
               ? STATUS_OK
               : log_writer_file(export->path, name, span_make(der.data, der.len), problem);
}

status_t log_export_issuers(struct log_export *export, struct problem *problem)
{
    Mintmark__V1__ListIssuersRequest request;
    AUTO(admin_answer_done) struct admin_answer answer = {0};
    const ProtobufCMessage *message = NULL;
    mintmark__v1__list_issuers_request__init(&request);
    TRY(admin_command_call(export->command, "Audit/ListIssuers", &request.base,
                           &mintmark__v1__list_issuers_response__descriptor, &answer, &message));
    const Mintmark__V1__ListIssuersResponse *response =
        (const Mintmark__V1__ListIssuersResponse *)message;
    for (size_t i = 0; i < response->n_issuers; i++) {
        TRY(write_issuer(export, response->issuers[i]->pai, problem));
    }
    return STATUS_OK;
}
