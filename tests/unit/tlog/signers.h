/* Keys for tests: an Ed25519 and a P-256 key with fixed private halves. */
#ifndef MINTMARK_TESTS_UNIT_TLOG_SIGNERS_H
#define MINTMARK_TESTS_UNIT_TLOG_SIGNERS_H

#include "lib/base/signer.h"

/* Signers on them; they live as long as the program. */
struct signer test_ed25519_signer(void);
struct signer test_ecdsa_signer(void);

#endif
