package io.presence.spring.conformance;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Names the sentences of {@code sentences.txt} that a check gives its verdict on.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@interface Verifies {

	/**
	 * Returns the numbers of the sentences.
	 */
	String[] value();

}
