#include "client/log/certificates.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LEAST_FOR_A_PROCESS = 2 * TLOG_TILE_WIDTH }; /* below it forking costs more than it saves */

struct check {
    const struct audit *audit;
    struct audit_issuers *issuers;
};

static status_t check_one(void *context, uint64_t index, struct span der, struct problem *problem)
{
    const struct check *check = context;
    struct audit_certificate announced;
    audit_certificate_get(check->audit, (size_t)index, &announced);
    return audit_certificate_check(check->issuers, &announced, der, problem);
}

/* What a process sends back. */
struct verdict {
    status_t status;
    struct problem problem;
};

struct part {
    pid_t pid;
    int result; /* pipe */
};

static void check_range(const struct log_folder *folder, const struct check *check,
                        const uint64_t range[static 3], struct verdict *ret_verdict)
{
    struct check copy = *check;
    ret_verdict->status = log_folder_each(folder, LOG_FOLDER_CERTIFICATES, range, check_one, &copy,
                                          &ret_verdict->problem);
}

static status_t start(const struct log_folder *folder, const struct check *check,
                      const uint64_t range[static 3], struct part *ret_part)
{
    int pipes[2];
    if (pipe(pipes) != 0) {
        return STATUS_IO;
    }
    pid_t pid = fork();
    if (pid == 0) {
        struct verdict verdict = {0};
        (void)close(pipes[0]);
        check_range(folder, check, range, &verdict);
        bool sent = write(pipes[1], &verdict, sizeof(verdict)) == (ssize_t)sizeof(verdict);
        _exit(sent ? 0 : 1); /* without the parent's exit handlers and its output */
    }
    (void)close(pipes[1]);
    if (pid < 0) {
        (void)close(pipes[0]);
        return STATUS_IO;
    }
    *ret_part = (struct part){pid, pipes[0]};
    return STATUS_OK;
}

static status_t finish(const struct part *part, struct problem *problem)
{
    struct verdict verdict = {0};
    ssize_t got = read(part->result, &verdict, sizeof(verdict)); /* below PIPE_BUF: whole */
    (void)close(part->result);
    (void)waitpid(part->pid, NULL, 0);
    if (got != (ssize_t)sizeof(verdict)) {
        return problem_say(problem, STATUS_INTERNAL, "PROCESS", "",
                           "a process that checked certificates died: is there enough memory?");
    }
    if (verdict.status != STATUS_OK) {
        *problem = verdict.problem;
    }
    return verdict.status;
}

static size_t process_count(uint64_t certificates)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    uint64_t wanted = certificates / LEAST_FOR_A_PROCESS;
    uint64_t most = cores > 0 ? (uint64_t)cores : 1;
    most = most < LOG_CERTIFICATES_PROCESSES_MAX ? most : LOG_CERTIFICATES_PROCESSES_MAX;
    wanted = wanted < most ? wanted : most;
    return wanted > 0 ? (size_t)wanted : 1;
}

/* Ranges begin with a bundle. */
static uint64_t range_begin(uint64_t total, size_t part, size_t parts)
{
    return part == parts ? total : total * part / parts / TLOG_TILE_WIDTH * TLOG_TILE_WIDTH;
}

status_t log_certificates_check(const struct log_folder *folder, const struct audit *audit,
                                struct audit_issuers *issuers, struct problem *problem)
{
    uint64_t total = audit_certificate_count(audit);
    size_t parts = process_count(total);
    struct check check = {audit, issuers};
    struct part running[LOG_CERTIFICATES_PROCESSES_MAX];
    size_t started = 0;
    status_t status = STATUS_OK;
    (void)fflush(NULL);
    for (; started < parts && status == STATUS_OK; started += status == STATUS_OK) {
        uint64_t range[3] = {range_begin(total, started, parts),
                             range_begin(total, started + 1, parts), total};
        status = start(folder, &check, range, &running[started]);
    }
    for (size_t i = 0; i < started; i++) { /* in order: the first thing wrong is the one named */
        struct problem own = {0};
        status_t result = finish(&running[i], &own);
        if (status == STATUS_OK && result != STATUS_OK) {
            status = result;
            *problem = own;
        }
    }
    return status;
}
