/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_CORPORATIE_CORPORATIE_H
#define WH_ADAPTERS_CORPORATIE_CORPORATIE_H

#include "adapters/adapter.h"

/* Housing corporations, over VERA 4.3: corporatie.c. */
extern const struct adapter_ops corporatie_ops;

#endif
