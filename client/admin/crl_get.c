/* mintmark crl get */
#include "client/admin/command.h"
#include "client/call.h"
#include "client/command.h"
#include "client/json.h"
#include "lib/base/file.h"
#include "lib/base/hex.h"
#include "lib/base/utf8.h"
#include "lib/matter/certificate.h"
#include "lib/matter/crl.h"
#include "lib/pki/pem.h"

enum { CERTIFICATE_TEXT_MAX = 4096, KEY_ID_TEXT = 41, FILE_MODE = 0644 };

static const struct option_command WORDS = {
    "crl get",
    "Usage: mintmark crl get PAI -o FILE [--url URL [--label LABEL]] [options]\n"
    "Fetches the revocation list (DER) of a PAI, by its name in the server's configuration. The\n"
    "list is checked against the PAI's certificate before it is written. A new one is made before\n"
    "each ends: fetch and publish it weekly, and after every revocation.\n"
    "\n"
    "  -o, --output FILE      where the list goes\n"
    "  --url URL              where it is published: prints the entry for the Distributed\n"
    "                         Compliance Ledger (revocation distribution point) as JSON\n"
    "  --label LABEL          of that entry; default: the PAI's name\n" ADMIN_OPTIONS_HELP "\n"
    "Exit codes: 0 ok, 1 refused, 2 usage, 3 unavailable (try again), 4 not permitted, 5 the list\n"
    "is not what that PAI signs.\n"
    "\n"
    "Examples:\n"
    "  mintmark crl get acme-2026 -o acme-2026.crl\n"
    "  mintmark crl get acme-2026 -o acme-2026.crl --url https://pki.acme.example/acme-2026.crl\n",
    1, 1, "one PAI is"};

struct words {
    const char *output;
    const char *url;
    const char *label;
};

/* What a server answers is believed when the PAI signed it. */
static status_t check(struct span der, struct span pai_der, struct pki_certificate *ret_pai,
                      struct pki_crl *ret_crl)
{
    TRY(pki_certificate_parse(pai_der, ret_pai, NULL));
    TRY(matter_certificate_lint(ret_pai, MATTER_PAI, NULL, true, NULL));
    TRY(pki_crl_parse(der, ret_crl, NULL));
    TRY(matter_crl_lint(ret_crl, ret_pai, NULL));
    return pki_crl_verify(ret_crl, ret_pai->public_key, NULL);
}

static status_t check_url(struct admin_command *command, const char *url)
{
    if (url != NULL && strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0) {
        return problem_say(&command->problem, STATUS_USAGE, "URL", "--url",
                           "the ledger takes http:// and https:// URLs");
    }
    return STATUS_OK;
}

static void add_text(struct buf *json, const char *name, const char *text)
{
    json_append_name(json, name, false);
    json_append_text(json, span_text(text));
}

/* A revocation distribution point of the ledger, type 1: an RFC 5280 list by the PAI itself. Size
 * and digest must be absent for this type. */
static status_t print_entry(const struct pki_certificate *pai, const char *label, const char *url,
                            struct buf *output)
{
    struct matter_ids ids;
    char key_id[KEY_ID_TEXT];
    AUTO(buf_done) struct buf pem;
    buf_init(&pem, CERTIFICATE_TEXT_MAX);
    TRY(matter_certificate_ids(pai->subject, &ids, NULL));
    TRY(pki_pem_encode(pai->der, "CERTIFICATE", &pem));
    hex_encode(pai->subject_key_id, key_id);
    for (char *c = key_id; *c != '\0'; c++) {
        *c = (char)(*c >= 'a' && *c <= 'f' ? *c - 'a' + 'A' : *c);
    }
    buf_print(output, "{\"vid\": %d", (int)ids.vendor_id);
    if (ids.product_id >= 0) {
        buf_print(output, ", \"pid\": %d", (int)ids.product_id);
    }
    buf_append_text(output, ", \"isPAA\": false");
    add_text(output, "label", label);
    json_append_name(output, "crlSignerCertificate", false);
    json_append_text(output, buf_span(&pem));
    add_text(output, "issuerSubjectKeyID", key_id);
    add_text(output, "dataURL", url);
    buf_append_text(output, ", \"revocationType\": 1}\n");
    return buf_status(output);
}

static status_t get(struct admin_command *command, const struct words *words)
{
    AUTO(admin_answer_done) struct admin_answer answer = {0};
    const ProtobufCMessage *message = NULL;
    Mintmark__V1__GetCrlRequest request;
    struct pki_certificate pai;
    struct pki_crl crl;
    mintmark__v1__get_crl_request__init(&request);
    request.pai = call_text(command->operands[0]);
    TRY(check_url(command, words->url));
    TRY(admin_command_call(command, "GetCrl", &request.base,
                           &mintmark__v1__get_crl_response__descriptor, &answer, &message));
    const Mintmark__V1__GetCrlResponse *response = (const Mintmark__V1__GetCrlResponse *)message;
    struct span der = span_make(response->crl.data, response->crl.len);
    if (check(der, span_make(response->pai_certificate.data, response->pai_certificate.len), &pai,
              &crl) != STATUS_OK) {
        return problem_say(&command->problem, STATUS_DATA_LOSS, "CRL_MISMATCH", "crl",
                           "the list is not one that this PAI signs: do not publish it, and have "
                           "the server looked at");
    }
    if (file_write(words->output, der, FILE_MODE) != STATUS_OK) {
        return problem_say(&command->problem, STATUS_IO, "FILE", words->output,
                           "cannot write the list");
    }
    if (words->url != NULL) {
        return print_entry(&pai, words->label != NULL ? words->label : command->operands[0],
                           words->url, &command->output);
    }
    if (command->options.json) {
        return admin_command_json(command, message);
    }
    buf_print(&command->output, "%s: list %u with %zu revocations\n", words->output,
              matter_crl_number(&crl), crl.entry_count);
    return buf_status(&command->output);
}

int crl_get_command(int argc, char **argv)
{
    struct words words = {0};
    AUTO(admin_command_done) struct admin_command command;
    admin_command_init(&command);
    const struct option_row rows[] = {{"output", .letter = 'o', .text = &words.output},
                                      {"url", .text = &words.url},
                                      {"label", .text = &words.label},
                                      {.name = NULL}};
    if (!admin_command_begin(&command, &WORDS, rows, argc, argv)) {
        return command.exit_code;
    }
    if (words.output == NULL) {
        return command_usage(WORDS.name, "-o FILE is missing");
    }
    return admin_command_end(&command, get(&command, &words));
}
