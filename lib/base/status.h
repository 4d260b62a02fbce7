/* The one result type, and what a refusal says to the person who meets it.
 *
 * STATUS_LIST is the only place where a status, its words, its gRPC code (grpc.io statuscodes) and
 * the exit code of the command line tools (0 ok, 1 refused by a check, 2 usage, 3 unavailable,
 * 4 not permitted, 5 corrupted or rewritten) are tied together. */
#ifndef MINTMARK_LIB_BASE_STATUS_H
#define MINTMARK_LIB_BASE_STATUS_H

#define STATUS_LIST(X)                                                                             \
    /* name             words                                        gRPC exit */                  \
    X(OK, "ok", 0, 0)                                                                              \
    X(CANCELLED, "cancelled", 1, 3)                                                                \
    X(UNKNOWN, "unknown failure", 2, 1)                                                            \
    X(INVALID, "invalid value", 3, 1)                                                              \
    X(MALFORMED, "bytes do not follow their format", 3, 1)                                         \
    X(TOO_LARGE, "larger than its limit", 3, 1)                                                    \
    X(USAGE, "wrong usage", 3, 2)                                                                  \
    X(DEADLINE, "deadline exceeded", 4, 3)                                                         \
    X(NOT_FOUND, "not found", 5, 1)                                                                \
    X(EXISTS, "exists already", 6, 1)                                                              \
    X(DENIED, "not permitted", 7, 4)                                                               \
    X(EXHAUSTED, "exhausted", 8, 1)                                                                \
    X(REFUSED, "refused by a check", 9, 1)                                                         \
    X(ABORTED, "overtaken by another call", 10, 3)                                                 \
    X(UNIMPLEMENTED, "not offered", 12, 2)                                                         \
    X(INTERNAL, "internal failure", 13, 1)                                                         \
    X(NO_MEMORY, "out of memory", 13, 1)                                                           \
    X(CRYPTO, "cryptographic operation failed", 13, 1)                                             \
    X(IO, "input or output failed", 14, 3)                                                         \
    X(UNAVAILABLE, "unavailable, try again", 14, 3)                                                \
    X(DATA_LOSS, "stored data is corrupted", 15, 5)                                                \
    X(UNAUTHENTICATED, "no valid identity", 16, 4)

typedef enum {
#define STATUS_ENUM(name, words, grpc, code) STATUS_##name,
    STATUS_LIST(STATUS_ENUM)
#undef STATUS_ENUM
        STATUS_COUNT
} status_t;

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_index, first) __attribute__((format(printf, format_index, first)))

/* Passes a failure up; the only macro with hidden control flow. */
#define TRY(expression)                                                                            \
    do {                                                                                           \
        status_t try_status_ = (expression);                                                       \
        if (try_status_ != STATUS_OK) {                                                            \
            return try_status_;                                                                    \
        }                                                                                          \
    } while (0)

const char *status_text(status_t status);
int status_grpc_code(status_t status);    /* 0..16 */
int status_exit_code(status_t status);    /* 0..5 */
status_t status_from_grpc(int grpc_code); /* unlisted codes become STATUS_UNKNOWN */

enum {
    PROBLEM_REASON_MAX = 48,   /* google.rpc.ErrorInfo.reason, UPPER_SNAKE_CASE */
    PROBLEM_FIELD_MAX = 96,    /* the request field, YAML key or file:line:column */
    PROBLEM_MESSAGE_MAX = 400, /* one line: what is wrong, and the remedy */
};

/* Why something was refused: for the caller's eyes, so it never holds a secret. */
struct problem {
    status_t status;
    char reason[PROBLEM_REASON_MAX];
    char field[PROBLEM_FIELD_MAX];
    char message[PROBLEM_MESSAGE_MAX];
};

/* Fills *problem (when not NULL) and returns `status`, so that a check reads
 *     return problem_say(problem, STATUS_REFUSED, "CSR_KEY_REUSED", "csr", "…: make a new key");
 * `field` may be "". Longer texts are cut, and made safe for a terminal (utf8_clean). */
status_t problem_say(struct problem *problem, status_t status, const char *reason,
                     const char *field, const char *format, ...) PRINTF_LIKE(5, 6);

/* Fills *problem with the plain words of `status` unless it already explains that status; for the
 * place where a problem leaves a program. Returns `status`. */
status_t problem_complete(struct problem *problem, status_t status);

#endif
