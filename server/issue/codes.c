#include "server/issue/codes.h"

#include "lib/unit/set.h"
#include "server/issue/leaf.h"
#include "server/issue/seal.h"
#include "server/issue/secrets.h"

static status_t find(const struct issue_environment *environment,
                     const struct issue_codes_request *request, struct store_unit *ret_unit,
                     struct problem *problem)
{
    status_t status =
        request->unit_id[0] != '\0'
            ? store_unit_find(environment->store, request->unit_id, ret_unit)
            : store_unit_find_serial(environment->store, request->serial_number, ret_unit);
    if (status == STATUS_EXISTS) {
        return problem_say(problem, STATUS_REFUSED, "SERIAL_NUMBER_AMBIGUOUS", "serial_number",
                           "devices of several vendors have this serial number: give the unit_id");
    }
    /* one answer for both, so that a printer learns nothing about other lines */
    bool other = status == STATUS_OK && request->line[0] != '\0' &&
                 strcmp(request->line, ret_unit->line) != 0;
    if (status == STATUS_NOT_FOUND || other) {
        return problem_say(problem, STATUS_DENIED, "DEVICE_ELSEWHERE", "",
                           "no such unit on this printer's line");
    }
    return status;
}

static status_t check_good(const struct store_unit *unit, struct problem *problem)
{
    if (unit->revoked) {
        return problem_say(problem, STATUS_REFUSED, "REVOKED", "unit_id",
                           "the identity of unit %s was revoked: it gets no label", unit->unit_id);
    }
    if (unit->state == STORE_UNIT_ISSUED || unit->state == STORE_UNIT_FLASHED) {
        return STATUS_OK;
    }
    return unit->state == STORE_UNIT_RESERVED
               ? problem_say(problem, STATUS_REFUSED, "NOT_ISSUED", "unit_id",
                             "unit %s was never delivered: provision it first", unit->unit_id)
               : problem_say(problem, STATUS_REFUSED, "SCRAPPED", "unit_id",
                             "unit %s was scrapped: it gets no label", unit->unit_id);
}

static status_t open_codes(const struct issue_environment *environment, struct issue_result *result,
                           struct problem *problem)
{
    AUTO(secret_wipe) struct secret plain = {0};
    AUTO(secret_wipe) struct secret codes = {0};
    if (result->unit.key_source == STORE_KEY_CSR) {
        return problem_say(problem, STATUS_REFUSED, "NO_CODES", "unit_id",
                           "unit %s has only a DAC from here: its codes are its maker's",
                           result->unit.unit_id);
    }
    TRY(issue_seal_open(environment, &result->unit, STORE_PART_CODES, &plain, problem));
    TRY(issue_secrets_decode_codes(secret_span(&plain), &codes));
    TRY(secret_new(&result->secrets, sizeof(struct unit_secrets)));
    struct unit_secrets *secrets = unit_secrets_of(&result->secrets);
    secrets->passcode = issue_codes_of(&codes)->passcode;
    secrets->discriminator = issue_codes_of(&codes)->discriminator;
    return unit_set_codes(result->product, secrets, result->qr_code, result->manual_code, problem);
}

static status_t read_codes(const struct issue_environment *environment,
                           const struct issue_codes_request *request, struct issue_result *result,
                           struct problem *problem)
{
    struct store_unit *unit = &result->unit;
    AUTO(buf_done) struct buf leaf = {0};
    TRY(find(environment, request, unit, problem));
    TRY(check_good(unit, problem));
    TRY(environment->find_product(environment->products, unit->product, unit->product_revision,
                                  &result->product, problem));
    TRY(open_codes(environment, result, problem));
    int64_t now = environment->now_ms();
    TRY(issue_leaf_codes_read(unit, request->identity, request->purpose, now, &leaf, problem));
    return store_unit_codes_read(environment->store, unit, buf_span(&leaf), now, problem);
}

status_t issue_codes(const struct issue_environment *environment,
                     const struct issue_codes_request *request, struct issue_result *ret_result,
                     struct problem *problem)
{
    AUTO(issue_result_done) struct issue_result result = {0};
    TRY(read_codes(environment, request, &result, problem));
    *ret_result = result;
    result = (struct issue_result){0};
    return STATUS_OK;
}
