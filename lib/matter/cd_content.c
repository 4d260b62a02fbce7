#include "lib/matter/cd_content.h"

#include "lib/matter/tlv.h"

enum tag {
    TAG_FORMAT_VERSION,
    TAG_VENDOR_ID,
    TAG_PRODUCT_IDS,
    TAG_DEVICE_TYPE_ID,
    TAG_CERTIFICATE_ID,
    TAG_SECURITY_LEVEL,
    TAG_SECURITY_INFORMATION,
    TAG_VERSION_NUMBER,
    TAG_TYPE,
    TAG_DAC_ORIGIN_VENDOR_ID,
    TAG_DAC_ORIGIN_PRODUCT_ID,
    TAG_PAA_LIST,
};

enum { FORMAT_VERSION = 1 };

static const char *const field_names[] = {
    [TAG_FORMAT_VERSION] = "cd.format_version",
    [TAG_VENDOR_ID] = "cd.vendor_id",
    [TAG_PRODUCT_IDS] = "cd.product_id_array",
    [TAG_DEVICE_TYPE_ID] = "cd.device_type_id",
    [TAG_CERTIFICATE_ID] = "cd.certificate_id",
    [TAG_SECURITY_LEVEL] = "cd.security_level",
    [TAG_SECURITY_INFORMATION] = "cd.security_information",
    [TAG_VERSION_NUMBER] = "cd.version_number",
    [TAG_TYPE] = "cd.certification_type",
    [TAG_DAC_ORIGIN_VENDOR_ID] = "cd.dac_origin_vendor_id",
    [TAG_DAC_ORIGIN_PRODUCT_ID] = "cd.dac_origin_product_id",
    [TAG_PAA_LIST] = "cd.authorized_paa_list",
};

struct parser {
    struct span rest;
    struct problem *problem;
};

static status_t refuse(const struct parser *parser, status_t status, const char *reason,
                       enum tag tag, const char *what)
{
    return problem_say(parser->problem, status, reason, field_names[tag],
                       "the Certification Declaration's %s %s: have the CSA issue it again",
                       field_names[tag] + 3, what); /* without "cd." */
}

static status_t unreadable(const struct parser *parser, enum tag tag)
{
    return refuse(parser, STATUS_MALFORMED, "CD_CONTENT", tag,
                  "is missing, out of order, or not in its smallest TLV form");
}

static status_t take_number(struct parser *parser, enum tag tag, uint32_t max, uint32_t *ret_value)
{
    return matter_tlv_take_unsigned(&parser->rest, (int)tag, max, ret_value) == STATUS_OK
               ? STATUS_OK
               : unreadable(parser, tag);
}

static status_t take_u16(struct parser *parser, enum tag tag, uint16_t *ret_value)
{
    uint32_t value;
    TRY(take_number(parser, tag, UINT16_MAX, &value));
    *ret_value = (uint16_t)value;
    return STATUS_OK;
}

/* Security fields: the CSA writes 0, and so must we; another value is nobody's CD. */
static status_t take_zero(struct parser *parser, enum tag tag)
{
    uint32_t value;
    TRY(take_number(parser, tag, UINT16_MAX, &value));
    return value == 0 ? STATUS_OK : refuse(parser, STATUS_REFUSED, "CD_SECURITY", tag, "is not 0");
}

static status_t take_format(struct parser *parser)
{
    uint32_t version;
    TRY(take_number(parser, TAG_FORMAT_VERSION, UINT16_MAX, &version));
    return version == FORMAT_VERSION ? STATUS_OK
                                     : refuse(parser, STATUS_REFUSED, "CD_FORMAT_VERSION",
                                              TAG_FORMAT_VERSION, "is not 1");
}

static status_t take_product_ids(struct parser *parser, struct matter_cd *cd)
{
    if (matter_tlv_take_open(&parser->rest, TAG_PRODUCT_IDS, MATTER_TLV_ARRAY) != STATUS_OK) {
        return unreadable(parser, TAG_PRODUCT_IDS);
    }
    while (matter_tlv_next_is(parser->rest, MATTER_TLV_ANONYMOUS)) {
        uint32_t id;
        if (cd->product_id_count == MATTER_CD_PRODUCTS_MAX) {
            return refuse(parser, STATUS_REFUSED, "CD_PRODUCT_IDS", TAG_PRODUCT_IDS,
                          "holds more than 100 ids");
        }
        if (matter_tlv_take_unsigned(&parser->rest, MATTER_TLV_ANONYMOUS, UINT16_MAX, &id) !=
            STATUS_OK) {
            return unreadable(parser, TAG_PRODUCT_IDS);
        }
        cd->product_ids[cd->product_id_count++] = (uint16_t)id;
    }
    if (matter_tlv_take_end(&parser->rest) != STATUS_OK) {
        return unreadable(parser, TAG_PRODUCT_IDS);
    }
    return cd->product_id_count > 0
               ? STATUS_OK
               : refuse(parser, STATUS_REFUSED, "CD_PRODUCT_IDS", TAG_PRODUCT_IDS, "is empty");
}

/* 19 characters; those the CSA allots are printable ASCII, so octets count as characters. */
static status_t take_certificate_id(struct parser *parser, struct matter_cd *cd)
{
    struct span text;
    if (matter_tlv_take_string(&parser->rest, TAG_CERTIFICATE_ID, MATTER_TLV_TEXT, &text) !=
        STATUS_OK) {
        return unreadable(parser, TAG_CERTIFICATE_ID);
    }
    bool valid = text.size == MATTER_CD_CERTIFICATE_ID_SIZE;
    for (size_t i = 0; i < text.size; i++) {
        valid = valid && text.data[i] > 0x20 && text.data[i] < 0x7F;
    }
    if (!valid) {
        return refuse(parser, STATUS_REFUSED, "CD_CERTIFICATE_ID", TAG_CERTIFICATE_ID,
                      "is not 19 printable characters");
    }
    memcpy(cd->certificate_id, text.data, text.size);
    return STATUS_OK;
}

static status_t take_type(struct parser *parser, struct matter_cd *cd)
{
    uint32_t type;
    TRY(take_number(parser, TAG_TYPE, UINT8_MAX, &type));
    cd->type = (uint8_t)type;
    return type <= MATTER_CD_OFFICIAL
               ? STATUS_OK
               : refuse(parser, STATUS_REFUSED, "CD_TYPE", TAG_TYPE, "is not 0, 1 or 2");
}

static status_t take_dac_origin(struct parser *parser, struct matter_cd *cd)
{
    bool vendor = matter_tlv_next_is(parser->rest, TAG_DAC_ORIGIN_VENDOR_ID);
    if (vendor) {
        TRY(take_u16(parser, TAG_DAC_ORIGIN_VENDOR_ID, &cd->dac_origin_vendor_id));
    }
    bool product = matter_tlv_next_is(parser->rest, TAG_DAC_ORIGIN_PRODUCT_ID);
    if (product) {
        TRY(take_u16(parser, TAG_DAC_ORIGIN_PRODUCT_ID, &cd->dac_origin_product_id));
    }
    cd->has_dac_origin = vendor && product;
    if (vendor == product) {
        return STATUS_OK;
    }
    return refuse(parser, STATUS_REFUSED, "CD_DAC_ORIGIN",
                  vendor ? TAG_DAC_ORIGIN_PRODUCT_ID : TAG_DAC_ORIGIN_VENDOR_ID,
                  "is missing although its partner is there");
}

static status_t take_paa_ids(struct parser *parser, struct matter_cd *cd)
{
    while (matter_tlv_next_is(parser->rest, MATTER_TLV_ANONYMOUS)) {
        struct span key_id;
        if (matter_tlv_take_string(&parser->rest, MATTER_TLV_ANONYMOUS, MATTER_TLV_OCTETS,
                                   &key_id) != STATUS_OK) {
            return unreadable(parser, TAG_PAA_LIST);
        }
        if (key_id.size != MATTER_KEY_ID_SIZE || cd->paa_count == MATTER_CD_PAAS_MAX) {
            return refuse(parser, STATUS_REFUSED, "CD_PAA_LIST", TAG_PAA_LIST,
                          "is not 1 to 10 key identifiers of 20 octets");
        }
        memcpy(cd->paa_key_ids[cd->paa_count++], key_id.data, key_id.size);
    }
    return matter_tlv_take_end(&parser->rest) == STATUS_OK ? STATUS_OK
                                                           : unreadable(parser, TAG_PAA_LIST);
}

static status_t take_paa_list(struct parser *parser, struct matter_cd *cd)
{
    if (!matter_tlv_next_is(parser->rest, TAG_PAA_LIST)) {
        return STATUS_OK;
    }
    if (matter_tlv_take_open(&parser->rest, TAG_PAA_LIST, MATTER_TLV_ARRAY) != STATUS_OK) {
        return unreadable(parser, TAG_PAA_LIST);
    }
    TRY(take_paa_ids(parser, cd));
    /* an empty list would otherwise read as "any PAA" */
    return cd->paa_count > 0
               ? STATUS_OK
               : refuse(parser, STATUS_REFUSED, "CD_PAA_LIST", TAG_PAA_LIST, "is empty");
}

static status_t take_required(struct parser *parser, struct matter_cd *cd)
{
    TRY(take_format(parser));
    TRY(take_u16(parser, TAG_VENDOR_ID, &cd->vendor_id));
    TRY(take_product_ids(parser, cd));
    TRY(take_number(parser, TAG_DEVICE_TYPE_ID, UINT32_MAX, &cd->device_type_id));
    TRY(take_certificate_id(parser, cd));
    TRY(take_zero(parser, TAG_SECURITY_LEVEL));
    TRY(take_zero(parser, TAG_SECURITY_INFORMATION));
    TRY(take_u16(parser, TAG_VERSION_NUMBER, &cd->version_number));
    return take_type(parser, cd);
}

static status_t not_a_structure(struct problem *problem)
{
    return problem_say(problem, STATUS_MALFORMED, "CD_CONTENT", "cd",
                       "the Certification Declaration's content is not one anonymous TLV "
                       "structure of the known fields: have the CSA issue it again");
}

status_t matter_cd_content_parse(struct span tlv, struct matter_cd *ret_cd, struct problem *problem)
{
    struct parser parser = {tlv, problem};
    struct matter_cd cd = {0};
    if (matter_tlv_take_open(&parser.rest, MATTER_TLV_ANONYMOUS, MATTER_TLV_STRUCTURE) !=
        STATUS_OK) {
        return not_a_structure(problem);
    }
    TRY(take_required(&parser, &cd));
    TRY(take_dac_origin(&parser, &cd));
    TRY(take_paa_list(&parser, &cd));
    if (matter_tlv_take_end(&parser.rest) != STATUS_OK || parser.rest.size > 0) {
        return not_a_structure(problem);
    }
    *ret_cd = cd;
    return STATUS_OK;
}

static void put_optional(const struct matter_cd *cd, struct buf *tlv)
{
    if (cd->has_dac_origin) {
        matter_tlv_put_unsigned(tlv, TAG_DAC_ORIGIN_VENDOR_ID, cd->dac_origin_vendor_id);
        matter_tlv_put_unsigned(tlv, TAG_DAC_ORIGIN_PRODUCT_ID, cd->dac_origin_product_id);
    }
    if (cd->paa_count > 0) {
        matter_tlv_put_open(tlv, TAG_PAA_LIST, MATTER_TLV_ARRAY);
        for (size_t i = 0; i < cd->paa_count; i++) {
            matter_tlv_put_string(tlv, MATTER_TLV_ANONYMOUS, MATTER_TLV_OCTETS,
                                  SPAN_OF(cd->paa_key_ids[i]));
        }
        matter_tlv_put_end(tlv);
    }
}

void matter_cd_content_put(const struct matter_cd *cd, struct buf *ret_tlv)
{
    matter_tlv_put_open(ret_tlv, MATTER_TLV_ANONYMOUS, MATTER_TLV_STRUCTURE);
    matter_tlv_put_unsigned(ret_tlv, TAG_FORMAT_VERSION, FORMAT_VERSION);
    matter_tlv_put_unsigned(ret_tlv, TAG_VENDOR_ID, cd->vendor_id);
    matter_tlv_put_open(ret_tlv, TAG_PRODUCT_IDS, MATTER_TLV_ARRAY);
    for (size_t i = 0; i < cd->product_id_count; i++) {
        matter_tlv_put_unsigned(ret_tlv, MATTER_TLV_ANONYMOUS, cd->product_ids[i]);
    }
    matter_tlv_put_end(ret_tlv);
    matter_tlv_put_unsigned(ret_tlv, TAG_DEVICE_TYPE_ID, cd->device_type_id);
    matter_tlv_put_string(ret_tlv, TAG_CERTIFICATE_ID, MATTER_TLV_TEXT,
                          span_text(cd->certificate_id));
    matter_tlv_put_unsigned(ret_tlv, TAG_SECURITY_LEVEL, cd->security_level);
    matter_tlv_put_unsigned(ret_tlv, TAG_SECURITY_INFORMATION, cd->security_information);
    matter_tlv_put_unsigned(ret_tlv, TAG_VERSION_NUMBER, cd->version_number);
    matter_tlv_put_unsigned(ret_tlv, TAG_TYPE, cd->type);
    put_optional(cd, ret_tlv);
    matter_tlv_put_end(ret_tlv);
}
