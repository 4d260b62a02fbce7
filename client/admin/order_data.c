/* mintmark order data import */
#include "client/admin/order_data.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/admin/change_draft.h"
#include "client/call.h"
#include "client/command.h"
#include "client/files.h"
#include "lib/unit/sheet.h"
#include "proto/product/vendor.h"

enum {
    UPLOAD_SIZE = 16,
    PAGE_ROWS = 100,        /* as the server takes at once */
    PAGE_BYTES = 63 * 1024, /* of its rows; a request has 64 KiB */
    ROW_OVERHEAD = 4,       /* of a row in a page */
    ARENA_SIZE = 8 * 1024 * 1024,
};

static const struct option_command WORDS = {
    "order data",
    "Usage: mintmark order data import ORDER FILE [--vendor-csv CONFIG]\n"
    "                                  [--match serial-number] [options]\n"
    "Gives an order the values that its product wants supplied: each unit takes one row, once. "
    "All\n"
    "rows are checked by the server, sealed and shown as a change, which you sign; none counts\n"
    "unless all are good. Rows that nobody signs for (--dry-run too) are forgotten within a day,\n"
    "rows that no unit took when the order is closed.\n"
    "\n"
    "FILE is a CSV table with a header, a row a unit: the master CSV of the factory tools, with\n"
    "--vendor-csv as their config CSV; or without one, and columns among\n"
    "  serial-num discriminator passcode (or pincode) salt verifier iteration-count mfg-date\n"
    "  rd-id-uid, dac-cert and dac-key (names of files), and the keys of the product's\n"
    "  vendor_data that say from: supplied\n"
    "with salt and verifier in base64, rd-id-uid in hexadecimal, DACs and keys in PEM or DER, "
    "files of\n"
    "keys with mode 0600. FILE may be a folder of bought DACs: NAMEcert.pem or .der, with "
    "NAMEkey.pem\n"
    "or .der beside it, in it or in its folders, as esp-matter-mfg-tool leaves them. What the "
    "server\n"
    "refuses is named by file and line.\n"
    "\n"
    "A row is for the unit in its column unit_id, for the chip in its column mac (hardware_id), "
    "or\n"
    "without either for the next unit that has none, in the order of the file.\n"
    "  --match serial-number  stations name units by their serial numbers, from labels that were\n"
    "                         printed before: a row's unit_id is its serial number\n"
    "  --vendor-csv CONFIG    NAMESPACE,namespace, and KEY,TYPE,ENCODING as mfg-tool's "
    "--csv\n" ADMIN_CHANGE_HELP ADMIN_OPTIONS_HELP "\n"
    "Exit codes: 0 ok, 1 refused, 2 usage, 3 unavailable (try again), 4 not permitted.\n"
    "\n"
    "Examples:\n"
    "  mintmark order data import WO-4711 labels.csv --match serial-number\n"
    "  mintmark order data import WO-4711 master.csv --vendor-csv config.csv --dry-run\n"
    "  mintmark order data import WO-4711 dacs/\n",
    3, 3, "`import`, one ORDER and one FILE are"};

struct arguments {
    const char *config;
    const char *match;
};

/* All that is read before anything is sent. */
struct import {
    struct admin_command *command;
    const char *order;
    const char *file;
    bool is_folder;
    struct buf text; /* secret, as the next */
    struct buf config;
    struct order_data_rows rows;
    uint8_t upload[UPLOAD_SIZE];
};

/* ---- the product's keys ---- */

static status_t get_order(struct import *import, char *ret_product, size_t size,
                          uint32_t *ret_revision)
{
    AUTO(admin_answer_done) struct admin_answer answer = {0};
    const ProtobufCMessage *message = NULL;
    Mintmark__V1__GetOrderRequest request;
    mintmark__v1__get_order_request__init(&request);
    request.order = call_text(import->order);
    TRY(admin_command_call(import->command, "GetOrder", &request.base,
                           &mintmark__v1__order__descriptor, &answer, &message));
    const Mintmark__V1__Order *order = (const Mintmark__V1__Order *)message;
    const char *product = order->spec != NULL ? order->spec->product : "";
    (void)snprintf(ret_product, size, "%.*s", (int)strcspn(product, "/"), product);
    *ret_revision = order->product_revision;
    return STATUS_OK;
}

/* The keys of the table are the product's. */
static status_t derive_config(struct import *import)
{
    char product[256];
    AUTO(admin_answer_done) struct admin_answer answer = {0};
    AUTO(decode_arena_free) struct decode_arena *arena = NULL;
    const ProtobufCMessage *message = NULL;
    struct image_product image = {.chip = NULL};
    struct problem *problem = &import->command->problem;
    Mintmark__V1__GetProductRequest request;
    mintmark__v1__get_product_request__init(&request);
    request.product = product;
    TRY(get_order(import, product, sizeof(product), &request.revision));
    TRY(admin_command_call(import->command, "GetProduct", &request.base,
                           &mintmark__v1__product_revision__descriptor, &answer, &message));
    const Mintmark__V1__ProductRevision *revision = (const Mintmark__V1__ProductRevision *)message;
    TRY(decode_arena_new(ARENA_SIZE, &arena));
    TRY(decode_message(arena, &mintmark__v1__product__descriptor,
                       span_make(revision->content.data, revision->content.len), true, &message,
                       problem));
    TRY(product_vendor_read((const Mintmark__V1__Product *)message, &image, problem));
    return order_data_config(import->file, buf_span(&import->text), &image, &import->config,
                             problem);
}

/* ---- rows ---- */

/* A folder becomes a table of its files. */
static status_t read_table(struct import *import)
{
    struct stat info;
    struct problem *problem = &import->command->problem;
    import->is_folder = stat(import->file, &info) == 0 && S_ISDIR(info.st_mode);
    return import->is_folder ? order_data_folder(import->file, &import->text, problem)
                             : files_read(import->file, &import->text, problem);
}

/* Where a row of the table stands: in a folder, the file of its DAC. */
static void place(const struct import *import)
{
    size_t line = 0;
    struct problem *problem = &import->command->problem;
    if (!order_data_rows_place(&import->rows, import->file, &line, problem) || !import->is_folder) {
        return;
    }
    const char *text = (const char *)import->text.data;
    const char *end = text + import->text.size;
    for (; line > 1; line--) {
        text = (const char *)memchr(text, '\n', (size_t)(end - text)) + 1;
    }
    int size = (int)strcspn(text + 1, "\""); /* "path","key" */
    int most = (int)sizeof(problem->field) - 1;
    (void)snprintf(problem->field, sizeof(problem->field), "%.*s", size < most ? size : most,
                   text + 1 + (size < most ? 0 : size - most));
}

static status_t read_rows(struct import *import, const struct arguments *arguments)
{
    struct problem *problem = &import->command->problem;
    TRY(read_table(import));
    if (arguments->config != NULL) {
        TRY(files_read(arguments->config, &import->config, problem));
    } else {
        TRY(derive_config(import));
    }
    const struct order_data_table table = {
        .name = import->file,
        .text = buf_span(&import->text),
        .config_name = arguments->config != NULL ? arguments->config : import->file,
        .config = buf_span(&import->config),
        .serial_is_unit = arguments->match != NULL,
    };
    return order_data_rows_read(&table, &import->rows, problem);
}

/* How many rows from `first` on go into one page, and what they are there. */
static size_t fill_page(const struct import *import, size_t first, ProtobufCBinaryData *ret_rows)
{
    size_t count = 0;
    size_t size = 0;
    while (count < PAGE_ROWS && first + count < import->rows.count) {
        const struct order_data_row *row = order_data_row(&import->rows, first + count);
        size += row->size + ROW_OVERHEAD;
        if (count > 0 && size > PAGE_BYTES) {
            break;
        }
        ret_rows[count++] = (ProtobufCBinaryData){row->size, import->rows.bytes.data + row->at};
    }
    return count;
}

static status_t send_page(struct import *import, size_t first, size_t *ret_count)
{
    AUTO(admin_answer_done) struct admin_answer answer = {0};
    const ProtobufCMessage *receipt = NULL;
    ProtobufCBinaryData rows[PAGE_ROWS];
    Mintmark__V1__OrderDataPage page;
    mintmark__v1__order_data_page__init(&page);
    page.order = call_text(import->order);
    page.upload = (ProtobufCBinaryData){UPLOAD_SIZE, import->upload};
    page.first_row = (uint32_t)first;
    page.rows = rows;
    page.n_rows = fill_page(import, first, rows);
    TRY(admin_command_call(import->command, "UploadOrderData", &page.base,
                           &mintmark__v1__order_data_receipt__descriptor, &answer, &receipt));
    size_t there = ((const Mintmark__V1__OrderDataReceipt *)receipt)->rows;
    if (there <= first || there > first + page.n_rows) {
        return problem_say(&import->command->problem, STATUS_DATA_LOSS, "RECEIPT", "rows",
                           "the server says that it has %zu rows: use the client of its version",
                           there);
    }
    *ret_count = there - first; /* it may have left some for the next page */
    return STATUS_OK;
}

static status_t send_rows(struct import *import)
{
    bool progress = !import->command->options.json && isatty(STDERR_FILENO);
    for (size_t sent = 0, count = 0; sent < import->rows.count; sent += count) {
        TRY(send_page(import, sent, &count));
        if (progress) {
            (void)fprintf(stderr, "\r%zu of %zu rows%s", sent + count, import->rows.count,
                          sent + count == import->rows.count ? "\n" : "");
        }
    }
    return STATUS_OK;
}

static status_t propose(struct import *import)
{
    uint8_t sha256[SHA256_SIZE];
    Mintmark__V1__OrderDataImport content;
    mintmark__v1__order_data_import__init(&content);
    digest_sha256(buf_span(&import->rows.sha256s), sha256);
    content.order = call_text(import->order);
    content.upload = (ProtobufCBinaryData){UPLOAD_SIZE, import->upload};
    content.rows = (uint32_t)import->rows.count;
    content.rows_sha256 = (ProtobufCBinaryData){SHA256_SIZE, sha256};
    return change_draft_single(import->command, "order-data", &content.base);
}

static status_t run_import(struct import *import, const struct arguments *arguments)
{
    TRY(read_rows(import, arguments));
    if (RAND_bytes(import->upload, UPLOAD_SIZE) != 1) {
        return STATUS_CRYPTO;
    }
    status_t status = send_rows(import);
    if (status == STATUS_OK) {
        status = propose(import);
    }
    if (status != STATUS_OK) {
        place(import);
    }
    return status;
}

static status_t run(struct admin_command *command, const struct arguments *arguments)
{
    struct import import = {
        .command = command, .order = command->operands[1], .file = command->operands[2]};
    buf_init_secret(&import.text, UNIT_SHEET_VALUES_MAX);
    buf_init_secret(&import.config, UNIT_SHEET_CONFIG_MAX);
    order_data_rows_init(&import.rows);
    status_t status = run_import(&import, arguments);
    order_data_rows_done(&import.rows);
    buf_done(&import.text);
    buf_done(&import.config);
    return status;
}

int order_data_command(int argc, char **argv)
{
    struct arguments arguments = {.config = NULL};
    AUTO(admin_command_done) struct admin_command command;
    admin_command_init(&command);
    const struct option_row rows[] = {{"vendor-csv", .text = &arguments.config},
                                      {"match", .text = &arguments.match},
                                      ADMIN_CHANGE_ROWS(command),
                                      {.name = NULL}};
    if (!admin_command_begin(&command, &WORDS, rows, argc, argv)) {
        return command.exit_code;
    }
    if (strcmp(command.operands[0], "import") != 0) {
        return command_usage(WORDS.name, "there is no '%s'", command.operands[0]);
    }
    if (arguments.match != NULL && strcmp(arguments.match, "serial-number") != 0) {
        return command_usage(WORDS.name, "--match takes serial-number");
    }
    return admin_command_end(&command, run(&command, &arguments));
}
