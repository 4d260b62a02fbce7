#include "server/issue/authorize.h"

#include <stdio.h>

#include "lib/base/hex.h"
#include "lib/pki/pkcs10.h"

static status_t check_order(const struct store_order *order, int64_t now, struct problem *problem)
{
    if (order->state != STORE_ORDER_OPEN) {
        return problem_say(problem, STATUS_REFUSED, "ORDER_NOT_OPEN", "order",
                           "order %s is not open", order->id);
    }
    if (order->window_from != 0 && now < order->window_from) {
        return problem_say(problem, STATUS_REFUSED, "ORDER_TOO_EARLY", "order",
                           "order %s has not begun: see its not_before", order->id);
    }
    if (order->window_to != 0 && now >= order->window_to) {
        return problem_say(problem, STATUS_REFUSED, "ORDER_OVER", "order",
                           "order %s has ended: see its not_after", order->id);
    }
    if (order->counted >= order->identities_limit) { /* the transaction decides; this saves work */
        return problem_say(problem, STATUS_EXHAUSTED, "ORDER_EXHAUSTED", "order",
                           "all %u identities of order %s are used: close it or order more",
                           order->identities_limit, order->id);
    }
    return STATUS_OK;
}

bool issue_authorize_line(const struct store_order *order, const char *line)
{
    char wanted[STORE_NAME_MAX + 3];
    (void)snprintf(wanted, sizeof(wanted), ";%s;", line);
    return order->lines[0] == '\0' || (line[0] != '\0' && strstr(order->lines, wanted) != NULL);
}

status_t issue_authorize_order(const struct issue_environment *environment, const char *id,
                               const char *line, struct store_order *ret_order,
                               struct problem *problem)
{
    status_t status = store_order_get(environment->store, id, ret_order);
    if (status == STATUS_NOT_FOUND ||
        (status == STATUS_OK && !issue_authorize_line(ret_order, line))) {
        return problem_say(problem, STATUS_NOT_FOUND, "ORDER_UNKNOWN", "order",
                           "no such order for this station: check the work order's id and lines");
    }
    return status;
}

static status_t check_chip(const struct unit_product *product, const char *chip,
                           struct problem *problem)
{
    if (chip[0] == '\0' || strcmp(chip, product->image.chip) == 0) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_REFUSED, "CHIP", "unit.chip",
                       "this is an %s, product %s is for %s: wrong board or wrong order", chip,
                       product->name, product->image.chip);
}

static status_t check_pai(const struct unit_pai *pai, int64_t now, struct problem *problem)
{
    if (now < pai->certificate.not_before || now > pai->certificate.not_after ||
        now < pai->paa.not_before || now > pai->paa.not_after) {
        return problem_say(problem, STATUS_REFUSED, "PAI_VALIDITY", "order",
                           "PAI %s or its PAA is not valid now: check the clock, or install a new "
                           "PAI",
                           pai->name);
    }
    return STATUS_OK;
}

/* As it was when the order was agreed on, unless the configuration has changed since. */
static status_t check_signing(const struct unit_product *product, struct problem *problem)
{
    if (product->dac_supplied == product->pai->bought) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_REFUSED, "PAI_BOUGHT", "order",
                       "product %s and the server's configuration disagree whether DACs of PAI %s "
                       "are bought: see bought under pais",
                       product->name, product->pai->name);
}

static status_t check_class(const struct issue_environment *environment,
                            const struct unit_product *product, struct problem *problem)
{
    if ((environment->allow_classes & 1u << product->product_class) != 0) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_REFUSED, "CLASS_NOT_ALLOWED", "order",
                       "product %s is of a class this server does not allow: see allow_classes",
                       product->name);
}

/* By how much the clock was set since this process began. */
static int64_t clock_jump_ms(const struct issue_environment *environment)
{
    return environment->now_ms() - environment->monotonic_ms() - environment->clock_offset_ms;
}

static bool is_jump(int64_t jump_ms)
{
    return jump_ms >= ISSUE_CLOCK_JUMP_MS || jump_ms <= -ISSUE_CLOCK_JUMP_MS;
}

status_t issue_authorize_clock(const struct issue_environment *environment, struct problem *problem)
{
    if (!is_jump(clock_jump_ms(environment))) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_UNAVAILABLE, "CLOCK_JUMP", "",
                       "the clock was set by more than 10 minutes while the server ran: check it, "
                       "then restart the server");
}

int64_t issue_authorize_jump_ms(const struct issue_environment *environment)
{
    uint64_t size = 0;
    int64_t newest_ms = 0;
    int64_t now_ms = environment->now_ms();
    int64_t jump_ms = clock_jump_ms(environment);
    if (is_jump(jump_ms)) {
        return jump_ms;
    }
    bool is_back = store_log_size(environment->store, &size, &newest_ms) == STATUS_OK &&
                   now_ms < newest_ms - STORE_CLOCK_SLACK_MS;
    return is_back ? now_ms - newest_ms : 0;
}

int64_t issue_authorize_now_ms(const struct issue_environment *environment)
{
    uint64_t size = 0;
    int64_t newest_ms = 0;
    int64_t jump_ms = clock_jump_ms(environment);
    int64_t now_ms = environment->now_ms() - (is_jump(jump_ms) ? jump_ms : 0);
    bool is_back =
        store_log_size(environment->store, &size, &newest_ms) == STATUS_OK && now_ms < newest_ms;
    return is_back ? newest_ms : now_ms;
}

/* The product says who makes the DAC's key; a station does not choose. */
static status_t check_key_source(const struct unit_product *product,
                                 const struct issue_request *request, struct problem *problem)
{
    bool device = product->image.dac_key == IMAGE_DAC_KEY_DEVICE;
    if (device == (request->key_source == STORE_KEY_CSR)) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_REFUSED, "DAC_KEY", "order",
                       device ? "devices of product %s make their own key: call IssueDac with a "
                                "request"
                              : "devices of product %s get their key from here: call "
                                "ProvisionDevice",
                       product->name);
}

status_t issue_authorize_new(const struct issue_environment *environment,
                             const struct issue_request *request, struct store_order *ret_order,
                             const struct unit_product **ret_product, struct problem *problem)
{
    struct store_order order;
    const struct unit_product *product = NULL;
    int64_t now = environment->now_ms() / 1000;
    TRY(issue_authorize_order(environment, request->order, request->line, &order, problem));
    TRY(check_order(&order, now, problem));
    TRY(environment->find_product(environment->products, order.product, order.product_revision,
                                  &product, problem));
    TRY(check_chip(product, request->chip, problem));
    TRY(check_key_source(product, request, problem));
    TRY(check_pai(product->pai, now, problem));
    TRY(check_signing(product, problem));
    TRY(check_class(environment, product, problem));
    TRY(issue_authorize_clock(environment, problem));
    *ret_order = order;
    *ret_product = product;
    return STATUS_OK;
}

static status_t check_same_key(const struct issue_request *request, const struct store_unit *unit,
                               struct problem *problem)
{
    if (unit->key_source != request->key_source) {
        return problem_say(problem, STATUS_EXISTS, "KEY_SOURCE", "unit",
                           unit->key_source == STORE_KEY_CSR
                               ? "this unit has a DAC for its own key: call IssueDac"
                               : "this unit has a provisioned identity: call ProvisionDevice");
    }
    if (request->key_source != STORE_KEY_CSR) {
        return STATUS_OK;
    }
    uint8_t public_key[65];
    TRY(pki_pkcs10_check(request->csr, public_key, problem));
    if (memcmp(public_key, unit->public_key, sizeof(public_key)) != 0) {
        return problem_say(
            problem, STATUS_EXISTS, "CSR_KEY_CHANGED", "csr",
            "this unit has a DAC for another key: send the request it was made with");
    }
    return STATUS_OK;
}

/* The same bytes again need the same certificates. */
static status_t check_chain(const struct unit_pai *pai, const struct store_unit *unit,
                            struct problem *problem)
{
    char wanted[2 * sizeof(unit->chain_sha256) + 1];
    if (memcmp(pai->chain_sha256, unit->chain_sha256, sizeof(unit->chain_sha256)) == 0) {
        return STATUS_OK;
    }
    hex_encode(SPAN_OF(unit->chain_sha256), wanted);
    return problem_say(problem, STATUS_REFUSED, "PAI_CHANGED", "unit",
                       "issued under other certificates than PAI %s has now: configure those with "
                       "SHA-256(PAI, PAA) %s under this name again",
                       pai->name, wanted);
}

status_t issue_authorize_unit(const struct issue_caller *caller, const struct store_unit *unit,
                              struct problem *problem)
{
    bool own =
        unit != NULL && strcmp(unit->order, caller->order) == 0 &&
        (strcmp(unit->station, caller->identity) == 0 ||
         (caller->may_take && unit->station[0] == '\0') ||
         (caller->line_too && caller->line[0] != '\0' && strcmp(unit->line, caller->line) == 0));
    if (!own) {
        return problem_say(problem, STATUS_DENIED, "DEVICE_ELSEWHERE", "unit",
                           "this unit's identity belongs to another order or station");
    }
    if (caller->hardware_id[0] != '\0' && unit->hardware_id[0] != '\0' &&
        strcmp(caller->hardware_id, unit->hardware_id) != 0) {
        return problem_say(problem, STATUS_EXISTS, "HARDWARE_ID_CHANGED", "unit.hardware_id",
                           "unit %s was provisioned for another chip: check the unit id",
                           unit->unit_id);
    }
    return STATUS_OK;
}

/* Images are given out until the unit is reported, a DAC for the device's own key as long as the
 * unit is good. */
static status_t check_state(const struct store_unit *unit, struct problem *problem)
{
    if (unit->revoked) {
        return problem_say(problem, STATUS_REFUSED, "REVOKED", "unit",
                           "the identity of unit %s was revoked: take another board",
                           unit->unit_id);
    }
    if (unit->state == STORE_UNIT_SCRAPPED) {
        return problem_say(problem, STATUS_REFUSED, "SCRAPPED", "unit",
                           "unit %s was scrapped: take another board", unit->unit_id);
    }
    if (unit->state == STORE_UNIT_FLASHED && unit->key_source == STORE_KEY_IMAGE) {
        return problem_say(problem, STATUS_REFUSED, "ERASED", "unit",
                           "unit %s was reported flashed, which erased its secrets: they cannot "
                           "be given out again",
                           unit->unit_id);
    }
    if (unit->deliveries >= STORE_DELIVERIES_MAX) {
        return problem_say(problem, STATUS_EXHAUSTED, "DELIVERIES", "unit",
                           "unit %s was delivered %u times: report it scrapped and take another "
                           "board",
                           unit->unit_id, unit->deliveries);
    }
    return STATUS_OK;
}

/* A released unit goes on where work goes on. */
static status_t check_taking(const struct store_order *order, const struct store_unit *unit,
                             struct problem *problem)
{
    if (unit->station[0] != '\0' || order->state == STORE_ORDER_OPEN) {
        return STATUS_OK;
    }
    return problem_say(problem, STATUS_REFUSED, "ORDER_NOT_OPEN", "order", "order %s is not open",
                       order->id);
}

status_t issue_authorize_known(const struct issue_environment *environment,
                               const struct issue_request *request, const struct store_unit *unit,
                               const struct unit_product *product, struct problem *problem)
{
    const struct issue_caller caller = {.identity = request->identity,
                                        .line = request->line,
                                        .order = request->order,
                                        .hardware_id = request->hardware_id,
                                        .line_too = environment->repeat_to_line,
                                        .may_take = true};
    if (strcmp(unit->order, request->order) != 0 || strcmp(unit->station, request->identity) != 0) {
        /* an order that is not the station's has one answer, whether the unit is known or not */
        struct store_order order;
        TRY(issue_authorize_order(environment, request->order, request->line, &order, problem));
        TRY(check_taking(&order, unit, problem));
    }
    TRY(issue_authorize_unit(&caller, unit, problem));
    TRY(check_state(unit, problem));
    TRY(check_chip(product, request->chip, problem));
    TRY(check_chain(product->pai, unit, problem));
    return check_same_key(request, unit, problem);
}
