#include "server/rpc/page.h"

#include <stdio.h>
#include <string.h>

enum { LENGTH_DELIMITED = 2, VARINT_MORE = 0x80 };

status_t rpc_page_begin(uint32_t page_size, const char *page_token, struct buf *answer,
                        struct rpc_page *ret_page, struct problem *problem)
{
    if (page_size > RPC_PAGE_MAX) {
        return problem_say(problem, STATUS_INVALID, "PAGE_SIZE", "page_size",
                           "a page has at most %d elements", RPC_PAGE_MAX);
    }
    if (strlen(page_token) > RPC_PAGE_TOKEN_MAX) {
        return problem_say(problem, STATUS_INVALID, "PAGE_TOKEN", "page_token",
                           "give the token as it was answered");
    }
    *ret_page = (struct rpc_page){
        .size = page_size != 0 ? page_size : RPC_PAGE_DEFAULT,
        .answer = answer,
    };
    return STATUS_OK;
}

/* Tag and length of an embedded message or a text (protobuf encoding). */
static void put_header(struct buf *answer, unsigned field, size_t size)
{
    buf_append_byte(answer, (uint8_t)(field << 3 | LENGTH_DELIMITED));
    for (; size >= VARINT_MORE; size >>= 7) {
        buf_append_byte(answer, (uint8_t)(size | VARINT_MORE));
    }
    buf_append_byte(answer, (uint8_t)size);
}

status_t rpc_page_add(struct rpc_page *page, const char *key, const ProtobufCMessage *element)
{
    if (++page->count > page->size) {
        return STATUS_OK;
    }
    size_t size = protobuf_c_message_get_packed_size(element);
    put_header(page->answer, RPC_PAGE_ELEMENTS, size);
    uint8_t *place = buf_extend(page->answer, size);
    TRY(buf_status(page->answer));
    (void)protobuf_c_message_pack(element, place);
    (void)snprintf(page->last, sizeof(page->last), "%s", key);
    return STATUS_OK;
}

status_t rpc_page_end_at(struct rpc_page *page, const char *token)
{
    if (token[0] != '\0') {
        put_header(page->answer, RPC_PAGE_NEXT, strlen(token));
        buf_append_text(page->answer, token);
    }
    return buf_status(page->answer);
}

status_t rpc_page_end(struct rpc_page *page)
{
    return rpc_page_end_at(page, page->count > page->size ? page->last : "");
}
