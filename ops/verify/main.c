/* SPDX-License-Identifier: EUPL-1.2 */
#include "ops/verify/verify.h"

int
main(int argc, char **argv)
{
	verify_confined(argc, argv);
}
