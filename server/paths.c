#include "server/paths.h"

#include <stdio.h>

status_t paths_in_state(const Mintmark__V1__Config *config, const char *name,
                        char ret_path[static PATH_MAX])
{
    int size = snprintf(ret_path, PATH_MAX, "%s/%s", config->state_directory, name);
    return size > 0 && size < PATH_MAX ? STATUS_OK : STATUS_TOO_LARGE;
}
