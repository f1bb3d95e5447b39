/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_WPI_WPI_H
#define WH_ADAPTERS_WPI_WPI_H

#include "adapters/adapter.h"

/* The municipality over Klantinteracties and ZGW; what it does and its settings
 * stand at the head of wpi.c. */
extern const struct adapter_ops wpi_ops;

#endif
