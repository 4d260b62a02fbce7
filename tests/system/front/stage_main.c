/* front_stage WORKERS COMMAND…: runs a script against a stage (stage.h). The command gets the
 * folder of the certificates as STAGE_FOLDER, the port as STAGE_PORT, the front's process id as
 * STAGE_FRONT, and the ends of the pipes of "hold" as STAGE_HELD and STAGE_RELEASE. Its exit code
 * is the stage's, unless the front did not end well. */
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/test.h"
#include "tests/system/front/stage.h"

static void export_number(const char *name, int number)
{
    char text[16];
    (void)snprintf(text, sizeof(text), "%d", number);
    (void)setenv(name, text, 1);
}

static pid_t start(const struct stage *stage, char **command)
{
    pid_t child = fork();
    if (child != 0) {
        return child;
    }
    (void)setenv("STAGE_FOLDER", stage->folder, 1);
    export_number("STAGE_PORT", stage->port);
    export_number("STAGE_FRONT", (int)stage->front);
    export_number("STAGE_HELD", dup(stage->held[0]));
    export_number("STAGE_RELEASE", dup(stage->release[1]));
    (void)execvp(command[0], command);
    _exit(127);
}

static int run(int workers, char **command)
{
    struct stage stage;
    int status = -1;
    stage_open(&stage, "server");
    for (int i = 0; i < workers; i++) {
        stage_add_worker(&stage);
    }
    pid_t child = start(&stage, command);
    (void)waitpid(child, &status, 0);
    int front = stage_close(&stage);
    if (front != 0) {
        (void)fprintf(stderr, "the front ended with %d\n", front);
    }
    return front != 0 ? 1 : WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        (void)fprintf(stderr, "usage: front_stage WORKERS COMMAND...\n");
        return 2;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    return run(atoi(argv[1]), argv + 2);
}
