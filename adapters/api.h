/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef WH_ADAPTERS_API_H
#define WH_ADAPTERS_API_H

struct http;
struct runner;

/*
 * The public API (/v1/…): adds its routes; answers through the runner's desk,
 * and waits for the hub with runner_settle(). http borrows the routes: free it
 * after http_close().
 */
struct api;
struct api *api_new(struct http *http, struct runner *runner);
void api_free(struct api *api); /* NULL is allowed */

#endif
