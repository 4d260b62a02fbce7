/* The issued certificates of an exported log, all of them, by as many processes as there are
 * cores. */
#ifndef MINTMARK_CLIENT_LOG_CERTIFICATES_H
#define MINTMARK_CLIENT_LOG_CERTIFICATES_H

#include "client/log/folder.h"
#include "lib/audit/certificate.h"

enum { LOG_CERTIFICATES_PROCESSES_MAX = 64 };

/* Holds each certificate against what the audit says was announced. The first one that is wrong, by
 * its number: STATUS_REFUSED and the problem of audit_certificate_check. */
MUST_USE status_t log_certificates_check(const struct log_folder *folder, const struct audit *audit,
                                         struct audit_issuers *issuers, struct problem *problem);

#endif
