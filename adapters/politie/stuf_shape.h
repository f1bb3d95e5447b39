/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_POLITIE_STUF_SHAPE_H
#define WH_ADAPTERS_POLITIE_STUF_SHAPE_H

#include "adapters/politie/stuf_in.h"

/*
 * The shape of meldingGeneriekDi01 in StUF-Jeugdzorg 1.0.9, as a table: which
 * elements, how often, in which order, how long, which values. It is the
 * whitelist of the message: an element outside it is refused (StUF055), and
 * so are StUF:extraElementen, which nobody here could judge.
 */
enum wh_err stuf_shape_check(const struct stuf_node *root,
    struct stuf_fault *fault);

#endif
