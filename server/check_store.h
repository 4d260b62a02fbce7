/* mintmarkd --check-store: the whole store against its log and the last signed checkpoint. */
#ifndef MINTMARK_SERVER_CHECK_STORE_H
#define MINTMARK_SERVER_CHECK_STORE_H

#include "server/config.h"

/* Prints what is wrong; the exit code. */
int check_store_main(const Mintmark__V1__Config *config);

#endif
