package io.presence.redis.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test that sets the wall clock of processes. It needs the packages {@code libfaketime}
 * and {@code redis-tools}; without them it is disabled, or fails if
 * {@code PRESENCE_REQUIRE_FAKETIME} is {@code true}.
 */
@Target({ ElementType.TYPE, ElementType.METHOD })
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(WallClockCondition.class)
public @interface WallClockTest {

}
