package io.presence.engine;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

import io.presence.LeaveReason;
import io.presence.json.JsonText;

/**
 * A key with at least one connection of this instance in a topic, or one that lingers:
 * the hold that the store is asked to keep. Its tabs are ordered by when their data came,
 * the newest first.
 */
final class LocalMember {

	final String key;

	private @Nullable Subscription newest;

	private List<PendingJoin> pending = List.of();

	/** Whether the store has settled that this instance holds the key. */
	boolean held;

	/** The data that the store was told last. */
	@Nullable JsonText told;

	/** The stamp that the store was told last. */
	long toldStamp;

	/** Whether the store was told last that the hold yields. */
	boolean toldYielding;

	/** Why the connections went, while the hold lingers. */
	@Nullable LeaveReason lingering;

	/** Whether another instance may take the hold over while it lingers. */
	boolean yielding;

	LocalMember(String key) {
		this.key = key;
	}

	Subscription newest() {
		Subscription newest = this.newest;
		if (newest == null) {
			throw new IllegalStateException("No tab is left of the member");
		}
		return newest;
	}

	boolean isEmpty() {
		return this.newest == null;
	}

	JsonText data() {
		JsonText data = newest().data;
		if (data == null) {
			throw new IllegalStateException("A tab has no data");
		}
		return data;
	}

	/**
	 * Tells whether the store knows of this hold anything else than what is true.
	 */
	boolean isToldOtherwise() {
		return !data().equals(this.told) || newest().stamp < this.toldStamp || this.toldYielding != this.yielding;
	}

	/**
	 * Tells whether the roster may show other data than this because the store was not
	 * told of the newest tab.
	 * @param shown the data that the roster shows
	 */
	boolean isToldOutOfOrder(@Nullable JsonText shown) {
		return this.told != null && this.toldStamp < newest().stamp && !data().equals(shown);
	}

	int tabs() {
		int tabs = 0;
		for (Subscription tab = this.newest; tab != null; tab = tab.older) {
			tabs++;
		}
		return tabs;
	}

	List<Subscription> copyOfTabs() {
		List<Subscription> tabs = new ArrayList<>();
		for (Subscription tab = this.newest; tab != null; tab = tab.older) {
			tabs.add(tab);
		}
		return tabs;
	}

	void add(Subscription tab) {
		tab.older = this.newest;
		this.newest = tab;
		tab.member = this;
	}

	/**
	 * Puts a tab where it belongs by its stamp.
	 */
	void addInOrder(Subscription tab) {
		Subscription newer = null;
		Subscription older = this.newest;
		while (older != null && older.stamp > tab.stamp) {
			newer = older;
			older = older.older;
		}
		tab.older = older;
		tab.member = this;
		if (newer != null) {
			newer.older = tab;
		}
		else {
			this.newest = tab;
		}
	}

	void remove(Subscription tab) {
		Subscription newer = null;
		for (Subscription each = this.newest; each != null; each = each.older) {
			if (each == tab) {
				if (newer == null) {
					this.newest = tab.older;
				}
				else {
					newer.older = tab.older;
				}
				tab.older = null;
				tab.member = null;
				return;
			}
			newer = each;
		}
	}

	/**
	 * Moves a tab to the front, because it has new data.
	 */
	void renew(Subscription tab) {
		remove(tab);
		add(tab);
	}

	void addPending(PendingJoin join) {
		if (this.pending.isEmpty()) {
			this.pending = new ArrayList<>(1);
		}
		this.pending.add(join);
	}

	boolean isPending(Subscription tab) {
		return this.pending.stream()
			.anyMatch((join) -> join.tab() == tab && join.request().kind() != JoinRequest.Kind.UPDATE);
	}

	List<PendingJoin> takePending() {
		List<PendingJoin> taken = this.pending;
		this.pending = List.of();
		return taken;
	}

	List<PendingJoin> takePending(Subscription tab) {
		if (this.pending.isEmpty()) {
			return List.of();
		}
		List<PendingJoin> taken = new ArrayList<>();
		this.pending.removeIf((join) -> join.tab() == tab && taken.add(join));
		return taken;
	}

	/**
	 * A join, or an update, that waits until the store has settled it.
	 *
	 * @param tab the tab
	 * @param request what was asked
	 * @param former what the tab was before, if it had another key
	 */
	record PendingJoin(Subscription tab, JoinRequest request, @Nullable Former former) {

	}

	/**
	 * What a tab was before it got another key.
	 *
	 * @param key the key that it had
	 * @param data the data that it had
	 * @param stamp when that came
	 */
	record Former(String key, JsonText data, long stamp) {

	}

}
