#include "client/prompt.h"

#include <stdio.h>
#include <strings.h>
#include <unistd.h>

status_t prompt_confirm(const char *question, struct problem *problem)
{
    char line[16] = "";
    if (isatty(STDIN_FILENO) == 0) {
        return problem_say(problem, STATUS_USAGE, "CONFIRMATION", "--yes",
                           "standard input is no terminal, so nobody can be asked: give --yes, or "
                           "--dry-run to look only");
    }
    (void)fflush(stdout);
    (void)fprintf(stderr, "%s [y/N] ", question);
    if (fgets(line, sizeof(line), stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strcasecmp(line, "y") == 0 || strcasecmp(line, "yes") == 0) {
            return STATUS_OK;
        }
    }
    return problem_say(problem, STATUS_REFUSED, "NOT_CONFIRMED", "",
                       "not confirmed: nothing was changed");
}
