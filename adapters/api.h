/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_API_H
#define WH_ADAPTERS_API_H

struct http;
struct runner;

/* The public API (/v1/…): adds its routes; answers through the runner's desk,
 * and waits for the hub with runner_settle(). */
void api_routes(struct http *http, struct runner *runner);

#endif
