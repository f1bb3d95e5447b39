/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_LOOPBACK_LOOPBACK_H
#define WH_ADAPTERS_LOOPBACK_LOOPBACK_H

#include "adapters/adapter.h"

/* The smallest adapter, the template to copy: loopback.c. */
extern const struct adapter_ops loopback_ops;

#endif
