/* SPDX-License-Identifier: EUPL-1.2 */
#include "adapters/gossip.h"

#include "adapters/desk_log.h"
#include "adapters/fetch.h"
#include "proto/base/clk.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"

#define TIMEOUT_MS 10000

/* What the last look at a peer found; told when it changes. */
enum found {
	FOUND_NOTHING, /* not looked yet, or it has none yet */
	FOUND_AWAY,
	FOUND_STRANGE, /* nothing that our log signed */
	FOUND_GOOD,
};

struct peer {
	struct gossip *gossip;
	char *url;        /* owned */
	bool is_busy;     /* a request or question is under way */
	char *note;       /* owned: what the hub is asked about */
	unsigned refused; /* looks in a row for which the hub had no proof */
	enum found found;
};

struct gossip {
	struct desk *desk;     /* borrowed */
	struct uplink *uplink; /* borrowed */
	struct fetch *fetch;
	struct event *timer;
	struct peer *peers; /* owned */
	size_t count;
	bool closing;
};

static void
found(struct peer *peer, enum found what)
{
	if (peer->found == what)
		return;
	peer->found = what;
	switch (what) {
	case FOUND_NOTHING:
	case FOUND_GOOD:
		break;
	case FOUND_AWAY:
		log_info("PEER-AWAY", "url=%s", peer->url);
		break;
	case FOUND_STRANGE:
		log_warn("PEER-REFUSED", "url=%s", peer->url);
		break;
	}
}

static void
done_with(struct peer *peer)
{
	mem_free(peer->note);
	peer->note = NULL;
	peer->is_busy = false;
}

static void
unproven(struct peer *peer)
{
	enum wh_err err = desk_peer_unproven(peer->gossip->desk,
	    span_str(peer->note), clk_wall_ms());

	log_warn("PEER-UNPROVEN", "url=%s error=%s", peer->url,
	    wh_err_str(err));
	peer->refused = 0;
}

static void
on_proof(void *arg, const struct consistency *proof, enum wh_err err)
{
	struct peer *peer = arg;

	if (err == WH_OK)
		err = desk_peer_proof(peer->gossip->desk, span_str(peer->note),
		    proof);
	if (err == WH_OK)
		peer->refused = 0;
	else if (err == WH_CRYPTO)
		unproven(peer); /* this is what it has to say for itself */
	else if (err == WH_NOT_FOUND && ++peer->refused >= GOSSIP_LOOKS)
		unproven(peer);
	done_with(peer);
}

/* True when the hub was asked. */
static bool
compare(struct peer *peer, struct span note)
{
	struct gossip *gossip = peer->gossip;
	char origin[ORIGIN_MAX_LEN + 1];
	struct consistency_request request = {.origin = origin};
	enum wh_err err;

	err = desk_peer(gossip->desk, note, clk_wall_ms(), &request.sizes,
	    origin);
	found(peer, err == WH_CRYPTO      ? FOUND_STRANGE
		    : err == WH_NOT_FOUND ? FOUND_NOTHING
					  : FOUND_GOOD);
	if (err == WH_OK)
		peer->refused = 0;
	if (err != WH_AGAIN)
		return false;
	peer->note = mem_dup(note);
	uplink_consistency(gossip->uplink, &request, on_proof, peer);
	return true;
}

static void
on_fetched(void *arg, enum wh_err err, const struct fetch_answer *answer)
{
	struct peer *peer = arg;

	if (peer->gossip->closing)
		return;
	if (err != WH_OK || answer->status != 200) {
		found(peer, err == WH_OK && answer->status == 404
				? FOUND_NOTHING
				: FOUND_AWAY);
		peer->is_busy = false;
		return;
	}
	if (answer->body.len > NOTE_MAX) {
		found(peer, FOUND_STRANGE);
		peer->is_busy = false;
		return;
	}
	if (!compare(peer, answer->body))
		done_with(peer);
}

static void
look(struct peer *peer)
{
	const struct fetch_request request = {.method = "GET",
	    .url = peer->url,
	    .content_type = ""};
	struct why why = {""};
	enum wh_err err;

	if (peer->is_busy)
		return;
	peer->is_busy = true;
	err =
	    fetch_start(peer->gossip->fetch, &request, on_fetched, peer, &why);
	if (err != WH_OK) {
		found(peer, FOUND_AWAY);
		peer->is_busy = false;
	}
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct gossip *gossip = arg;

	(void)fd;
	(void)what;
	for (size_t i = 0; i < gossip->count; i++)
		look(&gossip->peers[i]);
}

static void
answer_latest(void *arg, struct http_request *request)
{
	struct gossip *gossip = arg;
	char *note = NULL;

	if (desk_checkpoint_get(gossip->desk, &note) != WH_OK) {
		http_problem(request, 404, "NIET_GEVONDEN", "Niet gevonden",
		    "De hub liet nog geen checkpoint zien.", NULL);
		return;
	}
	http_reply(request, 200, "text/plain; charset=utf-8", span_str(note),
	    NULL);
	mem_free(note);
}

static char *
url_of(const char *base)
{
	size_t len = strlen(base);
	char *url = mem_new(len + sizeof(GOSSIP_PATH));

	while (len > 0 && base[len - 1] == '/')
		len--;
	memcpy(url, base, len);
	memcpy(url + len, GOSSIP_PATH, sizeof(GOSSIP_PATH));
	return url;
}

enum wh_err
gossip_open(struct event_base *base, struct desk *desk, struct uplink *uplink,
    struct http *http, const struct gossip_options *options,
    struct gossip **out, struct why *why)
{
	const struct timeval interval = {.tv_sec = options->interval_ms / 1000,
	    .tv_usec = options->interval_ms % 1000 * 1000};
	const struct fetch_options fetch = {.base_url = "",
	    .ca = options->ca,
	    .timeout_ms = TIMEOUT_MS};
	struct gossip *gossip = mem_new(sizeof(*gossip));
	const struct http_route route = {.method = "GET",
	    .path = GOSSIP_PATH,
	    .handler = answer_latest,
	    .arg = gossip,
	    .is_open = true};
	enum wh_err err;

	gossip->desk = desk;
	gossip->uplink = uplink;
	err = fetch_open(base, &fetch, &gossip->fetch, why);
	if (err != WH_OK) {
		mem_free(gossip);
		return err;
	}
	while (options->peers != NULL && options->peers[gossip->count] != NULL)
		gossip->count++;
	gossip->peers = mem_new((gossip->count + 1) * sizeof(struct peer));
	for (size_t i = 0; i < gossip->count; i++) {
		gossip->peers[i].gossip = gossip;
		gossip->peers[i].url = url_of(options->peers[i]);
	}
	http_routes(http, &route, 1);
	gossip->timer = event_new(base, -1, EV_PERSIST, on_timer, gossip);
	if (gossip->count > 0)
		(void)event_add(gossip->timer, &interval);
	*out = gossip;
	return WH_OK;
}

void
gossip_close(struct gossip *gossip)
{
	if (gossip == NULL)
		return;
	gossip->closing = true;
	event_free(gossip->timer);
	fetch_close(gossip->fetch);
	for (size_t i = 0; i < gossip->count; i++) {
		mem_free(gossip->peers[i].url);
		mem_free(gossip->peers[i].note);
	}
	mem_free(gossip->peers);
	mem_free(gossip);
}

size_t
gossip_peers(const struct gossip *gossip)
{
	return gossip->count;
}

size_t
gossip_heard(const struct gossip *gossip)
{
	size_t heard = 0;

	for (size_t i = 0; i < gossip->count; i++)
		heard += gossip->peers[i].found == FOUND_GOOD;
	return heard;
}
