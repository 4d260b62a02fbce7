#include "client/cd_names.h"

const char *cd_names_signer(enum matter_cd_signer signer)
{
    static const char *const names[] = {
        [MATTER_CD_SIGNER_CSA] = "csa",
        [MATTER_CD_SIGNER_TEST] = "test",
        [MATTER_CD_SIGNER_CONFIGURED] = "given",
    };
    return names[signer];
}

const char *cd_names_type(uint8_t type)
{
    static const char *const names[] = {
        [MATTER_CD_DEVELOPMENT] = "development",
        [MATTER_CD_PROVISIONAL] = "provisional",
        [MATTER_CD_OFFICIAL] = "official",
    };
    return names[type];
}

bool cd_names_is_certified(const struct matter_cd *cd, enum matter_cd_signer signer)
{
    return cd->type != MATTER_CD_DEVELOPMENT && signer == MATTER_CD_SIGNER_CSA;
}
