/* SPDX-License-Identifier: EUPL-1.2 */
#include "ops/ctl/ctl.h"
#include "ops/verify/verify.h"

/* The same code as wijkhub-verify, confined in the same way. */
int
cmd_verify(struct ctl *ctl, int argc, char **argv)
{
	(void)ctl;
	verify_confined(argc, argv);
}
