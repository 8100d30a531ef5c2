package io.presence.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import io.presence.store.RosterChange;
import io.presence.store.StoredRoster;

/**
 * The topics of a bucket that this instance watches.
 */
final class Watches {

	/** How long messages may be overtaken by answers that were given later. */
	static final Duration OVERTAKING = Duration.ofMillis(500);

	private static final Duration LINGER = Duration.ofSeconds(5);

	private final Bucket bucket;

	private final StoreContext context;

	private final Map<String, Watch> watches = new ConcurrentHashMap<>();

	private final ReadQueue reads = new ReadQueue();

	Watches(Bucket bucket) {
		this.bucket = bucket;
		this.context = bucket.context();
	}

	/**
	 * Returns a watched topic.
	 * @param topic the name of the topic
	 * @return the watched topic, on any thread, {@code null} if it is not watched
	 */
	@Nullable Watch get(String topic) {
		return this.watches.get(topic);
	}

	void watch(String topic) {
		use(topic).want();
	}

	void unwatch(String topic) {
		Watch watch = this.watches.get(topic);
		if (watch != null && watch.unwant()) {
			drop(watch);
		}
	}

	/**
	 * Watches a topic until its roster is known.
	 * @param topic the name of the topic
	 * @param asker what takes the roster
	 */
	void read(String topic, Consumer<StoredRoster> asker) {
		Watch watch = use(topic);
		watch.ask(asker);
		linger(watch);
	}

	void subscribed(String topic) {
		Watch watch = this.watches.get(topic);
		if (watch != null) {
			watch.reader().subscribed();
		}
	}

	void message(String topic, TopicMessage message) {
		Watch watch = this.watches.get(topic);
		if (watch != null) {
			watch.message(message);
		}
	}

	/**
	 * Learns that something was published that cannot be understood, so that something of
	 * the topic may have changed.
	 * @param topic the name of the topic
	 */
	void unreadableMessage(String topic) {
		Watch watch = this.watches.get(topic);
		if (watch != null && watch.replica().isLoaded()) {
			watch.reader().request();
		}
	}

	/**
	 * Compares the versions that Redis told with those of the replicas. An answer can
	 * overtake messages, so a difference counts only when it stays.
	 * @param asked the topics
	 * @param stood the versions of the replicas when Redis was asked
	 * @param versions the versions in Redis
	 */
	void compareVersions(List<Watch> asked, long[] stood, Reply versions) {
		List<Runnable> checks = new ArrayList<>();
		for (int i = 0; i < asked.size(); i++) {
			Watch watch = asked.get(i);
			long version = versions.number(i);
			long before = stood[i];
			if (watch.differsFrom(version)) {
				checks.add(() -> {
					if (watch.replica().version() == before && watch.differsFrom(version)) {
						watch.reader().request();
					}
				});
			}
		}
		if (!checks.isEmpty()) {
			this.bucket.calls().later(OVERTAKING, () -> checks.forEach(Runnable::run));
		}
	}

	/**
	 * Learns what this instance removed for one that had died. The answer can overtake
	 * messages, so it counts only when the message that tells it does not come.
	 * @param registration the registration that had died
	 * @param version the version that the topic got
	 * @param gone the members that left
	 * @return whether the topic is watched for more than a read, so that its listener
	 * hears of them
	 */
	boolean reaped(String registration, long version, RosterChange gone) {
		Watch watch = this.watches.get(gone.topic());
		if (watch == null || !watch.isWanted() || !watch.replica().isLoaded()) {
			return false;
		}
		this.bucket.calls().later(OVERTAKING, () -> {
			if (watch.replica().version() < version) {
				watch.reaped(registration, gone);
			}
		});
		return true;
	}

	/**
	 * Collects the registrations that are seen in watched topics.
	 * @param registrations what takes them
	 */
	void registrations(Collection<String> registrations) {
		this.watches.values().forEach((watch) -> watch.replica().registrations(registrations));
	}

	/**
	 * Returns the watched topics in which a registration is seen.
	 * @param registration the registration
	 * @return the names of the topics
	 */
	List<String> topicsOf(String registration) {
		List<String> topics = new ArrayList<>();
		this.watches.values().forEach((watch) -> {
			Set<String> seen = new HashSet<>();
			watch.replica().registrations(seen);
			if (seen.contains(registration)) {
				topics.add(watch.topic());
			}
		});
		return topics;
	}

	Collection<String> names() {
		return List.copyOf(this.watches.keySet());
	}

	Collection<String> topics() {
		return this.watches.values().stream().filter((watch) -> !watch.replica().isAbsent()).map(Watch::topic).toList();
	}

	/**
	 * Shows everything anew, because the registration changed.
	 */
	void refreshAll() {
		List.copyOf(this.watches.values()).forEach(Watch::refreshAll);
	}

	/**
	 * Reads what could not be read while Redis was away.
	 */
	void open() {
		List.copyOf(this.watches.values()).forEach((watch) -> watch.reader().retry());
	}

	private Watch use(String topic) {
		Watch watch = this.watches.get(topic);
		if (watch == null) {
			Watch created = new Watch(this.bucket, this.reads, topic);
			this.watches.put(topic, created);
			this.context.link().subscribe(this.bucket.number(), created.channel());
			this.bucket.calls().later(this.context.settings().patience(), created::showTruth);
			watch = created;
		}
		watch.use();
		return watch;
	}

	private void linger(Watch watch) {
		int uses = watch.uses();
		this.bucket.calls().later(LINGER, () -> {
			if (!watch.isWanted() && !watch.isDropped() && watch.uses() == uses) {
				drop(watch);
			}
		});
	}

	private void drop(Watch watch) {
		watch.drop();
		this.watches.remove(watch.topic());
		this.context.link().unsubscribe(this.bucket.number(), watch.channel());
		this.bucket.settlements().dropped(watch);
		watch.answer(true);
	}

}
