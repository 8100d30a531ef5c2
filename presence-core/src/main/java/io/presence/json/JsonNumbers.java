package io.presence.json;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;

import io.presence.PresenceDataException;
import tools.jackson.core.io.NumberOutput;

/**
 * Writes numbers in their one canonical form: equal values have equal texts, however they
 * were written or typed.
 * <p>
 * The form is that of JavaScript's {@code JSON.stringify}: the shortest digits, without
 * an exponent from 1e-6 up to below 1e21, else as {@code 1.5e+21} or {@code 1.5e-7}. What
 * JavaScript cannot read back as a finite number other than zero is refused. Numbers with
 * more digits than a double has are kept exactly; JavaScript rounds them when it reads
 * them, so identifiers beyond 2^53 are better strings.
 */
final class JsonNumbers {

	private static final double MAX_EXACT = 1L << 53;

	private static final MathContext ONE_DIGIT = new MathContext(1);

	private final int maxLength;

	private final int maxBits;

	JsonNumbers(int maxLength) {
		this.maxLength = maxLength;
		this.maxBits = (int) Math.min(Integer.MAX_VALUE, maxLength * 10L / 3 + 1);
	}

	String canonical(double value) {
		if (value == Math.rint(value) && Math.abs(value) <= MAX_EXACT) {
			return Long.toString((long) value);
		}
		if (!Double.isFinite(value)) {
			throw new PresenceDataException("JSON has no number " + value);
		}
		return canonical(shortest(value));
	}

	/**
	 * Returns the shortest decimal that reads back as the double, on every JDK the same.
	 */
	static BigDecimal shortest(double value) {
		BigDecimal decimal = new BigDecimal(NumberOutput.toString(value, true));
		if (Math.abs(value) < Double.MIN_NORMAL) {
			// Java's form has at least two digits, where one may do.
			BigDecimal digit = decimal.round(ONE_DIGIT);
			return (digit.doubleValue() == value) ? digit : decimal;
		}
		return decimal;
	}

	String canonical(float value) {
		if (!Float.isFinite(value)) {
			throw new PresenceDataException("JSON has no number " + value);
		}
		return canonical(new BigDecimal(NumberOutput.toString(value, true)));
	}

	String canonical(BigInteger value) {
		return (value.bitLength() < 64) ? Long.toString(value.longValue()) : canonical(new BigDecimal(value));
	}

	String canonical(BigDecimal value) {
		if (value.signum() == 0) {
			return "0";
		}
		// Before any conversion to decimal digits, whose cost grows with their square.
		if (value.unscaledValue().bitLength() > this.maxBits) {
			throw tooLong();
		}
		BigDecimal stripped = value.stripTrailingZeros();
		String digits = stripped.unscaledValue().abs().toString();
		if (digits.length() > this.maxLength) {
			throw tooLong();
		}
		long point = (long) digits.length() - stripped.scale();
		if (point > 309 || point < -323 || !isFiniteDouble(stripped)) {
			throw new PresenceDataException("A number near 1e" + (point - 1) + " is outside the range of a double");
		}
		return format(stripped.signum() < 0, digits, (int) point);
	}

	String canonical(String text) {
		if (isCanonicalInteger(text)) {
			return text;
		}
		if (text.length() > 2L * this.maxLength) {
			throw tooLong();
		}
		try {
			return canonical(new BigDecimal(text));
		}
		catch (NumberFormatException | ArithmeticException ex) {
			throw new PresenceDataException(Quoted.of(text) + " is no number that can be kept", ex);
		}
	}

	private static boolean isFiniteDouble(BigDecimal value) {
		double approximate = value.doubleValue();
		return approximate != 0 && Double.isFinite(approximate);
	}

	private static boolean isCanonicalInteger(String text) {
		int length = text.length();
		int start = text.startsWith("-") ? 1 : 0;
		if (length == start || length > 18 || (text.charAt(start) == '0' && length > 1)) {
			return false;
		}
		for (int i = start; i < length; i++) {
			if (text.charAt(i) < '0' || text.charAt(i) > '9') {
				return false;
			}
		}
		return true;
	}

	/**
	 * Formats a number as ECMAScript does.
	 * @param negative whether a minus goes first
	 * @param digits the significant digits, no zeros at the ends
	 * @param point where the decimal point stands, counted from the first digit
	 */
	private static String format(boolean negative, String digits, int point) {
		StringBuilder out = new StringBuilder(digits.length() + 8);
		if (negative) {
			out.append('-');
		}
		int count = digits.length();
		if (count <= point && point <= 21) {
			out.append(digits).append("0".repeat(point - count));
		}
		else if (point > 0 && point <= 21) {
			out.append(digits, 0, point).append('.').append(digits, point, count);
		}
		else if (point > -6 && point <= 0) {
			out.append("0.").append("0".repeat(-point)).append(digits);
		}
		else {
			out.append(digits.charAt(0));
			if (count > 1) {
				out.append('.').append(digits, 1, count);
			}
			out.append((point > 0) ? "e+" : "e-").append(Math.abs(point - 1));
		}
		return out.toString();
	}

	private PresenceDataException tooLong() {
		return new PresenceDataException("A number has more than " + this.maxLength + " digits");
	}

}
