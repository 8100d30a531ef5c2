package io.presence.json;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Random;

import io.presence.PresenceDataException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class JsonNumbersTests {

	private final JsonNumbers numbers = new JsonNumbers(100);

	@ParameterizedTest
	@CsvSource({ "1, 1", "1.0, 1", "1e0, 1", "100e-2, 1", "0.1e1, 1", "-0, 0", "-0.0, 0", "0e99999, 0", "-1.50, -1.5",
			"9007199254740993, 9007199254740993", "9223372036854775807, 9223372036854775807",
			"-9223372036854775808, -9223372036854775808", "1e20, 100000000000000000000", "1e21, 1e+21",
			"123456789012345678901234567890, 1.2345678901234567890123456789e+29", "0.000001, 0.000001",
			"0.0000001, 1e-7", "0.00000015, 1.5e-7", "12.5e3, 12500", "1234.5678, 1234.5678" })
	void writesEqualNumbersAlike(String written, String canonical) {
		assertThat(this.numbers.canonical(written)).isEqualTo(canonical);
		assertThat(this.numbers.canonical(new BigDecimal(written))).isEqualTo(canonical);
	}

	@ParameterizedTest
	@CsvSource({ "0000000000000000, 0", "8000000000000000, 0", "0000000000000001, 5e-324", "8000000000000001, -5e-324",
			"7fefffffffffffff, 1.7976931348623157e+308", "ffefffffffffffff, -1.7976931348623157e+308",
			"4340000000000000, 9007199254740992", "c340000000000000, -9007199254740992",
			"4430000000000000, 295147905179352830000", "44b52d02c7e14af5, 9.999999999999997e+22",
			"44b52d02c7e14af6, 1e+23", "44b52d02c7e14af7, 1.0000000000000001e+23",
			"444b1ae4d6e2ef4e, 999999999999999700000", "444b1ae4d6e2ef4f, 999999999999999900000",
			"444b1ae4d6e2ef50, 1e+21", "3eb0c6f7a0b5ed8c, 9.999999999999997e-7", "3eb0c6f7a0b5ed8d, 0.000001",
			"41b3de4355555553, 333333333.3333332", "41b3de4355555554, 333333333.33333325",
			"41b3de4355555555, 333333333.3333333", "41b3de4355555556, 333333333.3333334",
			"41b3de4355555557, 333333333.33333343", "becbf647612f3696, -0.0000033333333333333333",
			"43143ff3c1cb0959, 1424953923781206.2" })
	void writesDoublesAsJavaScriptDoes(String bits, String canonical) {
		double value = Double.longBitsToDouble(Long.parseUnsignedLong(bits, 16));
		assertThat(this.numbers.canonical(value)).isEqualTo(canonical);
	}

	@Test
	void keepsTheValueOfEveryDouble() {
		Random random = new Random(7);
		for (int i = 0; i < 20_000; i++) {
			double value = Double.longBitsToDouble(random.nextLong());
			if (Double.isFinite(value) && value != 0) {
				String text = this.numbers.canonical(value);
				assertThat(Double.parseDouble(text)).as("seed 7, number %d", i).isEqualTo(value);
				assertThat(this.numbers.canonical(text)).as("seed 7, number %d", i).isEqualTo(text);
			}
		}
	}

	@Test
	void writesWholeNumbersOfEveryTypeAlike() {
		assertThat(this.numbers.canonical(3.0)).isEqualTo("3");
		assertThat(this.numbers.canonical(3.0f)).isEqualTo("3");
		assertThat(this.numbers.canonical(BigInteger.valueOf(3))).isEqualTo("3");
		assertThat(this.numbers.canonical(0.1f)).isEqualTo("0.1");
	}

	@ParameterizedTest
	@ValueSource(strings = { "1e309", "1.8e308", "1e999999999", "1e-999999999", "-1e400", "1e-330", "2e-324" })
	void refusesMagnitudesThatNoDoubleHolds(String written) {
		assertThatExceptionOfType(PresenceDataException.class).isThrownBy(() -> this.numbers.canonical(written))
			.withMessageContaining("outside the range");
	}

	@ParameterizedTest
	@ValueSource(strings = { "1e99999999999", "1e2147483647", "", "-", "1x", "NaN" })
	void refusesWhatIsNoNumber(String written) {
		assertThatExceptionOfType(PresenceDataException.class).isThrownBy(() -> this.numbers.canonical(written));
	}

	@Test
	void refusesNumbersThatJsonDoesNotHave() {
		assertThatExceptionOfType(PresenceDataException.class).isThrownBy(() -> this.numbers.canonical(Double.NaN))
			.withMessageContaining("NaN");
		assertThatExceptionOfType(PresenceDataException.class)
			.isThrownBy(() -> this.numbers.canonical(Float.NEGATIVE_INFINITY))
			.withMessageContaining("-Infinity");
	}

	@Test
	void refusesNumbersWithTooManyDigitsBeforeConvertingThem() {
		BigInteger enormous = BigInteger.ONE.shiftLeft(100_000_000);
		assertThatExceptionOfType(PresenceDataException.class).isThrownBy(() -> this.numbers.canonical(enormous))
			.withMessage("A number has more than 100 digits");
		assertThatExceptionOfType(PresenceDataException.class).isThrownBy(() -> this.numbers.canonical("1".repeat(101)))
			.withMessage("A number has more than 100 digits");
		assertThat(this.numbers.canonical("1".repeat(100))).endsWith("e+99");
	}

}
