#include "lib/pki/der.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

enum {
    LENGTH_OCTETS_MAX = 3, /* nothing read here comes near 16 MiB */
    TAG_NUMBER_MASK = 0x1F,
    YEAR_FIRST = 1950, /* UTCTime's two digits: 50..99 are 19xx (RFC 5280 §4.1.2.5.1) */
    YEAR_GENERALIZED = 2050,
    YEAR_LAST = 9999,
};

struct element {
    uint8_t tag;
    struct span whole;
    struct span content;
};

/* X.690 §10.1: definite form, as few octets as possible. `bytes` starts at the length. */
static status_t read_length(struct span bytes, size_t *ret_header, size_t *ret_length)
{
    if (bytes.size == 0) {
        return STATUS_MALFORMED;
    }
    uint8_t first = bytes.data[0];
    if (first < 0x80) {
        *ret_header = 1;
        *ret_length = first;
        return STATUS_OK;
    }
    size_t count = first & 0x7F;
    if (count == 0 || count > LENGTH_OCTETS_MAX || bytes.size < 1 + count) {
        return STATUS_MALFORMED;
    }
    size_t length = 0;
    for (size_t i = 1; i <= count; i++) {
        length = length << 8 | bytes.data[i];
    }
    if (length < 0x80 || bytes.data[1] == 0) {
        return STATUS_MALFORMED; /* a shorter form exists */
    }
    *ret_header = 1 + count;
    *ret_length = length;
    return STATUS_OK;
}

static status_t read_element(struct span rest, struct element *ret_element)
{
    if (rest.size < 2 || (rest.data[0] & TAG_NUMBER_MASK) == TAG_NUMBER_MASK) {
        return STATUS_MALFORMED;
    }
    size_t header = 0;
    size_t length = 0;
    TRY(read_length(span_make(rest.data + 1, rest.size - 1), &header, &length));
    header++;
    if (length > rest.size - header) {
        return STATUS_MALFORMED;
    }
    *ret_element = (struct element){
        .tag = rest.data[0],
        .whole = span_make(rest.data, header + length),
        .content = span_make(rest.data + header, length),
    };
    return STATUS_OK;
}

static void advance(struct span *rest, const struct element *element)
{
    *rest = span_make(rest->data + element->whole.size, rest->size - element->whole.size);
}

bool pki_der_next_is(struct span rest, uint8_t tag)
{
    return rest.size > 0 && rest.data[0] == tag;
}

status_t pki_der_take_any(struct span *rest, uint8_t *ret_tag, struct span *ret_content)
{
    struct element element;
    TRY(read_element(*rest, &element));
    advance(rest, &element);
    *ret_tag = element.tag;
    *ret_content = element.content;
    return STATUS_OK;
}

static status_t take(struct span *rest, uint8_t tag, struct element *ret_element)
{
    struct element element;
    TRY(read_element(*rest, &element));
    if (element.tag != tag) {
        return STATUS_MALFORMED;
    }
    advance(rest, &element);
    *ret_element = element;
    return STATUS_OK;
}

status_t pki_der_take(struct span *rest, uint8_t tag, struct span *ret_content)
{
    struct element element;
    TRY(take(rest, tag, &element));
    *ret_content = element.content;
    return STATUS_OK;
}

status_t pki_der_take_element(struct span *rest, uint8_t tag, struct span *ret_element)
{
    struct element element;
    TRY(take(rest, tag, &element));
    *ret_element = element.whole;
    return STATUS_OK;
}

/* X.690 §8.3.2: the first nine bits of an INTEGER are neither all zero nor all one. */
static bool integer_is_shortest(struct span content)
{
    if (content.size < 2) {
        return content.size == 1;
    }
    bool next_is_negative = (content.data[1] & 0x80) != 0;
    return !(content.data[0] == 0x00 && !next_is_negative) &&
           !(content.data[0] == 0xFF && next_is_negative);
}

status_t pki_der_take_integer(struct span *rest, struct span *ret_content)
{
    struct span after = *rest;
    struct span content;
    TRY(pki_der_take(&after, PKI_DER_INTEGER, &content));
    if (!integer_is_shortest(content)) {
        return STATUS_MALFORMED;
    }
    *rest = after;
    *ret_content = content;
    return STATUS_OK;
}

status_t pki_der_take_number(struct span *rest, uint32_t *ret_number)
{
    struct span after = *rest;
    struct span content;
    TRY(pki_der_take_integer(&after, &content));
    if (content.size > 5 || (content.data[0] & 0x80) != 0 ||
        (content.size == 5 && content.data[0] != 0)) {
        return STATUS_MALFORMED;
    }
    uint32_t number = 0;
    for (size_t i = 0; i < content.size; i++) {
        number = number << 8 | content.data[i];
    }
    *rest = after;
    *ret_number = number;
    return STATUS_OK;
}

status_t pki_der_take_boolean(struct span *rest, bool *ret_value)
{
    struct span after = *rest;
    struct span content;
    TRY(pki_der_take(&after, PKI_DER_BOOLEAN, &content));
    if (content.size != 1 || (content.data[0] != 0x00 && content.data[0] != 0xFF)) {
        return STATUS_MALFORMED;
    }
    *rest = after;
    *ret_value = content.data[0] == 0xFF;
    return STATUS_OK;
}

/* X.690 §8.19.2: no arc starts with 80, and the last octet ends one. */
static bool oid_is_shortest(struct span oid)
{
    if (oid.size == 0 || (oid.data[oid.size - 1] & 0x80) != 0) {
        return false;
    }
    for (size_t i = 0; i < oid.size; i++) {
        bool starts_arc = i == 0 || (oid.data[i - 1] & 0x80) == 0;
        if (starts_arc && oid.data[i] == 0x80) {
            return false;
        }
    }
    return true;
}

status_t pki_der_take_oid(struct span *rest, struct span *ret_oid)
{
    struct span after = *rest;
    struct span oid;
    TRY(pki_der_take(&after, PKI_DER_OID, &oid));
    if (!oid_is_shortest(oid)) {
        return STATUS_MALFORMED;
    }
    *rest = after;
    *ret_oid = oid;
    return STATUS_OK;
}

status_t pki_der_take_octet_bits(struct span *rest, struct span *ret_octets)
{
    struct span after = *rest;
    struct span content;
    TRY(pki_der_take(&after, PKI_DER_BIT_STRING, &content));
    if (content.size == 0 || content.data[0] != 0) {
        return STATUS_MALFORMED;
    }
    *rest = after;
    *ret_octets = span_make(content.data + 1, content.size - 1);
    return STATUS_OK;
}

/* ASN.1 numbers bits from the most significant of the first octet. */
static uint32_t asn1_bits(struct span octets)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < octets.size * 8; i++) {
        if ((octets.data[i / 8] & 0x80 >> i % 8) != 0) {
            bits |= 1u << i;
        }
    }
    return bits;
}

status_t pki_der_take_named_bits(struct span *rest, uint32_t *ret_bits)
{
    struct span after = *rest;
    struct span content;
    TRY(pki_der_take(&after, PKI_DER_BIT_STRING, &content));
    if (content.size == 0 || content.size > 3 || content.data[0] > 7) {
        return STATUS_MALFORMED;
    }
    unsigned unused = content.data[0];
    if (content.size == 1 && unused != 0) {
        return STATUS_MALFORMED;
    }
    if (content.size > 1) {
        uint8_t last = content.data[content.size - 1];
        unsigned tail = last & ((2u << unused) - 1); /* the unused bits and the last used one */
        if (tail != 1u << unused) {
            return STATUS_MALFORMED;
        }
    }
    *rest = after;
    *ret_bits = asn1_bits(span_make(content.data + 1, content.size - 1));
    return STATUS_OK;
}

static bool all_digits(struct span text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
    }
    return true;
}

static int two_digits(const uint8_t *text)
{
    return (text[0] - '0') * 10 + (text[1] - '0');
}

/* `text` is MMDDHHMMSSZ. timegm brings 31 April to 1 May: what it changed was no date. */
static status_t civil_time(int year, const uint8_t *text, int64_t *ret_time)
{
    struct tm given = {
        .tm_year = year - 1900,
        .tm_mon = two_digits(text) - 1,
        .tm_mday = two_digits(text + 2),
        .tm_hour = two_digits(text + 4),
        .tm_min = two_digits(text + 6),
        .tm_sec = two_digits(text + 8),
    };
    struct tm settled = given;
    time_t time = timegm(&settled);
    if (settled.tm_year != given.tm_year || settled.tm_mon != given.tm_mon ||
        settled.tm_mday != given.tm_mday || settled.tm_hour != given.tm_hour ||
        settled.tm_min != given.tm_min || settled.tm_sec != given.tm_sec) {
        return STATUS_MALFORMED;
    }
    *ret_time = time;
    return STATUS_OK;
}

status_t pki_der_take_time(struct span *rest, int64_t *ret_time)
{
    struct span after = *rest;
    struct span text;
    uint8_t tag;
    TRY(pki_der_take_any(&after, &tag, &text));
    size_t year_digits = tag == PKI_DER_UTC_TIME ? 2 : 4;
    bool is_time = tag == PKI_DER_UTC_TIME || tag == PKI_DER_GENERALIZED_TIME;
    if (!is_time || text.size != year_digits + 11 || text.data[text.size - 1] != 'Z' ||
        !all_digits(span_make(text.data, text.size - 1))) {
        return STATUS_MALFORMED;
    }
    int year = two_digits(text.data);
    if (tag == PKI_DER_GENERALIZED_TIME) {
        year = year * 100 + two_digits(text.data + 2);
        if (year < YEAR_GENERALIZED) {
            return STATUS_MALFORMED;
        }
    } else {
        year += year < YEAR_FIRST % 100 ? 2000 : 1900;
    }
    TRY(civil_time(year, text.data + year_digits, ret_time));
    *rest = after;
    return STATUS_OK;
}

status_t pki_der_end(struct span rest)
{
    return rest.size == 0 ? STATUS_OK : STATUS_MALFORMED;
}

size_t pki_der_open(struct buf *buf, uint8_t tag)
{
    buf_append_byte(buf, tag);
    buf_append_byte(buf, 0); /* the length's place: close widens it where needed */
    return buf->size;
}

void pki_der_close(struct buf *buf, size_t mark)
{
    if (buf->failed) {
        return;
    }
    assert(mark <= buf->size);
    size_t length = buf->size - mark;
    if (length < 0x80) {
        buf->data[mark - 1] = (uint8_t)length;
        return;
    }
    size_t octets = length <= UINT8_MAX ? 1 : length <= UINT16_MAX ? 2 : LENGTH_OCTETS_MAX;
    assert(length >> 8 * octets == 0); /* PKI_CRL_MAX is below */
    if (buf_extend(buf, octets) == NULL) {
        return;
    }
    uint8_t *place = buf->data + mark;
    memmove(place + octets, place, length);
    place[-1] = (uint8_t)(0x80 | octets);
    for (size_t i = 0; i < octets; i++) {
        place[i] = (uint8_t)(length >> 8 * (octets - 1 - i));
    }
}

void pki_der_put(struct buf *buf, uint8_t tag, struct span content)
{
    size_t mark = pki_der_open(buf, tag);
    buf_append_span(buf, content);
    pki_der_close(buf, mark);
}

void pki_der_put_unsigned(struct buf *buf, struct span magnitude)
{
    while (magnitude.size > 1 && magnitude.data[0] == 0) {
        magnitude = span_make(magnitude.data + 1, magnitude.size - 1);
    }
    size_t mark = pki_der_open(buf, PKI_DER_INTEGER);
    if (magnitude.size == 0 || (magnitude.data[0] & 0x80) != 0) {
        buf_append_byte(buf, 0);
    }
    buf_append_span(buf, magnitude);
    pki_der_close(buf, mark);
}

void pki_der_put_number(struct buf *buf, uint8_t number)
{
    assert(number < 0x80);
    pki_der_put(buf, PKI_DER_INTEGER, span_make(&number, 1));
}

void pki_der_put_octet_bits(struct buf *buf, struct span octets)
{
    size_t mark = pki_der_open(buf, PKI_DER_BIT_STRING);
    buf_append_byte(buf, 0);
    buf_append_span(buf, octets);
    pki_der_close(buf, mark);
}

status_t pki_der_put_time(struct buf *buf, int64_t time)
{
    struct tm civil;
    time_t seconds = (time_t)time;
    if (gmtime_r(&seconds, &civil) == NULL) {
        return STATUS_INVALID;
    }
    int year = civil.tm_year + 1900;
    if (year < YEAR_FIRST || year > YEAR_LAST) {
        return STATUS_INVALID;
    }
    bool utc = year < YEAR_GENERALIZED;
    char text[64];
    int length = snprintf(text, sizeof(text), "%0*d%02d%02d%02d%02d%02dZ", utc ? 2 : 4,
                          utc ? year % 100 : year, civil.tm_mon + 1, civil.tm_mday, civil.tm_hour,
                          civil.tm_min, civil.tm_sec);
    pki_der_put(buf, utc ? PKI_DER_UTC_TIME : PKI_DER_GENERALIZED_TIME,
                span_make(text, (size_t)length));
    return STATUS_OK;
}
