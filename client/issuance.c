#include "client/issuance.h"

#include "lib/base/hex.h"
#include "lib/event/event.h"
#include "lib/pki/certificate.h"
#include "lib/unit/name.h"

static status_t other(const char *field, struct problem *problem)
{
    return problem_say(problem, STATUS_REFUSED, "ISSUANCE_OTHER", field,
                       "the log's entry is not about the issuance of this unit: its %s is another",
                       field);
}

static status_t check_id(const struct event *event, const struct issuance *issuance,
                         struct problem *problem)
{
    AUTO(buf_done) struct buf record;
    buf_init(&record, SHA256_SIZE);
    return hex_decode(span_text(issuance->record_id), &record) == STATUS_OK &&
                   span_equal(buf_span(&record), event->values[EVENT_RECORD].bytes)
               ? STATUS_OK
               : other("record", problem);
}

static status_t check_unit(const struct event *event, const struct issuance *issuance,
                           struct problem *problem)
{
    char canonical[UNIT_NAME_HARDWARE_ID_SIZE];
    const char *unit_id = issuance->unit_id;
    if (unit_id[0] == '\0') {
        TRY(unit_name_hardware_id(issuance->hardware_id, canonical, problem));
        unit_id = canonical;
    }
    return span_equal(span_text(unit_id), event->values[EVENT_UNIT].bytes) ? STATUS_OK
                                                                           : other("unit", problem);
}

static status_t check_dac(const struct event *event, struct span dac, struct problem *problem)
{
    struct pki_certificate certificate;
    uint8_t digest[SHA256_SIZE];
    if (dac.size == 0) {
        return STATUS_OK;
    }
    TRY(pki_certificate_parse(dac, &certificate, problem));
    digest_sha256(dac, digest);
    if (!span_equal(SPAN_OF(digest), event->values[EVENT_CERTIFICATE_SHA256].bytes)) {
        return other("certificate", problem);
    }
    return span_equal(certificate.serial, event->values[EVENT_DAC_SERIAL].bytes)
               ? STATUS_OK
               : other("DAC serial number", problem);
}

status_t issuance_check(struct span entry, const struct issuance *issuance, struct problem *problem)
{
    struct event event;
    TRY(event_read(entry, &event, problem));
    if (event.type != EVENT_TYPE_DEVICE_ISSUED && event.type != EVENT_TYPE_DEVICE_RECOVERED) {
        return other("type", problem);
    }
    TRY(check_id(&event, issuance, problem));
    if (!span_equal(span_text(issuance->order), event.values[EVENT_ORDER].bytes)) {
        return other("order", problem);
    }
    TRY(check_unit(&event, issuance, problem));
    return check_dac(&event, issuance->dac, problem);
}
