/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What the hub and two members do with two messages, one permission and two
 * withdrawals of it, when any of them may stop at any moment. README.md says
 * which function each step stands for; model.sh checks it.
 *
 *   -DBOTH_WAYS  a message each way, two members that fail, one withdrawal;
 *                else two messages to one recipient, two withdrawals
 *   -DLIVE       faults end after a while: for the claim "ending"
 *   -DCOVER      what Spin takes as one step in its parts: is all of it used?
 *   -DBUG_x      a mutation; breaks one property (README.md)
 *   -DBUT_x      leaves claim x out of "rest"
 */
#ifdef COVER
#define d_step atomic
#endif
#define A 0 /* captured the permission, sends message 0 */
#define B 1
#ifdef BOTH_WAYS
#define FROM(m)   (m)
#define TO(m)     (1 - (m))
#define SLOTS     2
#define CREDIT    1 /* frames under way to a member */
#define FOLLOWS   stored[0] /* message 1 answers message 0 */
#else
#define FROM(m)   A
#define TO(m)     B
#define SLOTS     3
#define CREDIT    2
#define FOLLOWS   (hub[NOW].status[0] != NONE || refusal[0])
#endif

/* The status of a message. */
#define NONE     0
#define QUEUED   1
#define STORED   2
#define REFUSED  3
#define RECALLED 4
/* A row of a queue: nothing, the envelope of message m, the signed event. */
#define ENVELOPE(m) (1 + (m))
#define EVENT       3
/* A command of the journal. Deliveries of member k count from 1. */
#define COMMAND(kind, arg) ((kind) * 16 + (arg))
#define KIND(c)            ((c) / 16)
#define ARG(c)             ((c) % 16)
#define SUBMIT   1
#define WITHDRAW 2
#define HELLO    3
#define HANDOVER 4
#define UNSENT   5
#define ACK      6
#define NAK      7 /* an acknowledgement with a reason */
#define TICK     8
#define REPORT   9 /* a member's word before the event came to it */
#define PLACE(k, d) ((k) * SLOTS + (d) - 1)

/* What core_apply() changes: the store. Its last commit, and now. */
typedef Store {
	byte status[2];
	byte place[2];     /* of message m in the queue of its recipient */
	bool handover[2];  /* it was handed over once, at least */
	byte row[2 * SLOTS];
	byte pushed[2];
	byte cursor[2];
	byte reached[2];
	bool ended;          /* the permission; its epoch is one up */
	bool outstanding[2]; /* has not acknowledged the event */
	bool known[2];       /* withdrawal w was receipted */
	bool carried;        /* entry doorgevoerd */
	bool entry[2]        /* the refusal of message m is in the log */
};
#define NOW  0
#define KEPT 1
Store hub[2];
byte journal;    /* the command that the commit does not hold yet */
byte batch;      /* the command under way */
bool answering;  /* not replaying */
byte unsent;     /* to be journalled next */
bool session[2]; /* the hub's idea of who is there */

/* The members. */
bool line[2]; /* the connection that its session began on is still there */
chan to_a = [CREDIT] of { byte, byte };
chan to_b = [CREDIT] of { byte, byte };
bool epoch[2];   /* knows that the permission ended */
bool reports;    /* B's report is in its outbox, behind its own withdrawal */
bool stored[2];  /* message m is in the inbox of its recipient */
byte effects[2];
byte acks[2 * SLOTS]; /* under way to the hub: 0, ACK, NAK */

/* What was said, and what happened too late. */
bool receipt[2], refusal[2], recorded[2];
bool late_handover, late_effect;

/* A row of an outbox is sent until it is answered. */
#define SENDS(m) (!receipt[m] && !refusal[m])
#ifdef LIVE
#define FAULTS 2
byte faults = FAULTS;
bool will_withdraw[2], will_tick;
#define MAY_FAIL  (faults > 0)
#define FAIL      faults--;
#define ENDS(w)   (will_withdraw[w] && !recorded[w])
#define TICKS     will_tick
#define TICKED    will_tick = false;
#else
#define MAY_FAIL  true
#define FAIL
#define ENDS(w)   (!recorded[w])
#define TICKS     (hub[NOW].status[0] == QUEUED)
#define TICKED
#endif

byte i, d; /* scratch of the hub's steps, zero between them */
byte out_row, out_at, out_to;
bool out_fresh;

inline push(h, member, what) {
	hub[h].pushed[member]++;
	hub[h].row[PLACE(member, hub[h].pushed[member])] = what
}

/* Out of the queue, for good. */
inline take_out(h, m, how) {
	hub[h].row[PLACE(TO(m), hub[h].place[m])] = NONE;
	hub[h].status[m] = how
}

inline log_refusal(h, m) {
#ifdef BUG_ENTRY_OUTSIDE
	if /* written by the loop, not by what is replayed */
	:: h == NOW && answering -> hub[h].entry[m] = true
	:: else
	fi
#else
	hub[h].entry[m] = true
#endif
}

inline submit(h, m) {
	if
	:: hub[h].status[m] == NONE && hub[h].ended ->
		log_refusal(h, m);
		if
		:: answering -> refusal[m] = true
		:: else
		fi
	:: hub[h].status[m] == NONE && !hub[h].ended ->
		hub[h].status[m] = QUEUED;
		push(h, TO(m), ENVELOPE(m));
		hub[h].place[m] = hub[h].pushed[TO(m)];
		if
		:: answering -> receipt[m] = true
		:: else
		fi
	:: else -> /* the same again, the same answer */
		if
		:: answering -> receipt[m] = true
		:: else
		fi
	fi
}

#define HEARD(h, m) (hub[h].place[m] <= hub[h].reached[TO(m)])
/* The recipient of m may have it. A message that was refused after it was
 * handed over may still be on the wire. */
#ifdef BUG_HEARD_BY_STATUS
#define MAY_HAVE(h, m) (hub[h].status[m] == STORED || \
	(hub[h].status[m] == QUEUED && HEARD(h, m)))
#else
#define MAY_HAVE(h, m) (hub[h].status[m] == STORED || \
	(hub[h].status[m] == QUEUED && HEARD(h, m)) || \
	(hub[h].status[m] == REFUSED && hub[h].handover[m]))
#endif
/* The event goes to who may have something, to senders and the capturer. */
#define CONCERNS(h, m, who) ((TO(m) == (who) && MAY_HAVE(h, m)) || \
	(FROM(m) == (who) && hub[h].status[m] != NONE))
#define TELL(h, who) (CONCERNS(h, 0, who) || CONCERNS(h, 1, who))
#ifdef BUG_SUBMITTER_UNTOLD
/* "Who sent it has it": at B's desk, with a code, B may know of nothing. */
#define SUBMITTER(w, who) ((w) == 1 && (who) == B)
#else
#define SUBMITTER(w, who) false
#endif

inline carry(h) {
	if
	:: hub[h].ended && !hub[h].outstanding[A] && !hub[h].outstanding[B] ->
		hub[h].carried = true
	:: else
	fi
}

inline recall(h, m) {
	if
	:: hub[h].status[m] == QUEUED && !HEARD(h, m) -> take_out(h, m, RECALLED)
	:: else
	fi
}

inline tell(h, w, who) {
	if
	:: TELL(h, who) && !SUBMITTER(w, who) ->
		push(h, who, EVENT);
		hub[h].outstanding[who] = true
	:: else
	fi
}

inline withdraw(h, w) {
	if
	:: !hub[h].ended ->
		hub[h].ended = true;
		recall(h, 0);
		recall(h, 1);
#ifdef BOTH_WAYS
		tell(h, w, A);
#endif
		tell(h, w, B);
#ifdef BUG_NOT_ASKED
		hub[h].carried = true;
#endif
		carry(h)
	:: else -> /* a second one waits for the same members */
#ifdef BUG_SECOND_AT_ONCE
		if
		:: !hub[h].known[w] -> hub[h].carried = true
		:: else
		fi
#else
		skip
#endif
	fi;
	hub[h].known[w] = true;
	if
	:: answering -> recorded[w] = true
	:: else
	fi
}

inline hello(h, who) {
#ifndef BUG_NO_REWIND
	hub[h].cursor[who] = 0
#else
	skip
#endif
}

/* The next row of who, if any: the permission is asked again, now. */
inline hand_over(h, who) {
	d = hub[h].cursor[who] + 1;
	do
	:: d <= SLOTS && hub[h].row[PLACE(who, d)] == NONE -> d++
	:: else -> break
	od;
	if
	:: d <= SLOTS ->
		hub[h].cursor[who] = d;
		out_fresh = d > hub[h].reached[who];
		if
		:: out_fresh -> hub[h].reached[who] = d
		:: else
		fi;
		i = hub[h].row[PLACE(who, d)];
		if
#ifndef BUG_NO_RECHECK
		:: i != EVENT && hub[h].ended ->
			take_out(h, i - 1, REFUSED);
			log_refusal(h, i - 1)
#endif
		:: else ->
			if
			:: i != EVENT -> hub[h].handover[i - 1] = true
			:: else
			fi;
			if
			:: answering -> out_row = i; out_at = d; out_to = who
			:: else
			fi
		fi
	:: else
	fi;
	d = 0;
	i = 0
}

/* It did not leave, so nobody heard. */
inline not_sent(h, who, at) {
	if
	:: at <= hub[h].reached[who] ->
		hub[h].reached[who] = at - 1;
		if
		:: hub[h].cursor[who] > at - 1 -> hub[h].cursor[who] = at - 1
		:: else
		fi
	:: else
	fi
}

inline acknowledged(h, who, at, kind) {
	i = hub[h].row[PLACE(who, at)];
	if
	:: at > hub[h].reached[who] || i == NONE
	:: else ->
		if
		:: i == EVENT ->
			hub[h].row[PLACE(who, at)] = NONE;
			hub[h].outstanding[who] = false;
			carry(h)
		:: i != EVENT && kind == ACK -> take_out(h, i - 1, STORED)
		:: i != EVENT && kind == NAK ->
			take_out(h, i - 1, REFUSED);
			log_refusal(h, i - 1)
		fi
	fi;
	i = 0
}

/* Signed, and taken whether or not the event has come to that member. */
inline reported(h, who) {
	hub[h].outstanding[who] = false;
	carry(h)
}

/* The offer's time is up. */
inline tick(h) {
	if
	:: hub[h].status[0] == QUEUED && HEARD(h, 0) ->
		take_out(h, 0, REFUSED);
		log_refusal(h, 0)
	:: hub[h].status[0] == QUEUED && !HEARD(h, 0) ->
		take_out(h, 0, RECALLED)
	:: else
	fi
}

/* core_apply(): nothing but the store; answers only when not replaying. */
inline apply(h, c) {
	if
	:: KIND(c) == SUBMIT -> submit(h, ARG(c))
	:: KIND(c) == WITHDRAW -> withdraw(h, ARG(c))
	:: KIND(c) == HELLO -> hello(h, ARG(c))
	:: KIND(c) == HANDOVER -> hand_over(h, ARG(c))
	:: KIND(c) == UNSENT -> not_sent(h, ARG(c) % 2, ARG(c) / 2)
	:: KIND(c) == ACK || KIND(c) == NAK ->
		acknowledged(h, ARG(c) % 2, ARG(c) / 2, KIND(c))
	:: KIND(c) == TICK -> tick(h)
#ifndef BOTH_WAYS
	:: KIND(c) == REPORT -> reported(h, ARG(c))
#endif
	fi
}

#define PAIR(to, from, field) \
	hub[to].field[0] = hub[from].field[0]; \
	hub[to].field[1] = hub[from].field[1]

inline copy(to, from) {
	PAIR(to, from, status);
	PAIR(to, from, place);
	PAIR(to, from, handover);
	PAIR(to, from, pushed);
	PAIR(to, from, cursor);
	PAIR(to, from, reached);
	PAIR(to, from, outstanding);
	PAIR(to, from, known);
	PAIR(to, from, entry);
	for (i : 0 .. 2 * SLOTS - 1) {
		hub[to].row[i] = hub[from].row[i]
	}
	hub[to].ended = hub[from].ended;
	hub[to].carried = hub[from].carried;
	i = 0
}

#ifdef BUG_UNSENT_ANY
#define NOTES true
#else
#define NOTES out_fresh
#endif

/* It did not leave: the member was gone. */
inline note_unsent() {
	if
	:: NOTES -> unsent = COMMAND(UNSENT, out_to + 2 * out_at)
	:: else
	fi;
	session[out_to] = false
}

inline leave(wire) {
	if
	:: session[out_to] && line[out_to] -> wire ! out_row, out_at
	:: session[out_to] && !line[out_to] -> skip /* into the void */
	:: !session[out_to] || !line[out_to] -> note_unsent()
	fi
}

/* The one frame that a command can send to a member that waits. */
inline send() {
	if
	:: out_row != NONE && out_row != EVENT &&
	    (recorded[0] || recorded[1]) -> late_handover = true
	:: else
	fi;
	if
	:: out_row == NONE
#ifdef BOTH_WAYS
	:: out_row != NONE && out_to == A -> leave(to_a)
#endif
	:: out_row != NONE && out_to == B -> leave(to_b)
	fi;
	d_step {
		out_row = NONE;
		out_at = 0;
		out_to = 0;
		out_fresh = false
	}
}

#define WAITS(who, at) (at > hub[NOW].cursor[who] && \
	hub[NOW].row[PLACE(who, at)] != NONE)
#ifndef BOTH_WAYS
#define WAITING(who) (WAITS(who, 1) || WAITS(who, 2) || WAITS(who, 3))
#else
#define WAITING(who) (WAITS(who, 1) || WAITS(who, 2))
#endif
/* A new connection, or a hub that forgot us said "say hello first". */
#define GREETS(who) (!line[who] || !session[who])
#define HANDS(who) (session[who] && \
	(who == A && len(to_a) < CREDIT || who == B && len(to_b) < CREDIT) && \
	WAITING(who))

#define take_ack(who, at) acks[PLACE(who, at)] != 0 -> \
	batch = COMMAND(acks[PLACE(who, at)], who + 2 * at); \
	acks[PLACE(who, at)] = 0

#ifdef BUG_ACK_EARLY
#define EARLY(m) receipt[m] = true
#else
#define EARLY(m) skip
#endif

/* kill -9 or a power cut: what is not on disk is gone. */
inline lose() {
	unsent = 0;
	session[A] = false;
	session[B] = false
}

/* Where the hub is killed, if it is. */
#define NEVER         0
#define BEFORE_FLUSH  1
#define BEFORE_APPLY  2
#define BEFORE_COMMIT 3
byte killed;
#define FLUSHES (killed != BEFORE_FLUSH)
#define ANSWERS (killed == NEVER || killed == BEFORE_COMMIT)
#define SPEAKS  (KIND(batch) == SUBMIT || KIND(batch) == WITHDRAW || \
	KIND(batch) == HANDOVER)

/*
 * One flush makes it durable; only then it is applied and answered. Killed
 * behind the flush, it is applied after the start, on the last commit, and
 * nothing is said. Then the store follows, and the journal may forget. With
 * more than one command in the journal this happens for each in turn.
 */
inline step() {
	if
	:: killed = NEVER
	/* Where nothing is said, it is the same as being killed when idle. */
	:: MAY_FAIL && KIND(batch) == SUBMIT -> FAIL killed = BEFORE_FLUSH
	:: MAY_FAIL && SPEAKS -> FAIL killed = BEFORE_APPLY
	:: MAY_FAIL && KIND(batch) == SUBMIT -> FAIL killed = BEFORE_COMMIT
	fi;
	d_step {
		if
		:: FLUSHES -> journal = batch
		:: else
		fi;
		answering = ANSWERS;
		do
		:: journal == 0 -> break
		:: else ->
			apply(NOW, journal);
#ifdef BUG_RELEASE_EARLY
			journal = 0;
#endif
			if
			:: answering && killed == BEFORE_COMMIT ->
				answering = false;
				copy(NOW, KEPT)
			:: else -> journal = 0
			fi
		od;
		answering = false;
		copy(KEPT, NOW)
	};
	send();
	d_step {
		if
		:: killed != NEVER -> lose()
		:: else
		fi;
		batch = 0;
		killed = NEVER
	}
}

/* What could not be sent is journalled before anything else is taken. */
#define QUIET (unsent == 0)

active proctype Hub() {
end:	do
	:: atomic {
		if
		:: unsent != 0 -> batch = unsent; unsent = 0
		:: QUIET && SENDS(0) -> batch = COMMAND(SUBMIT, 0); EARLY(0)
		:: QUIET && SENDS(1) && FOLLOWS ->
			batch = COMMAND(SUBMIT, 1); EARLY(1)
		:: QUIET && ENDS(0) -> batch = COMMAND(WITHDRAW, 0)
#ifdef BOTH_WAYS
		:: QUIET && GREETS(A) ->
			line[A] = true; session[A] = true;
			batch = COMMAND(HELLO, A)
		:: QUIET && HANDS(A) -> batch = COMMAND(HANDOVER, A)
		:: QUIET && take_ack(A, 1)
		:: QUIET && take_ack(A, 2)
#else
		:: QUIET && ENDS(1) -> batch = COMMAND(WITHDRAW, 1)
		:: QUIET && TICKS -> TICKED batch = COMMAND(TICK, 0)
		/* An outbox keeps its order. */
		:: QUIET && reports && hub[NOW].known[1] &&
		    hub[NOW].outstanding[B] ->
			reports = false; batch = COMMAND(REPORT, B)
		:: QUIET && take_ack(B, 3)
#endif
		:: QUIET && GREETS(B) ->
			line[B] = true; session[B] = true;
			batch = COMMAND(HELLO, B)
		:: QUIET && HANDS(B) -> batch = COMMAND(HANDOVER, B)
		:: QUIET && take_ack(B, 1)
		:: QUIET && take_ack(B, 2)
		fi;
		step() }
	:: atomic { MAY_FAIL && (session[A] || session[B] || !QUIET) -> FAIL
		lose() }
	od
}

inline effect(m) {
	d_step {
		if
		:: effects[m] < 2 -> effects[m]++
		:: else
		fi;
		if
		:: hub[NOW].carried -> late_effect = true
		:: else
		fi
	}
}

inline empty_out(wire) {
	do
	:: nempty(wire) -> wire ? _, _
	:: empty(wire) -> break
	od
}

inline drop(who, wire) {
	d_step {
		empty_out(wire);
		line[who] = false
	}
}

/* Stored, then acknowledged; killed in between, it comes again. */
inline acknowledge(who, wire, at, kind) {
	if
	:: hub[NOW].row[PLACE(who, at)] != NONE -> acks[PLACE(who, at)] = kind
	:: hub[NOW].row[PLACE(who, at)] == NONE /* does nothing */
	:: MAY_FAIL -> FAIL drop(who, wire)
	fi
}

#ifdef BUG_NO_DEDUPE
#define IS_NEW(m) true
#else
#define IS_NEW(m) (!stored[m])
#endif

inline take(who, wire, what, at) {
	if
	:: what == EVENT ->
#ifdef BUG_EVENT_ACK_EARLY
		acks[PLACE(who, at)] = ACK;
		if
		:: epoch[who] = true
		:: MAY_FAIL -> FAIL drop(who, wire)
		fi
#else
		epoch[who] = true;
		reports = false; /* this one says the same */
		acknowledge(who, wire, at, ACK)
#endif
#ifndef BUG_NO_DEDUPE
	:: what != EVENT && stored[what - 1] -> acknowledge(who, wire, at, ACK)
#endif
#if defined(BOTH_WAYS) || defined(BUG_NO_EPOCH)
/* Who reports only when the event comes, has taken all that was before it in
 * the queue: there the order is enough. */
#define REFUSES false
#else
#define REFUSES epoch[who]
	:: what != EVENT && IS_NEW(what - 1) && REFUSES ->
		acknowledge(who, wire, at, NAK)
#endif
	:: what != EVENT && IS_NEW(what - 1) && !REFUSES ->
		stored[what - 1] = true;
		effect(what - 1);
		acknowledge(who, wire, at, ACK)
	fi;
	what = 0;
	at = 0
}

/* Somebody reads what was stored, as long as the dossier is open. */
inline read(m) {
	atomic { TO(m) == me && stored[m] && !epoch[me] && hub[NOW].carried ->
		late_effect = true }
}

inline member(wire) {
end:	do
	:: atomic { line[me] && MAY_FAIL -> FAIL drop(me, wire) }
	:: atomic { wire ? what, at -> take(me, wire, what, at) }
	:: read(0)
	:: read(1)
	/* With a code, at B's own desk: B ends what it knows of. When it had
	 * passed things on, and that has come through, it reports at once:
	 * what is under way to it then comes after its word. */
#ifndef BOTH_WAYS
	:: atomic { stored[0] && !epoch[me] -> epoch[me] = true;
		if
		:: reports = true
		:: skip
		fi }
#endif
	od
}

#ifdef BOTH_WAYS
proctype MemberA() { byte me = A, what, at; member(to_a) }
#endif
proctype MemberB() { byte me = B, what, at; member(to_b) }

init {
	atomic {
#ifdef LIVE
		if :: will_withdraw[0] = true :: skip fi;
		if :: will_withdraw[1] = true :: skip fi;
		if :: will_tick = true :: skip fi;
#endif
#ifdef BOTH_WAYS
		run MemberA();
#endif
		run MemberB()
	}
}

/* What the hub would know if it were killed now and started again. */
#define IDLE       (batch == 0)
#define KNOWN(m)   (hub[NOW].status[m] != NONE)
#define OPEN(m)    (hub[NOW].status[m] == QUEUED)
#define P1(m)      ((!receipt[m] || KNOWN(m)) && \
	(!recorded[m] || hub[NOW].known[m]))
#define P6(m)      ((!refusal[m] || hub[NOW].entry[m]) && \
	(hub[NOW].status[m] != REFUSED || hub[NOW].entry[m]))
#define p_durable  (!IDLE || (P1(0) && P1(1)))
#define p_once     (effects[0] <= 1 && effects[1] <= 1)
#define p_handover (!late_handover)
#define p_carried  (!late_effect)
#define p_entry    (P6(0) && P6(1))

ltl durable  { [] p_durable }
ltl once     { [] p_once }
ltl handover { [] p_handover }
ltl carried  { [] p_carried }
ltl entry    { [] p_entry }
ltl ending   { [] ((OPEN(0) -> <> !OPEN(0)) && (OPEN(1) -> <> !OPEN(1))) }
/* All of the above but one: what a mutation leaves standing. */
#ifdef BUT_durable
#define r_durable true
#else
#define r_durable p_durable
#endif
#ifdef BUT_once
#define r_once true
#else
#define r_once p_once
#endif
#ifdef BUT_handover
#define r_handover true
#else
#define r_handover p_handover
#endif
#ifdef BUT_carried
#define r_carried true
#else
#define r_carried p_carried
#endif
#ifdef BUT_entry
#define r_entry true
#else
#define r_entry p_entry
#endif
ltl rest { [] (r_durable && r_once && r_handover && r_carried && r_entry) }
