/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_POLITIE_POLITIE_H
#define WH_ADAPTERS_POLITIE_POLITIE_H

#include "adapters/adapter.h"

/* The police over StUF-Jeugdzorg 1.0.9; what it does and its settings stand
 * at the head of politie.c. */
extern const struct adapter_ops politie_ops;

#endif
