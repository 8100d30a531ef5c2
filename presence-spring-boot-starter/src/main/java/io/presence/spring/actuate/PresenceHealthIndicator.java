package io.presence.spring.actuate;

import java.util.function.Supplier;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;

import io.presence.store.StoreHealth;

/**
 * Tells how presence is: {@code UP}, or {@code DEGRADED} while the store that the
 * instances share is away. A degraded instance goes on serving, so that the status
 * neither takes the application down nor out of a load balancer. Asking does no I/O.
 */
public final class PresenceHealthIndicator implements HealthIndicator {

	/** This instance serves, but does not see the others. */
	public static final Status DEGRADED = new Status("DEGRADED",
			"This instance serves its connections, but the instances cannot see each other's members");

	private final Supplier<StoreHealth> health;

	/**
	 * Creates an indicator.
	 * @param health tells how the store is
	 */
	public PresenceHealthIndicator(Supplier<StoreHealth> health) {
		this.health = health;
	}

	@Override
	public Health health() {
		StoreHealth health = this.health.get();
		return new Health.Builder(health.available() ? Status.UP : DEGRADED, health.details()).build();
	}

}
