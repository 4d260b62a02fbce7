#include "tests/fault/hostile/messages.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/matter/certificate.h"
#include "lib/pki/pkcs10.h"
#include "lib/pki/plain_key.h"
#include "mintmark/v1/provisioning.pb-c.h"

enum { CHIPS = 400, TEXT_MAX = 64, MESSAGE_ROOM = 4096 };

/* Orders of run: one that is open, and those no station here may have anything from. */
static char *const orders[] = {(char[]){"OPEN"},   (char[]){"ELSEWHERE"}, (char[]){"LATER"},
                               (char[]){"OVER"},   (char[]){"LAST"},      (char[]){"NOBODY"},
                               (char[]){"' OR 1"}, (char[]){""}};

/* What stays while a message is packed. */
struct unit_text {
    char hardware_id[24];
    char unit_id[TEXT_MAX];
};

static Mintmark__V1__Unit make_unit(struct random *random, struct unit_text *text)
{
    Mintmark__V1__Unit unit;
    mintmark__v1__unit__init(&unit);
    uint32_t number = random_below(random, CHIPS);
    (void)snprintf(text->hardware_id, sizeof(text->hardware_id), "60:58:00:00:%02x:%02x",
                   number >> 8 & 255, number & 255);
    (void)snprintf(text->unit_id, sizeof(text->unit_id), "unit-%u", number);
    if (!random_percent(random, 10)) {
        unit.hardware_id = text->hardware_id;
    }
    if (random_percent(random, 10)) {
        unit.unit_id = text->unit_id;
    }
    if (random_percent(random, 10)) {
        unit.chip = (Mintmark__V1__Chip)random_below(random, 12);
    }
    return unit;
}

static char *make_order(struct random *random)
{
    return orders[random_percent(random, 30)
                      ? 0
                      : random_below(random, sizeof(orders) / sizeof(orders[0]))];
}

static void make_request(struct random *random, struct buf *csr)
{
    uint8_t bytes[PKI_SCALAR_SIZE];
    AUTO(pki_plain_key_free) struct pki_plain_key *key = NULL;
    AUTO(buf_done) struct buf name;
    buf_init(&name, 256);
    do { /* a random number is hardly ever no scalar */
        random_bytes(random, bytes, sizeof(bytes));
    } while (pki_plain_key_from_scalar(SPAN_OF(bytes), &key) != STATUS_OK);
    const struct signer signer = pki_plain_key_signer(key);
    if (matter_certificate_subject("device", -1, -1, &name) != STATUS_OK ||
        pki_pkcs10_make(buf_span(&name), &signer, csr, NULL) != STATUS_OK) {
        abort();
    }
}

static void make_issue_dac(struct random *random, Mintmark__V1__Unit *unit, struct buf *ret_message)
{
    AUTO(buf_done) struct buf csr;
    buf_init(&csr, PKI_CSR_MAX);
    Mintmark__V1__IssueDacRequest request;
    mintmark__v1__issue_dac_request__init(&request);
    request.order = make_order(random);
    request.unit = unit;
    if (random_percent(random, 20)) {
        make_request(random, &csr);
        request.csr = (ProtobufCBinaryData){csr.size, csr.data};
    }
    uint8_t bytes[MESSAGE_ROOM];
    buf_append(ret_message, bytes, mintmark__v1__issue_dac_request__pack(&request, bytes));
}

static void make_report(struct random *random, Mintmark__V1__Unit *unit, struct buf *ret_message)
{
    char record[33];
    Mintmark__V1__ReportDeviceRequest request;
    mintmark__v1__report_device_request__init(&request);
    (void)snprintf(record, sizeof(record), "%016llx%016llx",
                   (unsigned long long)random_next(random),
                   (unsigned long long)random_next(random));
    request.order = make_order(random);
    request.unit = unit;
    request.record_id = record;
    request.outcome = (Mintmark__V1__ReportOutcome)random_below(random, 5);
    uint8_t bytes[MESSAGE_ROOM];
    buf_append(ret_message, bytes, mintmark__v1__report_device_request__pack(&request, bytes));
}

void messages_make(struct random *random, enum method method, struct buf *ret_message)
{
    struct unit_text text;
    Mintmark__V1__Unit unit = make_unit(random, &text);
    uint8_t bytes[MESSAGE_ROOM];
    if (method == METHOD_ISSUE_DAC) {
        make_issue_dac(random, &unit, ret_message);
    } else if (method == METHOD_REPORT_DEVICE) {
        make_report(random, &unit, ret_message);
    } else if (method == METHOD_GET_ORDER) {
        Mintmark__V1__GetOrderRequest request;
        mintmark__v1__get_order_request__init(&request);
        request.order = make_order(random);
        buf_append(ret_message, bytes, mintmark__v1__get_order_request__pack(&request, bytes));
    } else {
        Mintmark__V1__ProvisionDeviceRequest request;
        mintmark__v1__provision_device_request__init(&request);
        request.order = make_order(random);
        request.unit = &unit;
        buf_append(ret_message, bytes,
                   mintmark__v1__provision_device_request__pack(&request, bytes));
    }
}
