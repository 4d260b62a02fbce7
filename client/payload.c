#include "client/payload.h"

#include <stdio.h>

#include "client/command.h"
#include "client/number.h"
#include "lib/matter/spake2p.h"

enum { LINE_MAX_BYTES = MATTER_QR_TEXT_MAX + 2, PASSCODE_TEXT_MAX = 16 };

static const char *const flow_names[] = {"standard", "user-intent", "custom"};
enum { FLOW_COUNT = sizeof(flow_names) / sizeof(flow_names[0]) };

/* In the order of their bits. */
static const char *const discovery_names[] = {"softap",   "ble", "on-network",
                                              "wifi-paf", "nfc", "thread"};
enum { DISCOVERY_COUNT = sizeof(discovery_names) / sizeof(discovery_names[0]) };

const char *payload_flow_name(enum matter_flow flow)
{
    return flow_names[flow];
}

bool payload_flow_find(const char *name, enum matter_flow *ret_flow)
{
    for (int i = 0; i < FLOW_COUNT; i++) {
        if (strcmp(name, flow_names[i]) == 0) {
            *ret_flow = (enum matter_flow)i;
            return true;
        }
    }
    return false;
}

static uint8_t discovery_bit(const char *name, size_t length)
{
    for (unsigned i = 0; i < DISCOVERY_COUNT; i++) {
        if (strlen(discovery_names[i]) == length && memcmp(name, discovery_names[i], length) == 0) {
            return (uint8_t)(1u << i);
        }
    }
    return 0;
}

bool payload_discovery_find(const char *names, uint8_t *ret_bits)
{
    uint8_t bits = 0;
    for (const char *name = names;; name++) {
        size_t length = strcspn(name, ",");
        uint8_t bit = discovery_bit(name, length);
        if (bit == 0) {
            return false;
        }
        bits |= bit;
        name += length;
        if (*name == '\0') {
            *ret_bits = bits;
            return true;
        }
    }
}

void payload_discovery_print(uint8_t bits, const char *quote, struct buf *ret_text)
{
    const char *separator = "";
    for (unsigned i = 0; i < DISCOVERY_COUNT; i++) {
        if ((bits & 1u << i) != 0) {
            buf_print(ret_text, "%s%s%s%s", separator, quote, discovery_names[i], quote);
            separator = ", ";
        }
    }
}

status_t payload_read_secret(const char *argument, struct buf *ret_text, struct problem *problem)
{
    if (strcmp(argument, "-") != 0) {
        buf_append_text(ret_text, argument);
        return buf_status(ret_text);
    }
    char line[LINE_MAX_BYTES];
    if (fgets(line, sizeof(line), stdin) == NULL) {
        return problem_say(problem, STATUS_INVALID, "STANDARD_INPUT", "-",
                           "'-' reads a line from standard input, and there is none");
    }
    buf_append(ret_text, line, strcspn(line, "\r\n"));
    explicit_bzero(line, sizeof(line));
    return buf_status(ret_text);
}

status_t payload_read_passcode(const char *argument, uint32_t *ret_passcode,
                               struct problem *problem)
{
    AUTO(buf_done) struct buf text;
    buf_init_secret(&text, PASSCODE_TEXT_MAX);
    status_t status = payload_read_secret(argument, &text, problem);
    buf_append_byte(&text, '\0');
    if (status == STATUS_TOO_LARGE || buf_status(&text) == STATUS_TOO_LARGE) {
        return problem_say(problem, STATUS_INVALID, "NUMBER", "passcode",
                           "longer than any passcode: write 1 to 99999998");
    }
    TRY(status);
    TRY(buf_status(&text));
    return number_read("passcode", (const char *)text.data, MATTER_PASSCODE_MAX, ret_passcode,
                       problem);
}

void payload_print_manual(const char *code, struct buf *ret_text)
{
    static const size_t groups[] = {4, 3, 4, 4, 3, 2, 1};
    size_t length = strlen(code);
    for (size_t i = 0; length > 0 && i < sizeof(groups) / sizeof(groups[0]); i++) {
        size_t take = groups[i] < length ? groups[i] : length;
        buf_append(ret_text, code, take);
        code += take;
        length -= take;
        buf_append_text(ret_text, length > 0 ? "-" : "");
    }
}

int payload_write(struct buf *output, status_t status, struct problem *problem, bool json)
{
    if (status == STATUS_OK) {
        status = buf_status(output);
    }
    if (status != STATUS_OK) {
        return command_fail(problem, status, json);
    }
    (void)fwrite(output->data, 1, output->size, stdout);
    if (fflush(stdout) != 0) {
        return command_fail(problem, STATUS_IO, json);
    }
    return status_exit_code(STATUS_OK);
}
