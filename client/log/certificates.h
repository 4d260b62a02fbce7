/* The issued certificates of an exported log, all of them, by as many processes as there are cores:
 * while the entries are walked by those that this leaves free, then by all. */
#ifndef MINTMARK_CLIENT_LOG_CERTIFICATES_H
#define MINTMARK_CLIENT_LOG_CERTIFICATES_H

#include <sys/types.h>

#include "client/log/folder.h"
#include "lib/audit/certificate.h"

enum { LOG_CERTIFICATES_PROCESSES_MAX = 64 };

struct log_certificates {
    const struct log_folder *folder;
    const struct audit *audit;
    struct audit_issuers *issuers;
    size_t cores;
    uint64_t next; /* the first that nobody has begun with */
    struct log_certificates_part {
        pid_t pid;
        int result;     /* pipe */
        uint64_t first; /* of its range */
    } running[LOG_CERTIFICATES_PROCESSES_MAX];
    size_t count;      /* of those that run */
    uint64_t wrong_at; /* where the range began in which one was wrong; UINT64_MAX: none was */
    status_t wrong;
    struct problem problem;
};

/* Borrows. */
void log_certificates_init(struct log_certificates *certificates, const struct log_folder *folder,
                           const struct audit *audit, struct audit_issuers *issuers);
/* Stops what still runs. */
void log_certificates_done(struct log_certificates *certificates);
OWN_VALUE(struct log_certificates, log_certificates_done)

/* While the audit is under way: lets a core that is free begin with what was announced so far.
 * Cheap when there is none, or too little. */
MUST_USE status_t log_certificates_go_on(struct log_certificates *certificates,
                                         struct problem *problem);

/* Behind the audit: all the rest. The first one that is wrong, by its number: STATUS_REFUSED and
 * the problem of audit_certificate_check. */
MUST_USE status_t log_certificates_end(struct log_certificates *certificates,
                                       struct problem *problem);

#endif
