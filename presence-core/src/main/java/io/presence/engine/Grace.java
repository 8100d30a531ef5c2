package io.presence.engine;

import io.presence.LeaveReason;
import io.presence.concurrent.Mailbox;
import io.presence.privacy.MemberKeys;

/**
 * Lets a member linger for the grace time after its last connection was lost. Another
 * instance may take its hold over meanwhile.
 */
final class Grace {

	private final Mailbox topic;

	private final boolean keyed;

	private final EngineContext context;

	private final Participants participants;

	private final Watch watch;

	private final Membership membership;

	private final TopicUse use;

	Grace(Mailbox topic, boolean keyed, EngineContext context, Participants participants, Watch watch,
			Membership membership, TopicUse use) {
		this.topic = topic;
		this.keyed = keyed;
		this.context = context;
		this.participants = participants;
		this.watch = watch;
		this.membership = membership;
		this.use = use;
	}

	/**
	 * Tells whether a member stays when its connection closes.
	 */
	boolean covers(LocalMember member, LeaveReason reason) {
		return !this.context.settings().grace().isZero() && this.keyed && !MemberKeys.isGenerated(member.key)
				&& member.held && member.tabs() == 1
				&& (reason == LeaveReason.DISCONNECT || reason == LeaveReason.TIMEOUT);
	}

	void begin(LocalMember member, Subscription subscription, LeaveReason reason) {
		this.membership.withdraw(member, subscription);
		member.lingering = reason;
		member.yielding = this.watch.view().isElsewhere(member.key);
		this.participants.markIfToldOtherwise(member);
		subscription.graceEnd = this.context.scheduler().schedule(() -> this.topic.tell(() -> {
			if (subscription.member == member && member.lingering != null) {
				this.membership.depart(subscription, reason);
				this.use.tidy(subscription);
			}
		}), this.context.settings().grace());
	}

}
