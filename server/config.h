/* mintmarkd.yaml, read and made ready for the processes: paths absolute, defaults filled in, the
 * certificates it names read into the bytes fields, everything checked that can be checked without
 * the token. Private keys and the PIN are never read here. */
#ifndef MINTMARK_SERVER_CONFIG_H
#define MINTMARK_SERVER_CONFIG_H

#include "lib/base/status.h"
#include "mintmark/v1/config.pb-c.h"
#include "server/method.h"

#define CONFIG_DEFAULT_PATH "/etc/mintmark/mintmarkd.yaml"

enum {
    CONFIG_SLOTS_MAX = 64,                   /* far more than a token or a disk keeps busy */
    CONFIG_CERTIFICATE_FILE_MAX = 64 * 1024, /* a chain in PEM, or one CA bundle */
    CONFIG_CD_SIGNERS_MAX = 16,
    CONFIG_DEVICE_SECRETS_DAYS = 7, /* retention, where the configuration says nothing */
    CONFIG_ONBOARDING_DAYS = 30,
    CONFIG_IDENTITY_DAYS = 365,
    CONFIG_OPEN_PER_STATION = 32, /* twice the slots of a large fixture */
    CONFIG_OPEN_PER_STATION_MAX = 1000000,
};

/* Called for each thing that is wrong; the problem's field is the key ("stations.address") or the
 * place in the file. */
typedef void config_report_t(void *context, const struct problem *problem);

/* Reports everything that is wrong and returns the first problem's status; or the configuration,
 * which the caller frees with mintmark__v1__config__free_unpacked(…, NULL). */
MUST_USE status_t config_load(const char *path, config_report_t *report, void *context,
                              Mintmark__V1__Config **ret_config);

static inline const Mintmark__V1__Listener *config_listener(const Mintmark__V1__Config *config,
                                                            enum listener listener)
{
    return listener == LISTENER_STATIONS ? config->stations : config->administration;
}

#endif
