#include "lib/matter/crl.h"

#include <stdarg.h>
#include <stdio.h>

#include "lib/base/digest.h"
#include "lib/pki/der.h"
#include "lib/pki/extension.h"
#include "lib/pki/oid.h"

enum {
    X509_V2 = 2,
    EXTENSIONS_TAG = PKI_DER_CONTEXT_CONSTRUCTED(0),
    OWN_EXTENSIONS = 2,
    NUMBER_OCTETS_MAX = 5, /* a sign octet before 32 bits */
};

/* SPEC.md R-ENTRY: the list is left out when nothing is revoked. */
static status_t put_entries(struct buf *tbs, const struct matter_crl *crl)
{
    if (crl->entry_count == 0) {
        return STATUS_OK;
    }
    size_t list = pki_der_open(tbs, PKI_DER_SEQUENCE);
    for (size_t i = 0; i < crl->entry_count; i++) {
        TRY(pki_crl_put_entry(tbs, &crl->entries[i]));
    }
    pki_der_close(tbs, list);
    return STATUS_OK;
}

/* SPEC.md R-EXT: these two and no other, in this order. */
static void put_extensions(struct buf *tbs, const struct matter_crl *crl)
{
    size_t wrapper = pki_der_open(tbs, EXTENSIONS_TAG);
    size_t list = pki_der_open(tbs, PKI_DER_SEQUENCE);
    pki_extension_put_authority_key_id(tbs, crl->pai->subject_key_id);
    pki_extension_put_crl_number(tbs, crl->number);
    pki_der_close(tbs, list);
    pki_der_close(tbs, wrapper);
}

static status_t put_body(struct buf *tbs, const struct matter_crl *crl)
{
    size_t mark = pki_der_open(tbs, PKI_DER_SEQUENCE);
    pki_der_put_number(tbs, X509_V2 - 1);
    buf_append_span(tbs, pki_oid_algorithm_ecdsa_sha256);
    /* SPEC.md R-ISSUER: the PAI's own bytes, never encoded anew */
    buf_append_span(tbs, crl->pai->subject);
    TRY(pki_der_put_time(tbs, crl->this_update));
    TRY(pki_der_put_time(tbs, crl->next_update));
    TRY(put_entries(tbs, crl));
    put_extensions(tbs, crl);
    pki_der_close(tbs, mark);
    return buf_status(tbs);
}

status_t matter_crl_tbs(const struct matter_crl *crl, struct buf *ret_tbs, struct problem *problem)
{
    if (crl->entry_count > MATTER_CRL_ENTRIES_MAX) {
        return problem_say(problem, STATUS_TOO_LARGE, "CRL_ENTRIES", "crl",
                           "%zu revocations are more than the %d one list can hold",
                           crl->entry_count, MATTER_CRL_ENTRIES_MAX);
    }
    AUTO(buf_done) struct buf tbs;
    buf_init(&tbs, PKI_CRL_MAX);
    status_t status = put_body(&tbs, crl);
    if (status == STATUS_INVALID) {
        return problem_say(problem, status, "CRL_DATES", "crl",
                           "dates must lie in the years 1950 to 9999");
    }
    TRY(status);
    buf_append_span(ret_tbs, buf_span(&tbs));
    return buf_status(ret_tbs);
}

bool matter_crl_reason_allowed(enum pki_crl_reason reason)
{
    return reason == PKI_CRL_UNSPECIFIED || reason == PKI_CRL_KEY_COMPROMISE ||
           reason == PKI_CRL_AFFILIATION_CHANGED || reason == PKI_CRL_SUPERSEDED ||
           reason == PKI_CRL_CESSATION_OF_OPERATION || reason == PKI_CRL_PRIVILEGE_WITHDRAWN;
}

uint32_t matter_crl_number(const struct pki_crl *crl)
{
    uint32_t number = 0;
    for (size_t i = 0; i < crl->number.size; i++) {
        number = number << 8 | crl->number.data[i];
    }
    return number;
}

static status_t refuse(struct problem *problem, const char *reason, const char *format, ...)
    PRINTF_LIKE(3, 4);

static status_t refuse(struct problem *problem, const char *reason, const char *format, ...)
{
    char what[PROBLEM_MESSAGE_MAX / 2];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(what, sizeof(what), format, arguments);
    va_end(arguments);
    return problem_say(problem, STATUS_REFUSED, reason, "crl",
                       "the revocation list %s: have it issued again by this PAI", what);
}

/* SPEC.md R-VERSION, R-ALGORITHM. */
static status_t check_form(const struct pki_crl *crl, struct problem *problem)
{
    if (crl->version != X509_V2) {
        return refuse(problem, "CRL_VERSION", "is not X.509 v2");
    }
    bool outer =
        crl->der.size == 0 || span_equal(crl->signature_algorithm, pki_oid_algorithm_ecdsa_sha256);
    if (!outer || !span_equal(crl->tbs_algorithm, pki_oid_algorithm_ecdsa_sha256)) {
        return refuse(problem, "CRL_ALGORITHM",
                      "is not signed with ecdsa-with-SHA256 without parameters in both places");
    }
    return STATUS_OK;
}

/* SPEC.md R-ISSUER, R-AKI, R-SIGNER. */
static status_t check_issuer(const struct pki_crl *crl, const struct pki_certificate *pai,
                             struct problem *problem)
{
    uint32_t usage = 0;
    const struct pki_extension *extension = pki_extension_find(pai, pki_oid_key_usage);
    if (extension == NULL || pki_extension_key_usage(extension->value, &usage) != STATUS_OK ||
        (usage & PKI_USAGE_CRL_SIGN) == 0) {
        return refuse(problem, "CRL_SIGNER", "is of a PAI whose key usage lacks cRLSign");
    }
    if (!span_equal(crl->issuer, pai->subject)) {
        return refuse(problem, "CRL_ISSUER", "does not carry its PAI's subject byte for byte");
    }
    if (crl->authority_key_id.size != SHA1_SIZE || !crl->authority_key_id_only ||
        !span_equal(crl->authority_key_id, pai->subject_key_id)) {
        return refuse(problem, "CRL_AUTHORITY_KEY_ID",
                      "does not name its PAI's subjectKeyIdentifier, alone, as its authority");
    }
    return STATUS_OK;
}

/* SPEC.md R-NUMBER, R-EXT. */
static status_t check_extensions(const struct pki_crl *crl, struct problem *problem)
{
    if (crl->number.size == 0 || crl->number.size > NUMBER_OCTETS_MAX ||
        (crl->number.size == NUMBER_OCTETS_MAX && crl->number.data[0] != 0) ||
        matter_crl_number(crl) == 0) {
        return refuse(problem, "CRL_NUMBER", "has no number from 1 to 4294967295");
    }
    if (crl->extension_count != OWN_EXTENSIONS || crl->critical) {
        return refuse(problem, "CRL_EXTENSION",
                      "has other extensions than authorityKeyIdentifier and cRLNumber, or marks "
                      "one critical");
    }
    return STATUS_OK;
}

/* SPEC.md R-DATE. */
static status_t check_dates(const struct pki_crl *crl, const struct pki_certificate *pai,
                            struct problem *problem)
{
    if (crl->this_update < pai->not_before || crl->this_update > pai->not_after) {
        return refuse(problem, "CRL_DATES", "begins outside its PAI's validity");
    }
    if (crl->next_update <= crl->this_update ||
        crl->next_update - crl->this_update > MATTER_CRL_PERIOD_MAX) {
        return refuse(problem, "CRL_DATES", "does not say nextUpdate within %d days",
                      MATTER_CRL_PERIOD_MAX / 86400);
    }
    return STATUS_OK;
}

/* INTEGER contents of positive numbers in shortest form: the shorter is the smaller. */
static bool ascends(struct span previous, struct span next)
{
    if (previous.size != next.size) {
        return previous.size < next.size;
    }
    return previous.size == 0 || memcmp(previous.data, next.data, next.size) < 0;
}

/* SPEC.md R-ENTRY. */
static status_t check_entry(const struct pki_crl *crl, const struct pki_crl_entry *entry,
                            struct problem *problem)
{
    struct span serial = entry->serial;
    bool positive = (serial.data[0] & 0x80) == 0 && !(serial.size == 1 && serial.data[0] == 0);
    if (!positive || serial.size > PKI_SERIAL_MAX) {
        return refuse(problem, "CRL_ENTRY", "revokes what is not a serial number of a certificate");
    }
    if (entry->time > crl->this_update) {
        return refuse(problem, "CRL_ENTRY", "revokes something later than its own date");
    }
    if (entry->others || !matter_crl_reason_allowed(entry->reason)) {
        return refuse(problem, "CRL_ENTRY",
                      "has an entry with another reason or extension than "
                      "this service gives");
    }
    return STATUS_OK;
}

static status_t check_entries(const struct pki_crl *crl, struct problem *problem)
{
    struct span rest = crl->entries;
    struct span previous = {0};
    struct pki_crl_entry entry;
    status_t status;
    while ((status = pki_crl_next(&rest, &entry)) == STATUS_OK) {
        TRY(check_entry(crl, &entry, problem));
        if (!ascends(previous, entry.serial)) {
            return refuse(problem, "CRL_ORDER",
                          "does not list its serial numbers ascending, each once");
        }
        previous = entry.serial;
    }
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

status_t matter_crl_lint(const struct pki_crl *crl, const struct pki_certificate *pai,
                         struct problem *problem)
{
    TRY(check_form(crl, problem));
    TRY(check_issuer(crl, pai, problem));
    TRY(check_extensions(crl, problem));
    TRY(check_dates(crl, pai, problem));
    return check_entries(crl, problem);
}
