/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_BROKER_CONFIG_H
#define WH_BROKER_CONFIG_H

#include "broker/loop.h"

/*
 * The broker's YAML file; paths are relative to it.
 *
 *   endpoint:     tcp://127.0.0.1:5555       where members connect
 *   second_endpoint: tcp://127.0.0.1:5556    optional: while keys rotate
 *   dir:          data                       store, journal, checkpoint
 *   keys:         hub.secret                 made by `wijkhub keygen hub`
 *   alliance:     alliance.pub               whose registers are believed
 *   register:     register.bin               looked at when it changes
 *   control:      data/control.sock          optional
 *   map_mib:      1024                       optional: intake stops here
 *   segment_mib:  16                         optional: journal segments
 *   commit_ms:    200                        optional
 */
struct broker_config;

/* WH_INVALID with "file:line: reason". Reads the key files too. */
enum wh_err broker_config_load(const char *path, struct broker_config **out,
    struct why *why);
void broker_config_free(struct broker_config *config); /* wipes; NULL ok */

/* Borrows from config. */
struct loop_options broker_config_loop(const struct broker_config *config);

#endif
