#include <stdio.h>
#include <stdlib.h>

#include "lib/base/digest.h"
#include "lib/unit/bought.h"
#include "lib/unit/name.h"
#include "mintmark/v1/order_data.pb-c.h"
#include "proto/product/row.h"
#include "proto/text/arena.h"
#include "server/issue/seal.h"
#include "server/rpc/order_data.h"
#include "server/rpc/unit.h"

/* One page on its way into the store. */
struct page {
    const struct rpc_call *call;
    const Mintmark__V1__OrderDataPage *message;
    struct store_order order;
    const struct unit_product *product;
    struct secret supplied; /* struct unit_supplied, of one row at a time */
    struct store_data_row *rows;
    size_t count;
    uint64_t work; /* iterations of the rows so far */
};

static void page_done(struct page *page)
{
    for (size_t i = 0; i < page->count; i++) {
        store_data_row_done(&page->rows[i]);
    }
    free(page->rows);
    secret_wipe(&page->supplied);
}

static status_t check_names(const struct unit_supplied *supplied, struct store_data_row *row,
                            struct problem *problem)
{
    if (supplied->unit_id != NULL) {
        TRY(unit_name_check(supplied->unit_id, problem));
        (void)snprintf(row->unit_id, sizeof(row->unit_id), "%s", supplied->unit_id);
    }
    return supplied->hardware_id != NULL
               ? unit_name_hardware_id(supplied->hardware_id, row->hardware_id, problem)
               : STATUS_OK;
}

/* What would fail at the unit fails at the desk. */
static status_t check_values(const struct page *page, const struct unit_supplied *supplied,
                             struct store_data_row *row, struct problem *problem)
{
    TRY(unit_supplied_check(page->product, supplied, problem));
    row->has_key = page->product->dac_supplied;
    if (row->has_key) {
        int64_t now = page->call->environment->now_ms() / 1000;
        TRY(unit_bought_check(page->product, supplied, now, row->public_key, problem));
    }
    return unit_product_check_fit(page->product, supplied, problem);
}

static uint32_t work_of(const struct unit_product *product, const struct unit_supplied *supplied)
{
    if (supplied->verifier.size == 0) {
        return 0;
    }
    return supplied->iterations.given ? supplied->iterations.value
                                      : product->image.spake2p_iterations;
}

static status_t take_row(struct page *page, struct span bytes, struct store_data_row *row,
                         struct problem *problem)
{
    struct unit_supplied *supplied = unit_supplied_of(&page->supplied);
    if (bytes.size > PRODUCT_ROW_MAX) {
        return problem_say(problem, STATUS_TOO_LARGE, "ROW_SIZE", "", "a row has at most %d bytes",
                           PRODUCT_ROW_MAX);
    }
    memset(supplied, 0, sizeof(*supplied));
    TRY(rpc_order_data_read(page->call->arena, bytes, supplied, problem));
    page->work += work_of(page->product, supplied);
    TRY(check_names(supplied, row, problem));
    TRY(check_values(page, supplied, row, problem));
    if (supplied->serial_number != NULL) {
        (void)snprintf(row->serial_number, sizeof(row->serial_number), "%s",
                       supplied->serial_number);
    }
    row->vendor_id = page->product->image.vendor_id;
    digest_sha256(bytes, row->sha256);
    return issue_seal_row(page->call->environment, bytes, row, problem);
}

static status_t take_rows(struct page *page, struct problem *problem)
{
    struct decode_arena *arena = page->call->arena;
    for (size_t i = 0; i < page->message->n_rows && page->work < RPC_ORDER_DATA_WORK_MAX; i++) {
        const ProtobufCBinaryData *bytes = &page->message->rows[i];
        struct store_data_row *row = &page->rows[page->count++];
        size_t mark = decode_arena_mark(arena);
        row->number = page->message->first_row + (uint32_t)i;
        row->product_revision = page->order.product_revision;
        memcpy(row->order, page->order.id, sizeof(row->order));
        memcpy(row->upload, page->message->upload.data, sizeof(row->upload));
        status_t status = take_row(page, span_make(bytes->data, bytes->len), row, problem);
        decode_arena_release(arena, mark);
        if (status != STATUS_OK) {
            return rpc_order_data_place(row->number, status, problem);
        }
    }
    return STATUS_OK;
}

static status_t check_page(const Mintmark__V1__OrderDataPage *message, struct problem *problem)
{
    if (message->n_rows < 1 || message->n_rows > RPC_ORDER_DATA_PAGE_MAX) {
        return problem_say(problem, STATUS_INVALID, "PAGE_ROWS", "rows", "a page has 1 to %d rows",
                           RPC_ORDER_DATA_PAGE_MAX);
    }
    return message->first_row <= STORE_DATA_ROWS_MAX - message->n_rows
               ? STATUS_OK
               : problem_say(problem, STATUS_TOO_LARGE, "UPLOAD_ROWS", "first_row",
                             "an upload has at most %d rows: import them in several",
                             STORE_DATA_ROWS_MAX);
}

static status_t serve(struct page *page, struct buf *ret_answer, struct problem *problem)
{
    const struct issue_environment *environment = page->call->environment;
    const Mintmark__V1__OrderDataPage *message = page->message;
    Mintmark__V1__OrderDataReceipt receipt;
    TRY(check_page(message, problem));
    TRY(rpc_order_data_find(page->call, message->order,
                            span_make(message->upload.data, message->upload.len), &page->order,
                            &page->product, problem));
    TRY(rpc_order_data_room(&page->order, message->first_row + (uint32_t)message->n_rows, problem));
    TRY(secret_new(&page->supplied, sizeof(struct unit_supplied)));
    page->rows = calloc(message->n_rows, sizeof(*page->rows));
    if (page->rows == NULL) {
        return STATUS_NO_MEMORY;
    }
    TRY(take_rows(page, problem));
    TRY(store_data_stage(environment->store, page->rows, page->count, environment->now_ms(),
                         problem));
    mintmark__v1__order_data_receipt__init(&receipt);
    receipt.rows = message->first_row + (uint32_t)page->count;
    return rpc_unit_pack(&receipt.base, ret_answer);
}

status_t rpc_upload_order_data(const struct rpc_call *call, struct span request,
                               struct buf *ret_answer, struct problem *problem)
{
    const ProtobufCMessage *message = NULL;
    TRY(decode_message(call->arena, &mintmark__v1__order_data_page__descriptor, request, false,
                       &message, problem));
    struct page page = {.call = call, .message = (const Mintmark__V1__OrderDataPage *)message};
    rpc_note_ids(call, page.message->order, "");
    status_t status = serve(&page, ret_answer, problem);
    page_done(&page);
    return status;
}
