package io.presence.redis;

import java.util.concurrent.Executor;
import java.util.function.Supplier;

import io.presence.concurrent.Scheduler;
import io.presence.store.LocalHolds;
import io.presence.store.StoreListener;

/**
 * What the parts of the store share.
 *
 * @param settings how it works
 * @param keys the names of what is kept in Redis
 * @param link the connections to Redis
 * @param scheduler time, and work to be done later
 * @param executor what runs tasks that no caller runs
 * @param clock the clock of Redis
 * @param problems what hears of problems
 * @param chance what draws random numbers and ids
 * @param local what is true of this instance's connections
 * @param listener what hears of changes
 */
record StoreContext(RedisStoreSettings settings, Keys keys, RedisLink link, Scheduler scheduler, Executor executor,
		RedisClock clock, Problems problems, Chance chance, LocalHolds local, StoreListener listener) {

	/**
	 * Draws random numbers and ids.
	 *
	 * @param ids what draws an id that is never drawn twice: letters and digits
	 * @param jitterMillis what draws some milliseconds by which instances keep out of
	 * each other's way
	 */
	record Chance(Supplier<String> ids, Supplier<Long> jitterMillis) {

	}

}
