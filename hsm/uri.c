#include "hsm/uri.h"

#include <p11-kit/uri.h>
#include <string.h>

#include "lib/base/buf.h"

static void own_uri_free(P11KitUri **uri)
{
    p11_kit_uri_free(*uri);
}

static const char scheme[] = "pkcs11:";
static const char *const allowed[] = {"token",  "serial", "manufacturer", "model",
                                      "object", "id",     "type"};
enum { ALLOWED_COUNT = sizeof(allowed) / sizeof(allowed[0]) };

static status_t refuse(struct problem *problem, const char *field, const char *reason,
                       const char *what, const char *remedy)
{
    return problem_say(problem, STATUS_INVALID, reason, field, "PKCS#11 URI: %s: %s", what, remedy);
}

/* One `name=value` of the path; `seen` collects the names met. p11-kit lets the last duplicate win
 * and only counts what it does not know, so both are found here (SPEC.md §1). */
static status_t check_attribute(struct span attribute, unsigned *seen, const char *field,
                                struct problem *problem)
{
    const uint8_t *equals = memchr(attribute.data, '=', attribute.size);
    if (equals == NULL) {
        return refuse(problem, field, "URI_SYNTAX", "an attribute has no '='",
                      "write name=value, separated by ';'");
    }
    struct span name = span_make(attribute.data, (size_t)(equals - attribute.data));
    if (span_equal(name, span_text("pin-value")) || span_equal(name, span_text("pin-source"))) {
        return refuse(problem, field, "URI_PIN", "it names a PIN",
                      "remove it; the PIN comes from the configured file only");
    }
    for (unsigned i = 0; i < ALLOWED_COUNT; i++) {
        if (!span_equal(name, span_text(allowed[i]))) {
            continue;
        }
        if ((*seen & 1u << i) != 0) {
            return refuse(problem, field, "URI_DUPLICATE", allowed[i], "say it once");
        }
        if (attribute.size == name.size + 1) {
            return refuse(problem, field, "URI_EMPTY", allowed[i], "give it a value, or remove it");
        }
        *seen |= 1u << i;
        return STATUS_OK;
    }
    return refuse(problem, field, "URI_UNKNOWN", "it has an attribute that is not allowed here",
                  "allowed are token, serial, manufacturer, model, object, id, type");
}

static status_t check_path(struct span path, const char *field, struct problem *problem)
{
    unsigned seen = 0;
    while (path.size > 0) {
        const uint8_t *end = memchr(path.data, ';', path.size);
        size_t size = end == NULL ? path.size : (size_t)(end - path.data);
        TRY(check_attribute(span_make(path.data, size), &seen, field, problem));
        if (end != NULL && size + 1 == path.size) {
            return refuse(problem, field, "URI_SYNTAX", "it ends in ';'", "remove it");
        }
        size_t step = end == NULL ? size : size + 1;
        path = span_make(path.data + step, path.size - step);
    }
    if ((seen & 1u) == 0) {
        return refuse(problem, field, "URI_NO_TOKEN", "it names no token", "add token=LABEL");
    }
    return STATUS_OK;
}

static status_t check_text(const char *text, const char *field, struct problem *problem)
{
    size_t length = strnlen(text, HSM_URI_MAX + 1);
    if (length > HSM_URI_MAX) {
        return refuse(problem, field, "URI_LENGTH", "it is too long", "at most 1024 characters");
    }
    if (strncmp(text, scheme, strlen(scheme)) != 0) {
        return refuse(problem, field, "URI_SYNTAX",
                      "it does not begin with pkcs11:", "write pkcs11:token=LABEL;object=KEY");
    }
    if (strpbrk(text, "#") != NULL) {
        return refuse(problem, field, "URI_SYNTAX", "it has a fragment", "remove '#' and the rest");
    }
    if (strchr(text, '?') != NULL) {
        return strstr(text, "pin-") != NULL
                   ? refuse(problem, field, "URI_PIN", "it names a PIN",
                            "remove it; the PIN comes from the configured file only")
                   : refuse(problem, field, "URI_QUERY", "it has a query",
                            "remove '?' and the rest; the module comes from token.module");
    }
    size_t start = strlen(scheme);
    return check_path(span_make(text + start, length - start), field, problem);
}

/* CK_TOKEN_INFO fields are blank padded and have no NUL. */
static void copy_padded(char *ret_text, const unsigned char *padded, size_t size)
{
    while (size > 0 && (padded[size - 1] == ' ' || padded[size - 1] == '\0')) {
        size--;
    }
    memcpy(ret_text, padded, size);
    ret_text[size] = '\0';
}

static status_t copy_object(P11KitUri *parsed, const char *field, struct hsm_uri *uri,
                            struct problem *problem)
{
    const CK_ATTRIBUTE *label = p11_kit_uri_get_attribute(parsed, CKA_LABEL);
    const CK_ATTRIBUTE *id = p11_kit_uri_get_attribute(parsed, CKA_ID);
    const CK_ATTRIBUTE *class = p11_kit_uri_get_attribute(parsed, CKA_CLASS);
    if (label == NULL && id == NULL) {
        return refuse(problem, field, "URI_NO_OBJECT", "it names no object",
                      "add object=LABEL or id=%XX…");
    }
    if (label != NULL) {
        if (label->ulValueLen > HSM_LABEL_MAX ||
            memchr(label->pValue, '\0', label->ulValueLen) != NULL) {
            return refuse(problem, field, "URI_LENGTH", "object is too long or has a NUL",
                          "labels have at most 64 characters");
        }
        memcpy(uri->object, label->pValue, label->ulValueLen);
    }
    if (id != NULL) {
        if (id->ulValueLen > HSM_ID_MAX) {
            return refuse(problem, field, "URI_LENGTH", "id is too long", "at most 64 bytes");
        }
        memcpy(uri->id, id->pValue, id->ulValueLen);
        uri->id_size = id->ulValueLen;
    }
    if (class != NULL && class->ulValueLen == sizeof(uri->object_class)) {
        memcpy(&uri->object_class, class->pValue, sizeof(uri->object_class));
        uri->has_class = true;
    }
    return STATUS_OK;
}

status_t hsm_uri_parse(const char *text, const char *field, struct hsm_uri *ret_uri,
                       struct problem *problem)
{
    TRY(check_text(text, field, problem));
    AUTO(uri_free) P11KitUri *parsed = p11_kit_uri_new();
    if (parsed == NULL) {
        return STATUS_NO_MEMORY;
    }
    int result = p11_kit_uri_parse(text, P11_KIT_URI_FOR_OBJECT_ON_TOKEN, parsed);
    if (result != P11_KIT_URI_OK) {
        return refuse(problem, field, "URI_SYNTAX", p11_kit_uri_message(result),
                      "write pkcs11:token=LABEL;object=KEY with %XX for special characters");
    }
    if (p11_kit_uri_any_unrecognized(parsed)) {
        return refuse(problem, field, "URI_UNKNOWN", "a value is not known or too long",
                      "type is private, public, secret-key or cert; token labels have at most 32 "
                      "characters");
    }
    struct hsm_uri uri = {0};
    const CK_TOKEN_INFO *info = p11_kit_uri_get_token_info(parsed);
    copy_padded(uri.token, info->label, sizeof(info->label));
    copy_padded(uri.serial, info->serialNumber, sizeof(info->serialNumber));
    copy_padded(uri.manufacturer, info->manufacturerID, sizeof(info->manufacturerID));
    copy_padded(uri.model, info->model, sizeof(info->model));
    TRY(copy_object(parsed, field, &uri, problem));
    *ret_uri = uri;
    return STATUS_OK;
}

status_t hsm_uri_make(const char *token, const char *object, struct hsm_uri *ret_uri,
                      struct problem *problem)
{
    if (token == NULL || token[0] == '\0' || strlen(token) > HSM_TOKEN_LABEL_MAX) {
        return problem_say(problem, STATUS_USAGE, "TOKEN_LABEL", "--token",
                           "a token label has 1 to 32 characters");
    }
    if (object[0] == '\0' || strlen(object) > HSM_LABEL_MAX) {
        return problem_say(problem, STATUS_USAGE, "KEY_LABEL", object,
                           "a key label has 1 to 64 characters");
    }
    struct hsm_uri uri = {0};
    memcpy(uri.token, token, strlen(token));
    memcpy(uri.object, object, strlen(object));
    *ret_uri = uri;
    return STATUS_OK;
}

bool hsm_uri_same_token(const struct hsm_uri *a, const struct hsm_uri *b)
{
    return strcmp(a->token, b->token) == 0 && strcmp(a->serial, b->serial) == 0 &&
           strcmp(a->manufacturer, b->manufacturer) == 0 && strcmp(a->model, b->model) == 0;
}
