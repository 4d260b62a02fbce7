#include "lib/pki/spiffe.h"

#include "lib/pki/der.h"

static const char SCHEME[] = "spiffe://";
static const uint8_t SUBJECT_ALT_NAME[] = {0x55, 0x1D, 0x11}; /* RFC 5280 §4.2.1.6 */
enum { URI_NAME = PKI_DER_CONTEXT(6) };

static status_t refuse(struct problem *problem, const char *reason, const char *message)
{
    return problem_say(problem, STATUS_UNAUTHENTICATED, reason, "", "%s", message);
}

static bool is_path_byte(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '.' || byte == '_' || byte == '-';
}

bool pki_spiffe_is_path(struct span path)
{
    size_t segment = 0;
    bool only_dots = true;
    if (path.size < 2 || path.data[0] != '/') {
        return false;
    }
    for (size_t i = 1; i <= path.size; i++) {
        if (i == path.size || path.data[i] == '/') {
            if (segment == 0 || (only_dots && segment <= 2)) {
                return false;
            }
            segment = 0;
            only_dots = true;
        } else if (is_path_byte(path.data[i])) {
            segment++;
            only_dots = only_dots && path.data[i] == '.';
        } else {
            return false;
        }
    }
    return true;
}

status_t pki_spiffe_check(struct span uri, const char *trust_domain, struct problem *problem)
{
    size_t scheme = sizeof(SCHEME) - 1;
    size_t domain = strlen(trust_domain);
    if (uri.size > PKI_SPIFFE_MAX) {
        return refuse(problem, "IDENTITY_TOO_LONG",
                      "the URI in the certificate is longer than 255 bytes");
    }
    if (uri.size < scheme || memcmp(uri.data, SCHEME, scheme) != 0) {
        return refuse(problem, "IDENTITY_NOT_SPIFFE", "the URI in the certificate is no SPIFFE id");
    }
    if (uri.size < scheme + domain || memcmp(uri.data + scheme, trust_domain, domain) != 0 ||
        (uri.size > scheme + domain && uri.data[scheme + domain] != '/')) {
        return refuse(problem, "IDENTITY_OTHER_DOMAIN",
                      "the certificate's SPIFFE id is of another trust domain");
    }
    if (!pki_spiffe_is_path(span_make(uri.data + scheme + domain, uri.size - scheme - domain))) {
        return refuse(problem, "IDENTITY_NOT_SPIFFE",
                      "the path of the certificate's SPIFFE id is not valid");
    }
    return STATUS_OK;
}

static status_t only_uri(struct span names, struct span *ret_uri)
{
    struct span uri = {0};
    struct span rest = {0};
    TRY(pki_der_take(&names, PKI_DER_SEQUENCE, &rest));
    TRY(pki_der_end(names));
    while (rest.size > 0) {
        uint8_t tag = 0;
        struct span name = {0};
        TRY(pki_der_take_any(&rest, &tag, &name));
        if (tag == URI_NAME && uri.size > 0) {
            return STATUS_MALFORMED;
        }
        uri = tag == URI_NAME ? name : uri;
    }
    *ret_uri = uri;
    return uri.size > 0 ? STATUS_OK : STATUS_NOT_FOUND;
}

status_t pki_spiffe_of(const struct pki_certificate *certificate, struct span *ret_uri)
{
    for (size_t i = 0; i < certificate->extension_count; i++) {
        if (span_equal(certificate->extensions[i].oid, SPAN_OF(SUBJECT_ALT_NAME))) {
            return only_uri(certificate->extensions[i].value, ret_uri);
        }
    }
    return STATUS_NOT_FOUND;
}

bool pki_spiffe_is_named(const char *id, const char *role, const char *name)
{
    size_t scheme = sizeof(SCHEME) - 1;
    size_t size = strlen(role);
    if (strcmp(id, name) == 0) {
        return true;
    }
    const char *path = strncmp(id, SCHEME, scheme) == 0 ? strchr(id + scheme, '/') : NULL;
    if (path == NULL) {
        return false;
    }
    path++;
    return strchr(name, '/') != NULL ? strcmp(path, name) == 0
                                     : strncmp(path, role, size) == 0 && path[size] == '/' &&
                                           strcmp(path + size + 1, name) == 0;
}
