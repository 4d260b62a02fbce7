/* Lists in pages: how many, from where, and the answer element by element. */
#ifndef MINTMARK_SERVER_RPC_PAGE_H
#define MINTMARK_SERVER_RPC_PAGE_H

#include <protobuf-c/protobuf-c.h>

#include "lib/base/buf.h"

enum {
    RPC_PAGE_DEFAULT = 100,
    RPC_PAGE_MAX = 500,
    RPC_PAGE_TOKEN_MAX = 255, /* the key of the last element */
    RPC_PAGE_ELEMENTS = 1,    /* field numbers of every List…Response */
    RPC_PAGE_NEXT = 2,
};

/* An answer being written. */
struct rpc_page {
    unsigned size;
    unsigned count; /* elements so far; one over `size` tells that there are more */
    char last[RPC_PAGE_TOKEN_MAX + 1]; /* key of the last element of this page */
    struct buf *answer;
};

/* STATUS_INVALID PAGE_SIZE, PAGE_TOKEN. */
MUST_USE status_t rpc_page_begin(uint32_t page_size, const char *page_token, struct buf *answer,
                                 struct rpc_page *ret_page, struct problem *problem);
/* Adds an element whose key is `key`; the one over the page's size only shows that it exists. */
MUST_USE status_t rpc_page_add(struct rpc_page *page, const char *key,
                               const ProtobufCMessage *element);
/* The next page's token, if there is a next page. */
MUST_USE status_t rpc_page_end(struct rpc_page *page);
/* The same for lists that know where they go on: `token`, or "" at their end. */
MUST_USE status_t rpc_page_end_at(struct rpc_page *page, const char *token);

#endif
