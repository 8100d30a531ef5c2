package io.presence.redis;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.presence.LeaveReason;
import io.presence.PresenceEvent;
import io.presence.redis.SimulatedInstance.Event;
import io.presence.redis.SimulatedInstance.Tab;
import io.presence.redis.SimulationProfile.Break;

/**
 * Who was where and when in a simulated run, and what instances may therefore tell: that
 * somebody joins or leaves, each in turn, nobody who is there or within the grace time
 * leaves, nobody joins who is not there, and no two instances claim the same edge.
 */
final class SimulatedTruth {

	/** How long after a join or a leave observers may still not know of it. */
	private static final long SETTLING = 2000;

	/**
	 * How long a connection that is held up may delay what others see, a stall of 6 s and
	 * the rest.
	 */
	private static final long HELD_UP = 7000;

	/** How long before its death an instance may have renewed its lease the last time. */
	private static final long RENEWED = 5500;

	private final SimulatedTime time;

	private final SimulationLog log;

	private final SimulationProfile profile;

	private final RedisStoreSettings settings;

	private final long settling;

	private final List<Tab> tabs = new ArrayList<>();

	private final List<Tab> unstored = new ArrayList<>();

	private final Map<String, Boolean> shown = new HashMap<>();

	private final Map<String, Claim> claims = new HashMap<>();

	private final Map<String, Integer> joins = new HashMap<>();

	private long awaySince = -1;

	private long backAt = Long.MIN_VALUE / 2;

	private long flushedAt = Long.MIN_VALUE / 2;

	private long rolledBackAt = Long.MIN_VALUE / 2;

	private boolean ending;

	private int heard;

	SimulatedTruth(SimulatedTime time, SimulationLog log, SimulationProfile profile, RedisStoreSettings settings,
			SimulatedLink.Faults faults) {
		this.time = time;
		this.log = log;
		this.profile = profile;
		this.settings = settings;
		this.settling = (faults.stalled > 0) ? HELD_UP : SETTLING;
	}

	List<Tab> tabs() {
		return this.tabs;
	}

	int heard() {
		return this.heard;
	}

	void opened(Tab tab) {
		this.tabs.add(tab);
		this.unstored.add(tab);
	}

	/**
	 * Looks which of those who joined Redis has by now.
	 * @param server the server
	 */
	void look(SimulatedServer server) {
		this.unstored.removeIf((tab) -> {
			if (tab.joinedAt >= 0 && isStored(tab, server)) {
				tab.storedAt = this.time.millis();
			}
			return tab.storedAt >= 0 || tab.closedAt >= 0;
		});
	}

	private static boolean isStored(Tab tab, SimulatedServer server) {
		String holds = server.model().field(SimulatedServer.key(tab.topic), "m" + Octets.of(tab.key));
		String registration = tab.owner.store().registrations().get(Keys.bucket(tab.topic));
		return holds != null && holds.contains(registration + ":");
	}

	void flushed() {
		this.flushedAt = this.time.millis();
	}

	/**
	 * Hears that versions went back. What is told under one that was there before is only
	 * known when versions are compared again.
	 */
	void rolledBack() {
		this.rolledBackAt = this.time.millis();
	}

	/**
	 * Hears that everybody goes now, so that leaves are right.
	 */
	void ending() {
		this.ending = true;
	}

	void away() {
		if (this.awaySince < 0) {
			this.awaySince = this.time.millis();
		}
	}

	/**
	 * Hears that Redis is there. What happened while it was away is known from now on.
	 */
	void back() {
		if (this.awaySince >= 0) {
			for (Tab tab : this.tabs) {
				if (tab.joinedAt < 0 || Math.max(tab.joinedAt, tab.hiddenUntil) > this.awaySince - HELD_UP) {
					tab.hiddenUntil = this.time.millis() + 1000;
				}
			}
			this.awaySince = -1;
			this.backAt = this.time.millis();
		}
	}

	/**
	 * Returns how long an instance may be frozen without being believed dead.
	 */
	long harmless() {
		return longest() - this.settings.leaseRenewal().toMillis() - 1000;
	}

	/**
	 * Returns how long an instance may be frozen that Redis forgets meanwhile. Only
	 * others know of it then, for a lease at most, whatever the grace time.
	 */
	private long harmlessWhenForgotten() {
		return this.settings.lease().minus(this.settings.leaseRenewal()).toMillis() - 1000;
	}

	void heard(Event event) {
		this.heard++;
		String instance = event.instance().name();
		if (event.event() instanceof PresenceEvent.Left left) {
			this.log.say("%s hears %s left %s (%s%s)", instance, left.topic(), left.key(), left.reason(),
					left.origin() ? ", origin" : "");
			turn(event, left.topic(), left.key(), false, left.origin());
			boolean ownWithoutRedis = event.degraded() && left.origin();
			if (!this.ending && !event.instance().isCatchingUp() && !ownWithoutRedis) {
				checkLeave(event, left);
			}
		}
		else if (event.event() instanceof PresenceEvent.Joined joined) {
			this.log.say("%s hears %s joined %s %s%s", instance, joined.topic(), joined.key(), joined.member().data(),
					joined.origin() ? ", origin" : "");
			turn(event, joined.topic(), joined.key(), true, joined.origin());
			this.joins.merge(instance + " " + joined.topic() + " " + joined.key(), 1, Integer::sum);
			if (!event.instance().isCatchingUp()) {
				checkJoin(event, joined);
			}
		}
	}

	private void turn(Event event, String topic, String key, boolean joined, boolean origin) {
		String name = event.instance().name();
		Boolean before = this.shown.put(name + " " + topic + " " + key, joined);
		if (before != null && before == joined) {
			this.log.fail("%s was told twice in a row that %s %s %s", name, key, joined ? "joined" : "left", topic);
		}
		String member = topic + " " + key;
		Claim last = this.claims.get(member);
		if (last != null && last.joined != joined) {
			this.claims.remove(member);
		}
		if (origin && this.profile.tellsEverything() && !event.degraded()
				&& !event.instance().link().wasCutWithin(HELD_UP)) {
			Claim claim = new Claim(name, joined, event.at());
			Claim other = this.claims.put(member, claim);
			if (other != null && !other.instance.equals(name) && other.joined == joined
					&& !isAnother(topic, key, other.at, joined)) {
				this.log.fail("%s and %s both caused it that %s %s %s", other.instance, name, key,
						joined ? "joined" : "left", topic);
			}
		}
	}

	/**
	 * Tells whether a member has left since it joined, or the other way round, whether or
	 * not everybody was told.
	 */
	private boolean isAnother(String topic, String key, long since, boolean joined) {
		return this.tabs.stream()
			.filter((tab) -> tab.isOf(topic, key))
			.anyMatch((tab) -> joined ? wasLast(tab, since) : tab.openedAt > since - SETTLING);
	}

	private boolean wasLast(Tab gone, long since) {
		long at = Math.max(gone.closedAt, gone.owner.diedAt());
		return at > since - SETTLING && this.tabs.stream()
			.filter((tab) -> tab != gone && tab.isOf(gone.topic, gone.key) && tab.openedAt <= at)
			.allMatch((tab) -> Math.max(tab.closedAt, tab.owner.diedAt()) >= 0
					&& Math.max(tab.closedAt, tab.owner.diedAt()) <= at);
	}

	private void checkLeave(Event heard, PresenceEvent.Left left) {
		for (Tab tab : this.tabs) {
			if (!tab.isOf(left.topic(), left.key()) || tab.refusal != null) {
				continue;
			}
			SimulatedInstance owner = tab.owner;
			long grace = this.settings.grace().toMillis() - 300;
			boolean forgotten = owner.wasFrozenAt(this.flushedAt);
			boolean trusted = owner.isTrusted(forgotten ? harmlessWhenForgotten() : harmless());
			if (tab.closedAt < 0 && isKnown(tab, heard.at()) && trusted
					&& !(forgotten && heard.instance().startedAt() >= this.flushedAt)) {
				this.log.fail("%s saw %s leave %s (%s), who is there on %s since %d", heard.instance().name(), tab.key,
						tab.topic, left.reason(), owner.name(), tab.joinedAt);
			}
			else if (tab.disconnected && !isTakenOver(tab) && isKnown(tab, tab.closedAt)
					&& heard.at() - tab.closedAt < grace && trusted && !isEndedByChoice(tab, left.reason())) {
				this.log.fail("%s saw %s leave %s (%s) %d ms after %s lost its connection, within the grace time",
						heard.instance().name(), tab.key, tab.topic, left.reason(), heard.at() - tab.closedAt,
						owner.name());
			}
			else if (tab.closedAt < 0 && isDeathChecked(owner) && isKnown(tab, owner.diedAt())
					&& heard.at() - owner.diedAt() < longest() - RENEWED) {
				this.log.fail("%s saw %s leave %s (%s) %d ms after %s died, before its lease was over",
						heard.instance().name(), tab.key, tab.topic, left.reason(), heard.at() - owner.diedAt(),
						owner.name());
			}
		}
	}

	/**
	 * Tells whether nothing but its lease ends what a dead instance held. If Redis
	 * forgets it, nobody else knows how long it should have lasted.
	 */
	private boolean isDeathChecked(SimulatedInstance owner) {
		return owner.isKilled() && owner.isTrustedWhenKilled() && this.flushedAt < owner.diedAt() - RENEWED
				&& this.settings.grace().toMillis() > 0 && !this.profile.deletes()
				&& !this.profile.breaksAny(Break.RESTART, Break.FREEZE_REDIS);
	}

	/**
	 * Tells whether the member came back where it lost its connection. From then on the
	 * connection counts with which it came.
	 */
	private boolean isTakenOver(Tab lost) {
		return this.tabs.stream()
			.anyMatch((tab) -> tab != lost && tab.owner == lost.owner && tab.isOf(lost.topic, lost.key)
					&& tab.openedAt >= lost.closedAt && tab.joinedAt >= 0 && tab.refusal == null);
	}

	/**
	 * Tells whether the grace time of a connection was over because the member left on
	 * another one. Where instances that do not live still held the member, it is theirs
	 * to end.
	 */
	private boolean isEndedByChoice(Tab lost, LeaveReason reason) {
		return this.tabs.stream()
			.filter((tab) -> tab.isOf(lost.topic, lost.key) && !tab.disconnected
					&& tab.closedAt > lost.closedAt - this.settling)
			.anyMatch((tab) -> reason == LeaveReason.LEAVE || reason == LeaveReason.UNKNOWN || wasLastLiving(tab));
	}

	private boolean wasLastLiving(Tab left) {
		return this.tabs.stream()
			.filter((tab) -> tab != left && tab.isOf(left.topic, left.key) && tab.openedAt <= left.closedAt)
			.allMatch(
					(tab) -> (tab.closedAt >= 0 && tab.closedAt <= left.closedAt) || !tab.owner.isTrusted(harmless()));
	}

	private void checkJoin(Event heard, PresenceEvent.Joined joined) {
		if (this.awaySince >= 0 || heard.at() - this.backAt < HELD_UP || this.profile.deletes()
				|| this.profile.breaksAny(Break.RESTART)) {
			return;
		}
		boolean explained = this.tabs.stream()
			.anyMatch((tab) -> tab.isOf(joined.topic(), joined.key()) && mayBeShown(tab, heard.at()));
		if (!explained) {
			this.log.fail("%s saw %s join %s, who is not there", heard.instance().name(), joined.key(), joined.topic());
		}
	}

	private boolean mayBeShown(Tab tab, long now) {
		long since = Math.max(tab.closedAt, tab.owner.diedAt());
		return (tab.closedAt < 0 && !tab.owner.isKilled()) || !tab.owner.isTrusted(harmless())
				|| now - since < this.settling + (tab.disconnected ? this.settings.grace().toMillis() : 0);
	}

	/**
	 * Tells whether everyone must have heard of a join. What happens while Redis is away
	 * is known when it is back.
	 */
	private boolean isKnown(Tab tab, long now) {
		long since = Math.max(tab.storedAt, tab.hiddenUntil);
		long comparing = this.settings.leaseRenewal().toMillis() + 1000;
		if (now - this.rolledBackAt < comparing && since > this.rolledBackAt - comparing) {
			return false;
		}
		return tab.storedAt >= 0 && now - since > this.settling
				&& (this.awaySince < 0 || since < this.awaySince - this.settling);
	}

	/**
	 * That an instance caused an edge.
	 */
	private record Claim(String instance, boolean joined, long at) {

	}

	private long longest() {
		return Math.max(this.settings.grace().toMillis(), this.settings.lease().toMillis());
	}

	/**
	 * Checks, where nothing broke, that each time that a member was there was seen as one
	 * join by everybody, unless it came or went in the same moment again.
	 * @param instances the instances that were there all the time
	 */
	void checkEdges(List<SimulatedInstance> instances) {
		Map<String, List<Tab>> members = new HashMap<>();
		this.tabs.forEach(
				(tab) -> members.computeIfAbsent(tab.topic + " " + tab.key, (absent) -> new ArrayList<>()).add(tab));
		members.forEach((member, of) -> {
			int times = times(of);
			for (SimulatedInstance instance : instances) {
				int seen = this.joins.getOrDefault(instance.name() + " " + member, 0);
				if (times >= 0 && seen != times) {
					this.log.fail("%s saw %s join %d times and not %d times", instance.name(), member, seen, times);
				}
			}
		});
	}

	private static int times(List<Tab> tabs) {
		int times = 0;
		long until = Long.MIN_VALUE / 2;
		for (Tab tab : tabs.stream().sorted(Comparator.comparingLong((tab) -> tab.openedAt)).toList()) {
			long end = (tab.closedAt < 0) ? Long.MAX_VALUE : tab.closedAt;
			boolean beforeAllWatch = tab.openedAt < 100;
			if (beforeAllWatch || Math.abs(tab.openedAt - until) < 100 || end - tab.openedAt < 100) {
				return -1;
			}
			times += (tab.openedAt > until) ? 1 : 0;
			until = Math.max(until, end);
		}
		return times;
	}

}
