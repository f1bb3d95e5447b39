/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_BUURTTEAM_BUURTTEAM_H
#define WH_ADAPTERS_BUURTTEAM_BUURTTEAM_H

#include "adapters/adapter.h"

/* HL7 FHIR R4 with a neighbourhood team's case system: buurtteam.c. */
extern const struct adapter_ops buurtteam_ops;

#define BUURTTEAM_BODY_MAX 524288u /* half of what an envelope holds */

#endif
