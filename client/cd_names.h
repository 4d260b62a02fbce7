/* The words for a Certification Declaration's signer and type, in tables and JSON. */
#ifndef MINTMARK_CLIENT_CD_NAMES_H
#define MINTMARK_CLIENT_CD_NAMES_H

#include "lib/matter/cd.h"

const char *cd_names_signer(enum matter_cd_signer signer); /* "csa", "test", "given" */
const char *cd_names_type(uint8_t type); /* "development", "provisional", "official" */

/* Neither a development CD nor one that somebody else than the CSA signed. */
bool cd_names_is_certified(const struct matter_cd *cd, enum matter_cd_signer signer);

#endif
