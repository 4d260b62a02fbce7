#include <stdarg.h>
#include <stdio.h>

#include "lib/base/digest.h"
#include "lib/base/utf8.h"
#include "lib/matter/certificate.h"
#include "lib/matter/certificate_ids.h"
#include "lib/pki/der.h"
#include "lib/pki/extension.h"
#include "lib/pki/oid.h"
#include "lib/pki/plain_key.h"

enum {
    X509_V3 = 3,
    SIGNATURE_VALUE_MAX = 75, /* BIT STRING of the longest P-256 signature */
    OWN_EXTENSIONS = 4,
    AUTHORITY_USAGE = PKI_USAGE_CERTIFICATE_SIGN | PKI_USAGE_CRL_SIGN,
};

/* What differs between the three kinds (SPEC.md, "Profile"). */
struct profile {
    const char *name;  /* starts the reason */
    const char *field; /* of the problem */
    bool authority;
    int64_t path_length;
    bool path_length_optional;
    uint32_t usage;          /* bits that must be there */
    uint32_t usage_optional; /* bits that may, in an imported certificate */
    bool vendor_required;
    bool product_required;
    bool product_allowed;
};

static const struct profile profiles[] = {
    [MATTER_PAA] = {.name = "PAA",
                    .field = "paa",
                    .authority = true,
                    .path_length = 1,
                    .path_length_optional = true,
                    .usage = AUTHORITY_USAGE,
                    .usage_optional = PKI_USAGE_DIGITAL_SIGNATURE},
    [MATTER_PAI] = {.name = "PAI",
                    .field = "pai",
                    .authority = true,
                    .path_length = 0,
                    .usage = AUTHORITY_USAGE,
                    .usage_optional = PKI_USAGE_DIGITAL_SIGNATURE,
                    .vendor_required = true,
                    .product_allowed = true},
    [MATTER_DAC] = {.name = "DAC",
                    .field = "dac",
                    .path_length = -1,
                    .usage = PKI_USAGE_DIGITAL_SIGNATURE,
                    .vendor_required = true,
                    .product_required = true,
                    .product_allowed = true},
};

struct lint {
    const struct pki_certificate *certificate;
    const struct profile *profile;
    enum matter_kind kind;
    const struct pki_certificate *issuer;
    bool imported;
    struct problem *problem;
    struct matter_ids subject_ids;
    struct matter_ids issuer_ids;
};

static status_t refuse(const struct lint *lint, const char *rule, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* The reason is the kind and the rule: DAC_KEY_USAGE. */
static status_t refuse(const struct lint *lint, const char *rule, const char *format, ...)
{
    char reason[PROBLEM_REASON_MAX];
    char what[PROBLEM_MESSAGE_MAX / 2];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(what, sizeof(what), format, arguments);
    va_end(arguments);
    (void)snprintf(reason, sizeof(reason), "%s_%s", lint->profile->name, rule);
    return problem_say(lint->problem, STATUS_REFUSED, reason, lint->profile->field,
                       "the %s %s: have it issued again as the Matter profile asks",
                       lint->profile->name, what);
}

/* SPEC.md C-SIZE. A TBS is judged with the longest signature it may get. */
static status_t check_size(struct lint *lint)
{
    const struct pki_certificate *certificate = lint->certificate;
    size_t size = certificate->der.size;
    if (size == 0) {
        size_t body = certificate->tbs.size + certificate->tbs_algorithm.size + SIGNATURE_VALUE_MAX;
        size = body + (body > UINT8_MAX ? 4 : 3);
    }
    return size <= MATTER_CERTIFICATE_MAX
               ? STATUS_OK
               : refuse(lint, "SIZE", "has %zu octets, more than %d", size, MATTER_CERTIFICATE_MAX);
}

/* SPEC.md C-VERSION. */
static status_t check_version(struct lint *lint)
{
    return lint->certificate->version == X509_V3
               ? STATUS_OK
               : refuse(lint, "VERSION", "is X.509 v%d, not v3", lint->certificate->version);
}

/* SPEC.md C-SERIAL; trap: other shapes escape revocation on some commissioners. */
static status_t check_serial(struct lint *lint)
{
    struct span serial = lint->certificate->serial;
    bool positive = (serial.data[0] & 0x80) == 0 && !(serial.size == 1 && serial.data[0] == 0);
    if (!positive || serial.size > PKI_SERIAL_MAX) {
        return refuse(lint, "SERIAL", "has a serial number that is not 1 to 20 octets, positive");
    }
    if (!lint->imported && (serial.size != MATTER_SERIAL_SIZE || serial.data[0] == 0)) {
        return refuse(lint, "SERIAL",
                      "has a serial number that is not %d octets with the top bit "
                      "clear and the first octet not zero",
                      MATTER_SERIAL_SIZE);
    }
    return STATUS_OK;
}

/* SPEC.md C-ALGORITHM. */
static status_t check_algorithm(struct lint *lint)
{
    const struct pki_certificate *certificate = lint->certificate;
    bool outer = certificate->der.size == 0 ||
                 span_equal(certificate->signature_algorithm, pki_oid_algorithm_ecdsa_sha256);
    return outer && span_equal(certificate->tbs_algorithm, pki_oid_algorithm_ecdsa_sha256)
               ? STATUS_OK
               : refuse(lint, "ALGORITHM",
                        "is not signed with ecdsa-with-SHA256 without parameters in both places");
}

/* SPEC.md C-KEY. */
static status_t check_key(struct lint *lint)
{
    struct span point;
    return pki_plain_key_spki_point(lint->certificate->spki, &point) == STATUS_OK
               ? STATUS_OK
               : refuse(lint, "KEY",
                        "has a key that is not an uncompressed point of the curve P-256");
}

/* SPEC.md C-CN: in whatever name, at most 64 characters. */
static status_t check_common_names(const struct lint *lint, const struct pki_name *name)
{
    for (size_t i = 0; i < name->count; i++) {
        const struct pki_attribute *attribute = &name->attributes[i];
        size_t characters = attribute->value.size;
        if (!span_equal(attribute->oid, pki_oid_common_name)) {
            continue;
        }
        if (attribute->tag == PKI_DER_UTF8_STRING &&
            utf8_length(attribute->value, &characters) != STATUS_OK) {
            return refuse(lint, "COMMON_NAME", "has a common name that is not UTF-8");
        }
        if (characters < 1 || characters > MATTER_COMMON_NAME_MAX) {
            return refuse(lint, "COMMON_NAME", "has a common name of %zu characters, not 1 to %d",
                          characters, MATTER_COMMON_NAME_MAX);
        }
    }
    return STATUS_OK;
}

/* SPEC.md C-OWN: what this service writes is CN, VID, PID, each alone, as UTF8String. */
static bool is_own_subject(const struct lint *lint, const struct pki_name *name)
{
    const struct span order[] = {pki_oid_common_name, matter_certificate_ids_oid_vendor,
                                 matter_certificate_ids_oid_product};
    size_t expected = 1;
    expected += lint->subject_ids.vendor_id >= 0 ? 1 : 0;
    expected += lint->subject_ids.product_id >= 0 ? 1 : 0;
    if (name->count != expected) {
        return false;
    }
    for (size_t i = 0; i < name->count; i++) {
        const struct pki_attribute *attribute = &name->attributes[i];
        if (!attribute->alone || attribute->tag != PKI_DER_UTF8_STRING ||
            !span_equal(attribute->oid, order[i])) {
            return false;
        }
    }
    return true;
}

static status_t check_subject(struct lint *lint)
{
    struct pki_name name;
    TRY(pki_name_parse(lint->certificate->subject, &name));
    if (name.count == 0) {
        return refuse(lint, "SUBJECT", "has an empty subject");
    }
    TRY(check_common_names(lint, &name));
    struct problem detail = {0};
    if (matter_certificate_ids(lint->certificate->subject, &lint->subject_ids, &detail) !=
        STATUS_OK) {
        return refuse(lint, "SUBJECT_IDS", "has a bad subject: %s", detail.message);
    }
    if (!lint->imported && !is_own_subject(lint, &name)) {
        return refuse(lint, "SUBJECT",
                      "has a subject that is not common name, vendor id and "
                      "product id in this order, each alone and a UTF8String");
    }
    return STATUS_OK;
}

/* SPEC.md C-VID, C-PID: presence by kind. */
static status_t check_subject_ids(struct lint *lint)
{
    const struct profile *profile = lint->profile;
    if (profile->vendor_required && lint->subject_ids.vendor_id < 0) {
        return refuse(lint, "VENDOR_ID", "has no vendor id in its subject");
    }
    if (profile->product_required && lint->subject_ids.product_id < 0) {
        return refuse(lint, "PRODUCT_ID", "has no product id in its subject");
    }
    if (!profile->product_allowed && lint->subject_ids.product_id >= 0) {
        return refuse(lint, "PRODUCT_ID", "has a product id in its subject");
    }
    return STATUS_OK;
}

/* SPEC.md C-ISSUER: byte for byte; a PAA names itself. */
static status_t check_issuer_name(struct lint *lint)
{
    const struct pki_certificate *certificate = lint->certificate;
    struct problem detail = {0};
    if (matter_certificate_ids(certificate->issuer, &lint->issuer_ids, &detail) != STATUS_OK) {
        return refuse(lint, "ISSUER_IDS", "has a bad issuer: %s", detail.message);
    }
    if (lint->kind == MATTER_PAA && !span_equal(certificate->issuer, certificate->subject)) {
        return refuse(lint, "ISSUER", "is not self-signed: its issuer differs from its subject");
    }
    if (lint->issuer != NULL && !span_equal(certificate->issuer, lint->issuer->subject)) {
        return refuse(lint, "ISSUER", "does not carry its issuer's subject byte for byte");
    }
    return STATUS_OK;
}

/* SPEC.md C-VID, C-PID: agreement between subject and issuer. */
static status_t check_issuer_ids(struct lint *lint)
{
    struct matter_ids subject = lint->subject_ids;
    struct matter_ids issuer = lint->issuer_ids;
    if (issuer.vendor_id >= 0 && issuer.vendor_id != subject.vendor_id) {
        return refuse(lint, "VENDOR_ID", "has vendor id %04X, its issuer %04X",
                      (unsigned)subject.vendor_id & 0xFFFF, (unsigned)issuer.vendor_id);
    }
    if (lint->kind == MATTER_DAC && issuer.vendor_id < 0) {
        return refuse(lint, "VENDOR_ID", "has an issuer without vendor id");
    }
    if (lint->kind != MATTER_DAC && issuer.product_id >= 0) {
        return refuse(lint, "PRODUCT_ID", "has an issuer with a product id");
    }
    if (issuer.product_id >= 0 && issuer.product_id != subject.product_id) {
        return refuse(lint, "PRODUCT_ID", "has product id %04X, its issuer %04X",
                      (unsigned)subject.product_id & 0xFFFF, (unsigned)issuer.product_id);
    }
    return STATUS_OK;
}

/* SPEC.md C-DATE. A commissioner looks at the issuers at the DAC's notBefore; what we issue lies
 * wholly inside its issuer. */
static status_t check_dates(struct lint *lint)
{
    const struct pki_certificate *certificate = lint->certificate;
    const struct pki_certificate *issuer = lint->issuer;
    if (certificate->not_after < certificate->not_before) {
        return refuse(lint, "DATES", "ends before it begins");
    }
    if (issuer == NULL) {
        return STATUS_OK;
    }
    bool begins_inside = certificate->not_before >= issuer->not_before &&
                         certificate->not_before <= issuer->not_after;
    if (lint->kind == MATTER_DAC && !begins_inside) {
        return refuse(lint, "DATES_ISSUER", "begins outside its issuer's validity");
    }
    if (!lint->imported && (!begins_inside || certificate->not_after > issuer->not_after)) {
        return refuse(lint, "DATES_ISSUER", "is not wholly inside its issuer's validity");
    }
    if (certificate->not_before > issuer->not_after ||
        certificate->not_after < issuer->not_before) {
        return refuse(lint, "DATES_ISSUER", "shares no moment of validity with its issuer");
    }
    return STATUS_OK;
}

/* SPEC.md C-EXT. Extensions whose critical flag RFC 5280 leaves to the issuer. */
static bool may_be_critical(struct span oid)
{
    return span_equal(oid, pki_oid_basic_constraints) || span_equal(oid, pki_oid_key_usage) ||
           span_equal(oid, pki_oid_extended_key_usage) ||
           span_equal(oid, pki_oid_subject_alternative_name);
}

static status_t check_critical(struct lint *lint)
{
    const struct pki_certificate *certificate = lint->certificate;
    for (size_t i = 0; i < certificate->extension_count; i++) {
        const struct pki_extension *extension = &certificate->extensions[i];
        if (extension->critical && !may_be_critical(extension->oid)) {
            return refuse(lint, "EXTENSION", "marks an extension critical that may not be");
        }
    }
    return STATUS_OK;
}

/* SPEC.md C-BC. */
static status_t check_constraints(struct lint *lint)
{
    const struct profile *profile = lint->profile;
    struct pki_basic_constraints constraints;
    const struct pki_extension *extension =
        pki_extension_find(lint->certificate, pki_oid_basic_constraints);
    if (extension == NULL || !extension->critical) {
        return refuse(lint, "BASIC_CONSTRAINTS", "lacks a critical basicConstraints extension");
    }
    if (pki_extension_basic_constraints(extension->value, &constraints) != STATUS_OK) {
        return refuse(lint, "BASIC_CONSTRAINTS", "has malformed basicConstraints");
    }
    if (constraints.authority != profile->authority) {
        return refuse(lint, "BASIC_CONSTRAINTS", "has cA %s",
                      profile->authority ? "FALSE" : "TRUE");
    }
    bool absent = constraints.path_length == -1 && profile->path_length_optional;
    if (!absent && constraints.path_length != profile->path_length) {
        return refuse(lint, "PATH_LENGTH", "has the wrong pathLenConstraint, or lacks it");
    }
    return STATUS_OK;
}

/* SPEC.md C-KU. */
static status_t check_usage(struct lint *lint)
{
    const struct profile *profile = lint->profile;
    uint32_t bits;
    const struct pki_extension *extension =
        pki_extension_find(lint->certificate, pki_oid_key_usage);
    if (extension == NULL || !extension->critical) {
        return refuse(lint, "KEY_USAGE", "lacks a critical keyUsage extension");
    }
    if (pki_extension_key_usage(extension->value, &bits) != STATUS_OK) {
        return refuse(lint, "KEY_USAGE", "has a keyUsage that is not a minimal bit string");
    }
    uint32_t optional = lint->imported ? profile->usage_optional : 0;
    if ((bits & ~optional) != profile->usage) {
        return refuse(lint, "KEY_USAGE", "%s",
                      profile->authority ? "may not exactly sign certificates and CRLs"
                                         : "has key usages other than digitalSignature");
    }
    return STATUS_OK;
}

/* SPEC.md C-SKI. */
static status_t check_subject_key_id(struct lint *lint)
{
    const struct pki_certificate *certificate = lint->certificate;
    if (certificate->subject_key_id.size != SHA1_SIZE) {
        return refuse(lint, "SUBJECT_KEY_ID", "lacks a subjectKeyIdentifier of 20 octets");
    }
    uint8_t key_id[SHA1_SIZE];
    digest_sha1(certificate->public_key, key_id);
    if (!lint->imported && !span_equal(certificate->subject_key_id, SPAN_OF(key_id))) {
        return refuse(lint, "SUBJECT_KEY_ID",
                      "has a subjectKeyIdentifier that is not the SHA-1 "
                      "of its public key");
    }
    return STATUS_OK;
}

/* SPEC.md C-AKI, inside the extension: only keyIdentifier in what we issue. */
static status_t check_authority_form(const struct lint *lint)
{
    struct pki_authority_key_id key_id;
    const struct pki_extension *extension =
        pki_extension_find(lint->certificate, pki_oid_authority_key_id);
    if (extension == NULL) {
        return lint->kind == MATTER_PAA && lint->imported
                   ? STATUS_OK
                   : refuse(lint, "AUTHORITY_KEY_ID", "lacks an authorityKeyIdentifier");
    }
    TRY(pki_extension_authority_key_id(extension->value, &key_id));
    if (key_id.key_id.size != SHA1_SIZE) {
        return refuse(lint, "AUTHORITY_KEY_ID",
                      "has an authorityKeyIdentifier without a keyIdentifier of 20 octets");
    }
    if (!lint->imported && !key_id.key_id_only) {
        return refuse(lint, "AUTHORITY_KEY_ID",
                      "has more in its authorityKeyIdentifier than the keyIdentifier");
    }
    return STATUS_OK;
}

static status_t check_authority_key_id(struct lint *lint)
{
    const struct pki_certificate *certificate = lint->certificate;
    TRY(check_authority_form(lint));
    struct span actual = certificate->authority_key_id;
    if (lint->kind == MATTER_PAA && actual.size > 0 &&
        !span_equal(actual, certificate->subject_key_id)) {
        return refuse(lint, "AUTHORITY_KEY_ID", "points to another key than its own");
    }
    if (lint->issuer != NULL && !span_equal(actual, lint->issuer->subject_key_id)) {
        return refuse(lint, "AUTHORITY_KEY_ID",
                      "points to another key than its issuer's subjectKeyIdentifier");
    }
    return STATUS_OK;
}

/* SPEC.md C-EXT. Runs after the four required ones were seen: so four means no other. */
static status_t check_no_others(struct lint *lint)
{
    if (!lint->imported && lint->certificate->extension_count != OWN_EXTENSIONS) {
        return refuse(lint, "EXTENSION",
                      "has more than basicConstraints, keyUsage, subjectKeyIdentifier and "
                      "authorityKeyIdentifier");
    }
    return STATUS_OK;
}

/* What we issue is judged against its issuer, never without. */
static status_t check_issuer_given(struct lint *lint)
{
    return lint->imported || lint->kind == MATTER_PAA || lint->issuer != NULL
               ? STATUS_OK
               : refuse(lint, "ISSUER", "cannot be judged without its issuer's certificate");
}

status_t matter_certificate_lint(const struct pki_certificate *certificate, enum matter_kind kind,
                                 const struct pki_certificate *issuer, bool imported,
                                 struct problem *problem)
{
    static status_t (*const rules[])(struct lint *) = {
        check_size,        check_version,    check_serial,         check_algorithm,
        check_key,         check_subject,    check_subject_ids,    check_issuer_given,
        check_issuer_name, check_issuer_ids, check_dates,          check_critical,
        check_constraints, check_usage,      check_subject_key_id, check_authority_key_id,
        check_no_others,
    };
    struct lint lint = {
        .certificate = certificate,
        .profile = &profiles[kind],
        .kind = kind,
        .issuer = kind == MATTER_PAA ? NULL : issuer,
        .imported = imported,
        .problem = problem,
    };
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        TRY(rules[i](&lint));
    }
    return STATUS_OK;
}
