package io.presence.redis;

import java.util.List;

/**
 * What a script replied, read with the certainty that it is of the right form, or an
 * exception that says that it is not.
 *
 * @param items the items
 */
record Reply(List<?> items) {

	int size() {
		return this.items.size();
	}

	String text(int index) {
		Object item = item(index);
		return (item instanceof String text) ? text : String.valueOf(number(index));
	}

	long number(int index) {
		Object item = item(index);
		if (item instanceof Long number) {
			return number;
		}
		long number = (item instanceof String text) ? Numbers.decimal(text) : -1;
		if (number < 0) {
			throw new MalformedReplyException("a number", item);
		}
		return number;
	}

	Reply list(int index) {
		if (item(index) instanceof List<?> list) {
			return new Reply(list);
		}
		throw new MalformedReplyException("a list", item(index));
	}

	private Object item(int index) {
		if (index >= this.items.size()) {
			throw new MalformedReplyException("more than " + index + " items", this.items);
		}
		Object item = this.items.get(index);
		if (item == null) {
			throw new MalformedReplyException("no null at " + index, this.items);
		}
		return item;
	}

	/**
	 * Thrown when a reply is not what the script gives.
	 */
	static final class MalformedReplyException extends RuntimeException {

		private static final long serialVersionUID = 1L;

		MalformedReplyException(String expected, Object found) {
			super("A script's reply should have " + expected + " where it has: " + found);
		}

	}

}
