#include "proto/wire/link.h"

#include <openssl/err.h>

#include "lib/base/secret.h"

status_t wire_scratch_init(struct wire_scratch *scratch)
{
    size_t size = WIRE_SCRATCH_SIZE;
    uint8_t *bytes = secret_pages_new(&size);
    if (bytes == NULL) {
        return STATUS_NO_MEMORY;
    }
    *scratch = (struct wire_scratch){.bytes = bytes, .size = size};
    return STATUS_OK;
}

void wire_scratch_done(struct wire_scratch *scratch)
{
    secret_pages_free(scratch->bytes, scratch->size);
    *scratch = (struct wire_scratch){0};
}

void wire_link_init(struct wire_link *link, SSL *ssl, struct wire_scratch *scratch, void *owner)
{
    *link = (struct wire_link){.ssl = ssl, .scratch = scratch, .owner = owner};
    buf_init_secret(&link->spill, WIRE_SCRATCH_SIZE);
}

void wire_link_done(struct wire_link *link)
{
    nghttp2_session_del(link->session);
    SSL_free(link->ssl);
    buf_done(&link->spill);
    *link = (struct wire_link){0};
}

/* An SSL call that returned `result` <= 0: waits for the socket, or is over. */
static status_t after_ssl(struct wire_link *link, int result)
{
    switch (SSL_get_error(link->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        return STATUS_OK;
    case SSL_ERROR_WANT_WRITE:
        link->wants_write = true;
        return STATUS_OK;
    default: /* SSL_ERROR_ZERO_RETURN too: the peer has closed */
        return STATUS_UNAVAILABLE;
    }
}

status_t wire_link_handshake(struct wire_link *link, bool *ret_done)
{
    ERR_clear_error();
    link->wants_write = false;
    int result = SSL_do_handshake(link->ssl);
    *ret_done = result == 1;
    return result == 1 ? STATUS_OK : after_ssl(link, result);
}

status_t wire_link_feed(struct wire_link *link, struct span bytes)
{
    ssize_t used = nghttp2_session_mem_recv(link->session, bytes.data, bytes.size);
    return used < 0 ? STATUS_MALFORMED : STATUS_OK;
}

status_t wire_link_receive(struct wire_link *link, unsigned turns, bool *ret_more)
{
    uint8_t chunk[WIRE_SCRATCH_SIZE];
    size_t largest = 0;
    status_t status = STATUS_OK;
    *ret_more = false;
    link->wants_write = false;
    for (unsigned i = 0; i < turns && status == STATUS_OK; i++) {
        ERR_clear_error();
        int got = SSL_read(link->ssl, chunk, sizeof(chunk));
        if (got <= 0) {
            status = after_ssl(link, got);
            *ret_more = false;
            break;
        }
        largest = (size_t)got > largest ? (size_t)got : largest;
        status = wire_link_feed(link, span_make(chunk, (size_t)got));
        *ret_more = true;
    }
    explicit_bzero(chunk, largest); /* a client reads replies here */
    return status;
}

void wire_link_wipe_scratch(struct wire_link *link)
{
    explicit_bzero(link->scratch->bytes, link->scratch->used);
    link->scratch->used = 0;
}

status_t wire_link_gather(struct wire_link *link)
{
    struct wire_scratch *scratch = link->scratch;
    while (scratch->used < WIRE_SCRATCH_SIZE) {
        if (link->unsent.size == 0) {
            const uint8_t *bytes = NULL;
            ssize_t size = nghttp2_session_mem_send(link->session, &bytes);
            if (size < 0) {
                return STATUS_NO_MEMORY;
            }
            if (size == 0) { /* nothing left, or wire_body_send found no room */
                return STATUS_OK;
            }
            link->unsent = span_make(bytes, (size_t)size);
        }
        size_t room = WIRE_SCRATCH_SIZE - scratch->used;
        size_t step = link->unsent.size < room ? link->unsent.size : room;
        memcpy(scratch->bytes + scratch->used, link->unsent.data, step);
        scratch->used += step;
        link->unsent = span_make(link->unsent.data + step, link->unsent.size - step);
    }
    return STATUS_OK;
}

/* Writes bytes; *ret_sent may be short only when the socket is full. */
static status_t write_some(struct wire_link *link, struct span bytes, size_t *ret_sent)
{
    *ret_sent = 0;
    while (*ret_sent < bytes.size) {
        ERR_clear_error();
        int put = SSL_write(link->ssl, bytes.data + *ret_sent, (int)(bytes.size - *ret_sent));
        if (put <= 0) {
            return after_ssl(link, put);
        }
        *ret_sent += (size_t)put;
        link->bytes_sent += (uint64_t)put;
    }
    return STATUS_OK;
}

static status_t send_spill(struct wire_link *link)
{
    size_t sent = 0;
    status_t status = write_some(
        link, span_make(link->spill.data + link->spill_sent, link->spill.size - link->spill_sent),
        &sent);
    link->spill_sent += sent;
    if (link->spill_sent == link->spill.size) {
        buf_clear(&link->spill);
        link->spill_sent = 0;
    }
    return status;
}

static status_t send_scratch(struct wire_link *link)
{
    const struct wire_scratch *scratch = link->scratch;
    size_t sent = 0;
    status_t status = write_some(link, span_make(scratch->bytes, scratch->used), &sent);
    if (status == STATUS_OK && sent < scratch->used) {
        buf_append(&link->spill, scratch->bytes + sent, scratch->used - sent);
        status = buf_status(&link->spill);
    }
    wire_link_wipe_scratch(link);
    return status;
}

status_t wire_link_send(struct wire_link *link, bool *ret_blocked)
{
    link->wants_write = false;
    *ret_blocked = false;
    if (link->spill.size > 0) {
        TRY(send_spill(link));
    }
    while (link->spill.size == 0) {
        status_t status = wire_link_gather(link);
        if (status != STATUS_OK || link->scratch->used == 0) {
            wire_link_wipe_scratch(link);
            return status;
        }
        TRY(send_scratch(link));
    }
    *ret_blocked = true;
    return STATUS_OK;
}

void wire_body_set(struct wire_body *body, struct span message, bool last)
{
    body->message = message;
    body->sent = 0;
    body->last = last;
    wire_deframer_prefix(message.size, body->prefix);
}

ssize_t wire_body_read(nghttp2_session *session, int32_t stream_id, uint8_t *buffer, size_t length,
                       uint32_t *data_flags, nghttp2_data_source *source, void *user_data)
{
    (void)buffer;
    (void)user_data;
    struct wire_body *body = source->ptr;
    size_t left = WIRE_PREFIX_SIZE + body->message.size - body->sent;
    if (left == 0 && !body->last) {
        return NGHTTP2_ERR_DEFERRED;
    }
    size_t most = WIRE_SCRATCH_SIZE - WIRE_FRAME_HEADER; /* a frame and its header: one record */
    size_t size = left < length ? left : length;
    size = size < most ? size : most;
    *data_flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (size == left && body->last) {
        *data_flags |= NGHTTP2_DATA_FLAG_EOF;
        if (body->on_end != NULL) {
            *data_flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
            body->on_end(body, session, stream_id);
        }
    }
    return (ssize_t)size;
}

static void append(struct wire_scratch *scratch, const uint8_t *bytes, size_t size)
{
    memcpy(scratch->bytes + scratch->used, bytes, size);
    scratch->used += size;
}

int wire_body_send(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *header,
                   size_t length, nghttp2_data_source *source, void *user_data)
{
    (void)session;
    (void)frame; /* no padding is ever asked for */
    struct wire_link *link = user_data;
    struct wire_body *body = source->ptr;
    if (WIRE_FRAME_HEADER + length > WIRE_SCRATCH_SIZE - link->scratch->used) {
        return NGHTTP2_ERR_WOULDBLOCK;
    }
    append(link->scratch, header, WIRE_FRAME_HEADER);
    size_t prefix = body->sent < WIRE_PREFIX_SIZE ? WIRE_PREFIX_SIZE - body->sent : 0;
    prefix = prefix < length ? prefix : length;
    if (prefix > 0) {
        append(link->scratch, body->prefix + body->sent, prefix);
        body->sent += prefix;
    }
    if (length > prefix) {
        append(link->scratch, body->message.data + (body->sent - WIRE_PREFIX_SIZE),
               length - prefix);
        body->sent += length - prefix;
    }
    return 0;
}
