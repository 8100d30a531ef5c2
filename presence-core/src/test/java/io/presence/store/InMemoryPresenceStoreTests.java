package io.presence.store;

class InMemoryPresenceStoreTests extends PresenceStoreContract {

	@Override
	protected PresenceStore create(int maxMembersPerTopic) {
		return new InMemoryPresenceStore(Runnable::run, maxMembersPerTopic);
	}

}
