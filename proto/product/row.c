#include "proto/product/row.h"

/* Texts are NULL where nothing is supplied, and empty in messages. */
static const char *text_or_null(const char *text)
{
    return text[0] != '\0' ? text : NULL;
}

/* protobuf-c's types have no const; packing only reads. */
static char *text_or_empty(const char *text)
{
    const char *given = text != NULL ? text : "";
    char *borrowed = NULL;
    memcpy(&borrowed, &given, sizeof(borrowed));
    return borrowed;
}

static struct span bytes_of(ProtobufCBinaryData bytes)
{
    return span_make(bytes.data, bytes.len);
}

static ProtobufCBinaryData borrow(struct span bytes)
{
    ProtobufCBinaryData borrowed = {bytes.size, NULL};
    memcpy(&borrowed.data, &bytes.data, sizeof(borrowed.data));
    return borrowed;
}

/* ---- reading ---- */

static status_t read_values(Mintmark__V1__OrderDataValue *const *messages, size_t count,
                            size_t most, struct image_vendor_value *ret_values,
                            struct problem *problem)
{
    if (count > most) {
        return problem_say(problem, STATUS_TOO_LARGE, "TOO_MANY", "vendor_data",
                           "%zu values, and a unit has %zu at most", count, most);
    }
    for (size_t i = 0; i < count; i++) {
        ret_values[i] = (struct image_vendor_value){
            .namespace_name = messages[i]->namespace_name,
            .key = messages[i]->key,
            .encoding = messages[i]->encoding,
            .text = bytes_of(messages[i]->text),
            .from_file = messages[i]->from_file,
        };
    }
    return STATUS_OK;
}

static struct image_number number(uint32_t value)
{
    return (struct image_number){value != 0, value};
}

status_t product_row_read(const Mintmark__V1__OrderDataRow *message,
                          struct unit_supplied *ret_supplied, struct problem *problem)
{
    struct unit_supplied *supplied = ret_supplied;
    if (message->nonce.len != PRODUCT_ROW_NONCE_SIZE) {
        return problem_say(problem, STATUS_INVALID, "NONCE", "nonce",
                           "a row has a nonce of %d random bytes", PRODUCT_ROW_NONCE_SIZE);
    }
    supplied->unit_id = text_or_null(message->unit_id);
    supplied->hardware_id = text_or_null(message->hardware_id);
    supplied->serial_number = text_or_null(message->serial_number);
    supplied->manufacturing_date = text_or_null(message->manufacturing_date);
    if (message->discriminator != NULL) {
        supplied->discriminator = (struct image_number){true, message->discriminator->value};
    }
    supplied->passcode = number(message->passcode);
    supplied->iterations = number(message->iterations);
    supplied->salt = bytes_of(message->salt);
    supplied->verifier = bytes_of(message->verifier);
    supplied->rotating_id = bytes_of(message->rotating_id);
    supplied->dac = bytes_of(message->dac);
    supplied->dac_key = bytes_of(message->dac_key);
    supplied->vendor_count = message->n_vendor_data;
    supplied->expected_count = message->n_expected;
    TRY(read_values(message->vendor_data, message->n_vendor_data, IMAGE_VENDOR_VALUES_MAX,
                    supplied->vendor_values, problem));
    return read_values(message->expected, message->n_expected, UNIT_SUPPLIED_EXPECTED_MAX,
                       supplied->expected, problem);
}

/* ---- writing ---- */

struct values {
    Mintmark__V1__OrderDataValue messages[UNIT_SUPPLIED_EXPECTED_MAX];
    Mintmark__V1__OrderDataValue *pointers[UNIT_SUPPLIED_EXPECTED_MAX];
};

static void fill_values(const struct image_vendor_value *values, size_t count,
                        struct values *ret_values)
{
    for (size_t i = 0; i < count; i++) {
        Mintmark__V1__OrderDataValue *message = &ret_values->messages[i];
        mintmark__v1__order_data_value__init(message);
        message->namespace_name = text_or_empty(values[i].namespace_name);
        message->key = text_or_empty(values[i].key);
        message->encoding = text_or_empty(values[i].encoding);
        message->text = borrow(values[i].text);
        message->from_file = values[i].from_file;
        ret_values->pointers[i] = message;
    }
}

static void fill(const struct unit_supplied *supplied, Mintmark__V1__OrderDataRow *message)
{
    message->unit_id = text_or_empty(supplied->unit_id);
    message->hardware_id = text_or_empty(supplied->hardware_id);
    message->serial_number = text_or_empty(supplied->serial_number);
    message->manufacturing_date = text_or_empty(supplied->manufacturing_date);
    message->passcode = supplied->passcode.value;
    message->iterations = supplied->iterations.value;
    message->salt = borrow(supplied->salt);
    message->verifier = borrow(supplied->verifier);
    message->rotating_id = borrow(supplied->rotating_id);
    message->dac = borrow(supplied->dac);
    message->dac_key = borrow(supplied->dac_key);
    message->n_vendor_data = supplied->vendor_count;
    message->n_expected = supplied->expected_count;
}

status_t product_row_write(const struct unit_supplied *supplied,
                           const uint8_t nonce[static PRODUCT_ROW_NONCE_SIZE],
                           struct buf *ret_bytes)
{
    struct values vendor_data;
    struct values expected;
    Mintmark__V1__OrderDataNumber discriminator;
    Mintmark__V1__OrderDataRow message;
    mintmark__v1__order_data_row__init(&message);
    mintmark__v1__order_data_number__init(&discriminator);
    fill(supplied, &message);
    fill_values(supplied->vendor_values, supplied->vendor_count, &vendor_data);
    fill_values(supplied->expected, supplied->expected_count, &expected);
    message.nonce = borrow(span_make(nonce, PRODUCT_ROW_NONCE_SIZE));
    message.vendor_data = vendor_data.pointers;
    message.expected = expected.pointers;
    discriminator.value = supplied->discriminator.value;
    message.discriminator = supplied->discriminator.given ? &discriminator : NULL;
    uint8_t *place = buf_extend(ret_bytes, mintmark__v1__order_data_row__get_packed_size(&message));
    TRY(buf_status(ret_bytes));
    (void)mintmark__v1__order_data_row__pack(&message, place);
    return STATUS_OK;
}
