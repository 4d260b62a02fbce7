#include "client/dac_list.h"

#include "client/csv.h"
#include "lib/base/hex.h"
#include "lib/base/utf8.h"
#include "lib/pki/name.h"
#include "lib/pki/oid.h"
#include "lib/pki/pem.h"

enum { PEM_MAX = 2 * PKI_CERTIFICATE_MAX };

static status_t read_common_name(struct span subject,
                                 char ret_text[static DAC_LIST_COMMON_NAME_MAX + 1])
{
    struct pki_name name;
    TRY(pki_name_parse(subject, &name));
    ret_text[0] = '\0';
    for (size_t i = 0; i < name.count; i++) {
        const struct pki_attribute *attribute = &name.attributes[i];
        if (span_equal(attribute->oid, pki_oid_common_name) &&
            attribute->value.size <= DAC_LIST_COMMON_NAME_MAX && utf8_is_text(attribute->value)) {
            memcpy(ret_text, attribute->value.data, attribute->value.size);
            ret_text[attribute->value.size] = '\0';
        }
    }
    return STATUS_OK;
}

status_t dac_list_read(struct span der, struct dac_list_words *ret_words, struct problem *problem)
{
    struct pki_certificate dac;
    uint8_t digest[SHA256_SIZE];
    TRY(pki_certificate_parse(der, &dac, problem));
    TRY(read_common_name(dac.subject, ret_words->common_name));
    hex_encode(dac.serial, ret_words->serial_number);
    digest_sha256(der, digest);
    hex_encode(SPAN_OF(digest), ret_words->sha256);
    return STATUS_OK;
}

void dac_list_begin(struct buf *ret_table)
{
    buf_append_text(ret_table, "CN,certs,serial_number,hardware_id,sha256" CSV_END);
}

status_t dac_list_add(struct buf *ret_table, const struct dac_list_unit *unit,
                      const struct dac_list_words *dac)
{
    AUTO(buf_done) struct buf pem;
    buf_init(&pem, PEM_MAX);
    TRY(pki_pem_encode(unit->der, "CERTIFICATE", &pem));
    buf_append_byte(&pem, '\0');
    TRY(buf_status(&pem));
    csv_append(ret_table, dac->common_name, ",");
    csv_append(ret_table, (const char *)pem.data, ",");
    csv_append(ret_table, unit->serial_number, ",");
    csv_append(ret_table, unit->hardware_id, ",");
    csv_append(ret_table, dac->sha256, CSV_END);
    return buf_status(ret_table);
}
