/* mintmark crl show */
#include <google/protobuf/timestamp.pb-c.h>
#include <stdio.h>

#include "client/command.h"
#include "client/files.h"
#include "client/json.h"
#include "client/options.h"
#include "lib/base/hex.h"
#include "lib/matter/crl.h"
#include "lib/pki/pem.h"
#include "proto/text/timestamp.h"

enum { OUTPUT_MAX = 16 * 1024 * 1024, SERIAL_TEXT = 2 * (PKI_SERIAL_MAX + 1) + 1 };

static const struct option_command WORDS = {
    "crl show",
    "Usage: mintmark crl show FILE [--pai FILE] [--json]\n"
    "Shows a revocation list (DER or PEM) and every entry of it.\n"
    "\n"
    "  --pai FILE   the PAI's certificate: judges the list against it, signature first\n"
    "  --json       one JSON object on standard output\n"
    "\n"
    "Exit codes: 0 it could be read (and is that PAI's), 1 otherwise, 2 usage.\n"
    "\n"
    "Example:\n"
    "  mintmark crl show acme-2026.crl --pai pai.pem\n",
    1, 1, "one FILE is"};

static void time_text(int64_t seconds, char ret_text[static TEXT_TIMESTAMP_MAX])
{
    Google__Protobuf__Timestamp time;
    google__protobuf__timestamp__init(&time);
    time.seconds = seconds;
    text_timestamp_print(&time.base, ret_text);
}

static const char *reason_name(enum pki_crl_reason reason)
{
    static const char *const names[] = {
        "unspecified",     "key-compromise",         "ca-compromise",    "affiliation-changed",
        "superseded",      "cessation-of-operation", "certificate-hold", "7",
        "remove-from-crl", "privilege-withdrawn",    "aa-compromise"};
    return (size_t)reason < sizeof(names) / sizeof(names[0]) ? names[reason] : "?";
}

static void print_head(const struct pki_crl *crl, bool json, struct buf *output)
{
    char number[2 * PKI_CRL_NUMBER_MAX + 1];
    char key_id[2 * 64 + 1] = "";
    char this_update[TEXT_TIMESTAMP_MAX];
    char next_update[TEXT_TIMESTAMP_MAX] = "";
    hex_encode(crl->number, number);
    if (crl->authority_key_id.size <= 64) {
        hex_encode(crl->authority_key_id, key_id);
    }
    time_text(crl->this_update, this_update);
    if (crl->next_update >= 0) {
        time_text(crl->next_update, next_update);
    }
    buf_print(output,
              json ? "{\"number\": \"0x%s\", \"authority_key_id\": \"%s\", \"this_update\": "
                     "\"%s\", \"next_update\": \"%s\", \"revocations\": ["
                   : "number        0x%s\nissuer's key  %s\nthis update   %s\nnext update   %s\n",
              number, key_id, this_update, next_update);
}

static status_t print_entries(const struct pki_crl *crl, bool json, struct buf *output)
{
    struct span rest = crl->entries;
    struct pki_crl_entry entry;
    status_t status = STATUS_OK;
    for (bool first = true; (status = pki_crl_next(&rest, &entry)) == STATUS_OK; first = false) {
        char serial[SERIAL_TEXT];
        char time[TEXT_TIMESTAMP_MAX];
        hex_encode(entry.serial, serial);
        time_text(entry.time, time);
        buf_append_text(output, json && !first ? ", " : "");
        buf_print(output,
                  json ? "{\"serial\": \"%s\", \"time\": \"%s\", \"reason\": \"%s\"}"
                       : "revoked       %s  %s  %s\n",
                  serial, time, reason_name(entry.reason));
    }
    buf_append_text(output, json ? "]}\n" : "");
    return status == STATUS_NOT_FOUND ? buf_status(output) : status;
}

static status_t judge(const struct pki_crl *crl, const char *path, struct problem *problem)
{
    AUTO(buf_done) struct buf der;
    struct pki_certificate pai;
    buf_init(&der, PKI_CERTIFICATE_MAX);
    TRY(files_read_certificate(path, &der, problem));
    TRY(pki_certificate_parse(buf_span(&der), &pai, problem));
    TRY(pki_crl_verify(crl, pai.public_key, problem));
    return matter_crl_lint(crl, &pai, problem);
}

static status_t show(const char *path, const char *pai, bool json, struct buf *output,
                     struct problem *problem)
{
    AUTO(buf_done) struct buf content;
    AUTO(buf_done) struct buf der;
    struct pki_crl crl;
    buf_init(&content, (size_t)2 * PKI_CRL_MAX);
    buf_init(&der, PKI_CRL_MAX);
    TRY(files_read(path, &content, problem));
    TRY(pki_pem_decode(buf_span(&content), "X509 CRL", &der, problem));
    TRY(pki_crl_parse(buf_span(&der), &crl, problem));
    if (pai != NULL) {
        TRY(judge(&crl, pai, problem));
    }
    print_head(&crl, json, output);
    return print_entries(&crl, json, output);
}

int crl_show_command(int argc, char **argv)
{
    const char *operands[OPTIONS_OPERANDS_MAX];
    const char *pai = NULL;
    bool json = false;
    int code = 0;
    const struct option_row rows[] = {
        {"pai", .text = &pai}, {"json", .flag = &json}, {.name = NULL}};
    if (!options_read(&WORDS, rows, NULL, argc, argv, operands, &code)) {
        return code;
    }
    AUTO(buf_done) struct buf output;
    struct problem problem = {0};
    buf_init(&output, OUTPUT_MAX);
    status_t status = show(operands[0], pai, json, &output, &problem);
    if (status != STATUS_OK) {
        return command_fail(&problem, status, json);
    }
    (void)fwrite(output.data, 1, output.size, stdout);
    return fflush(stdout) == 0 ? 0 : command_fail(&problem, STATUS_IO, json);
}
