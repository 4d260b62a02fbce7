/* The front process from its descriptors on (server/process.h). */
#include <errno.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/secret.h"
#include "mintmark/v1/config.pb-c.h"
#include "proto/wire/tls.h"
#include "server/config.h"
#include "server/front/front.h"
#include "server/front/log.h"
#include "server/process.h"

enum { CONFIG_MAX = 4 << 20, READ_STEP = 16384 };

/* The whole file, by pread: a descriptor that several processes inherited shares its offset. */
static status_t read_door(int descriptor, struct buf *content)
{
    for (off_t place = 0;;) {
        uint8_t *room = buf_extend(content, READ_STEP);
        if (room == NULL) {
            return buf_status(content);
        }
        ssize_t got = pread(descriptor, room, READ_STEP, place);
        if (got < 0 && errno != EINTR) {
            return STATUS_IO;
        }
        size_t taken = got > 0 ? (size_t)got : 0;
        content->size -= READ_STEP - taken;
        place += (off_t)taken;
        if (got == 0) {
            return STATUS_OK;
        }
    }
}

static struct span span_of(ProtobufCBinaryData data)
{
    return span_make(data.data, data.len);
}

static status_t serve(const Mintmark__V1__Config *config, enum listener listener,
                      struct problem *problem)
{
    const Mintmark__V1__Listener *own = config_listener(config, listener);
    if (config->site == NULL || own == NULL) {
        return problem_say(problem, STATUS_INVALID, "CONFIG", LISTENER_NAMES[listener],
                           "the configuration lacks site or %s", LISTENER_NAMES[listener]);
    }
    AUTO(buf_done) struct buf key;
    buf_init_secret(&key, WIRE_TLS_PEM_MAX + READ_STEP);
    status_t status = read_door(PROCESS_FRONT_TLS_KEY, &key);
    if (status != STATUS_OK) {
        return problem_say(problem, status, "TLS_FILE", LISTENER_NAMES[listener],
                           "cannot read the TLS key from its descriptor");
    }
    (void)close(PROCESS_FRONT_TLS_KEY);
    struct wire_tls_files files = {
        .certificate = span_of(own->certificate_content),
        .key = buf_span(&key),
        .ca = span_of(own->client_ca_content),
    };
    const struct front_config doors = {
        .listener_descriptor = PROCESS_FRONT_LISTENER,
        .control_descriptor = PROCESS_FRONT_CONTROL,
        .files = &files,
        .trust_domain = config->site->trust_domain,
        .listener = listener,
    };
    AUTO(front_done) struct front front = {0};
    TRY(front_init(&front, &doors, problem));
    buf_clear(&key);
    return front_run(&front);
}

static status_t load_and_serve(enum listener listener, struct problem *problem)
{
    AUTO(buf_done) struct buf bytes;
    buf_init(&bytes, CONFIG_MAX);
    status_t status = read_door(PROCESS_CONFIG, &bytes);
    if (status != STATUS_OK) {
        return problem_say(problem, status, "CONFIG", "", "cannot read the configuration");
    }
    Mintmark__V1__Config *config = mintmark__v1__config__unpack(NULL, bytes.size, bytes.data);
    if (config == NULL) {
        return problem_say(problem, STATUS_MALFORMED, "CONFIG", "",
                           "the configuration is no mintmark.v1.Config");
    }
    status = serve(config, listener, problem);
    mintmark__v1__config__free_unpacked(config, NULL);
    return status;
}

int front_main(enum listener listener)
{
    bool locked = true; /* for a harness that has initialized it */
    struct problem problem = {0};
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGINT, SIG_IGN); /* a terminal's ^C reaches the supervisor, which ends us */
    status_t status =
        CRYPTO_secure_malloc_initialized() == 1 ? STATUS_OK : secret_process_init(&locked);
    if (status == STATUS_OK) {
        log_memory_locked("front", locked);
        status = load_and_serve(listener, &problem);
    }
    if (status != STATUS_OK) {
        (void)problem_complete(&problem, status);
        struct log_line log;
        front_log_begin(&log, LOG_LEVEL_ERROR, "front_failed");
        log_text(&log, "reason", problem.reason);
        log_text(&log, "field", problem.field);
        log_text(&log, "why", problem.message);
        log_end(&log);
    }
    return status_exit_code(status);
}
