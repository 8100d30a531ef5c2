package io.presence.privacy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.security.Principal;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

import io.presence.PresenceDataException;
import io.presence.PresenceLimitExceededException;
import io.presence.PresenceSelector;
import io.presence.json.JsonLimits;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class SelectionTests {

	private final Selection byDefault = selection(null);

	@Test
	void showsEverythingThatDoesNotLookSensitive() {
		Map<String, Object> user = new LinkedHashMap<>();
		user.put("name", "Ada");
		user.put("id", 7);
		user.put("sessionToken", "t");
		user.put("author", true);
		user.put("profile",
				Map.of("token", "t", "avatar", "a.png", "links", List.of(Map.of("apiKey", "k", "url", "u"))));
		user.put("__internal", 1);
		Selected selected = this.byDefault.select(user);
		assertThat(selected.data().text()).isEqualTo(
				"{\"author\":true,\"id\":7,\"name\":\"Ada\",\"profile\":{\"avatar\":\"a.png\",\"links\":[{\"url\":\"u\"}]}}");
		assertThat(selected.key()).isEqualTo("7");
	}

	@Test
	void showsRecordsAndBeansAlike() {
		assertThat(this.byDefault.select(new User("u1", "Ada", "pw", List.of(new Login("1.2.3.4", "now"))))).isEqualTo(
				this.byDefault.select(Map.of("id", "u1", "name", "Ada", "logins", List.of(Map.of("at", "now")))));
	}

	@Test
	void showsOfAPrincipalItsNameAtAnyDepth() {
		Principal principal = new Token("ada");
		assertThat(this.byDefault.select(principal).data().text()).isEqualTo("{\"id\":\"ada\",\"name\":\"ada\"}");
		assertThat(this.byDefault.select(principal).key()).isEqualTo("ada");
		assertThat(this.byDefault.select(Map.of("user", principal)).data().text())
			.isEqualTo("{\"user\":{\"id\":\"ada\",\"name\":\"ada\"}}");
		assertThat(this.byDefault.select(new Token(null)))
			.isEqualTo(new Selected(null, this.byDefault.select(null).data()));
	}

	@Test
	void knowsNothingOfNobody() {
		AtomicBoolean called = new AtomicBoolean();
		Selection own = selection((user) -> called.getAndSet(true));
		for (Selection selection : new Selection[] { this.byDefault, own }) {
			assertThat(selection.select(null).key()).isNull();
			assertThat(selection.select(null).data().text()).isEqualTo("{}");
		}
		assertThat(called).isFalse();
	}

	@Test
	void trustsASelectorButForHardSecrets() {
		Selection own = selection((user) -> Map.of("id", user, "email", "a@b.c", "__x", 1, "profile",
				Map.of("token", "t", "phone", "1"), "list", List.of(Map.of("password", "p", "session", "Keynote"))));
		assertThat(own.select("u1").data().text()).isEqualTo(
				"{\"email\":\"a@b.c\",\"id\":\"u1\",\"list\":[{\"session\":\"Keynote\"}],\"profile\":{\"phone\":\"1\"}}");
		assertThat(own.select("u1").key()).isEqualTo("u1");
	}

	@Test
	void takesTheKeyFromWhatIsSelected() {
		Selection own = selection((user) -> Map.of("id", "public"));
		assertThat(own.select(Map.of("id", "private")).key()).isEqualTo("public");
		assertThat(this.byDefault.select(Map.of("a", Map.of("id", "x"), "b", List.of(Map.of("id", "y")), "id", "u1"))
			.key()).isEqualTo("u1");
		Selection hidden = selection((user) -> Map.of("name", "Ada"));
		assertThat(hidden.select(Map.of("id", "private")).key()).isNull();
	}

	@Test
	void takesStringsWholeNumbersAndBooleansForKeys() {
		assertThat(key("u1")).isEqualTo("u1");
		assertThat(key("")).isEmpty();
		assertThat(key("1")).isEqualTo("1");
		assertThat(key(1)).isEqualTo("1");
		assertThat(key(1L)).isEqualTo("1");
		assertThat(key(1.0)).isEqualTo("1");
		assertThat(key(new BigDecimal("1.000"))).isEqualTo("1");
		assertThat(key(-0.0)).isEqualTo("0");
		assertThat(key(Long.MIN_VALUE)).isEqualTo("-9223372036854775808");
		assertThat(key(BigInteger.TEN.pow(20))).isEqualTo("100000000000000000000");
		assertThat(key(BigInteger.TEN.pow(21))).isEqualTo("1e+21");
		assertThat(key(true)).isEqualTo("true");
		assertThat(key("quote\"\u2028")).isEqualTo("quote\"\u2028");
	}

	@Test
	void escapesKeysThatLookGenerated() {
		assertThat(key("~a")).isEqualTo("~~a");
		assertThat(key("~~a")).isEqualTo("~~~a");
		assertThat(MemberKeys.isGenerated(key("~a"))).isFalse();
	}

	@Test
	void countsTheCodePointsOfAKey() {
		assertThat(key("\ud83d\ude00".repeat(256))).hasSize(512);
		assertThatExceptionOfType(PresenceDataException.class).isThrownBy(() -> key("x".repeat(257)))
			.withMessageContaining("257 code points")
			.withMessageContaining("presence.key");
	}

	@Test
	void refusesOtherKeys() {
		for (Object other : new Object[] { 1.5, 1e-7, List.of(1), Map.of("id", 1), new int[0] }) {
			assertThatExceptionOfType(PresenceDataException.class).as("%s", other)
				.isThrownBy(() -> key(other))
				.withMessageContaining("\"id\"");
		}
		assertThatExceptionOfType(PresenceDataException.class).isThrownBy(() -> key("a\ud800b"))
			.withMessageContaining("\\ud800");
	}

	@Test
	void hasNoKeyWithoutOne() {
		Map<String, @Nullable Object> none = new HashMap<>();
		none.put("id", null);
		none.put("name", "Ada");
		none.put("nested", Map.of("id", "x"));
		none.put("a", List.of(Map.of("id", "x")));
		assertThat(this.byDefault.select(none).key()).isNull();
		none.remove("id");
		assertThat(this.byDefault.select(none).key()).isNull();
	}

	@Test
	void takesTheFieldThatIsConfigured() {
		Selection selection = new Selection(null, SensitiveNames.defaults(), "user.name", 100, JsonLimits.DEFAULT);
		assertThat(selection.select(Map.of("id", 1, "user.name", "ada")).key()).isEqualTo("ada");
	}

	@ParameterizedTest
	@ValueSource(strings = { "email", "__id", "sessionId" })
	void refusesAKeyFieldThatIsNeverShown(String field) {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new Selection(null, SensitiveNames.defaults(), field, 100, JsonLimits.DEFAULT))
			.withMessageContaining("presence.key is \"" + field + "\"")
			.withMessageContaining("PresenceSelector");
	}

	@Test
	void allowsAKeyFieldThatASelectorMayShow() {
		Selection own = new Selection((user) -> user, SensitiveNames.defaults(), "email", 100, JsonLimits.DEFAULT);
		assertThat(own.select(Map.of("email", "a@b.c")).key()).isEqualTo("a@b.c");
	}

	@Test
	void refusesSelectorsThatFail() {
		assertThatExceptionOfType(PresenceDataException.class).isThrownBy(() -> selection((user) -> {
			throw new IllegalStateException("broken");
		}).select(1))
			.withMessageContaining("IllegalStateException")
			.withRootCauseInstanceOf(IllegalStateException.class);
		PresenceSelector endless = (user) -> {
			throw new StackOverflowError();
		};
		assertThatExceptionOfType(PresenceDataException.class).isThrownBy(() -> selection(endless).select(1))
			.withMessageContaining("StackOverflowError");
	}

	@Test
	@SuppressWarnings("NullAway")
	void refusesWhatIsNoObject() {
		for (Object other : new Object[] { "x", 1, true, List.of(), new int[0],
				CompletableFuture.completedFuture(Map.of()), new Object() }) {
			assertThatExceptionOfType(PresenceDataException.class).as("%s", other)
				.isThrownBy(() -> selection((user) -> other).select(1))
				.withMessageContaining(other.getClass().getName());
			assertThatExceptionOfType(PresenceDataException.class).as("%s", other)
				.isThrownBy(() -> this.byDefault.select(other));
		}
		assertThatExceptionOfType(PresenceDataException.class).isThrownBy(() -> selection((user) -> null).select(1))
			.withMessageContaining("null");
	}

	@Test
	void refusesDataOverTheLimitAndNamesTheProperty() {
		String name = "\u20ac".repeat(30);
		int bytes = "{\"name\":\"\"}".length() + 90;
		Selection fits = new Selection(null, SensitiveNames.defaults(), "id", bytes, JsonLimits.DEFAULT);
		assertThat(fits.select(Map.of("name", name, "token", "x".repeat(1000))).data().utf8Length()).isEqualTo(bytes);
		Selection tight = new Selection(null, SensitiveNames.defaults(), "id", bytes - 1, JsonLimits.DEFAULT);
		assertThatExceptionOfType(PresenceLimitExceededException.class)
			.isThrownBy(() -> tight.select(Map.of("name", name)))
			.satisfies((ex) -> assertThat(ex.property()).isEqualTo("presence.limits.max-data-bytes"))
			.withMessageContaining("larger than " + (bytes - 1) + " bytes");
	}

	@Test
	void refusesCyclicDeepAndWideUserData() {
		Map<String, Object> cyclic = new HashMap<>();
		cyclic.put("self", cyclic);
		assertThatExceptionOfType(PresenceDataException.class).isThrownBy(() -> this.byDefault.select(cyclic));
		assertThatExceptionOfType(PresenceDataException.class).isThrownBy(() -> this.byDefault.select(new Node()));
		int[] wide = new int[10_001];
		Selection roomy = new Selection(null, SensitiveNames.defaults(), "id", 1 << 24, JsonLimits.DEFAULT);
		assertThatExceptionOfType(PresenceDataException.class).isThrownBy(() -> roomy.select(Map.of("wide", wide)));
	}

	@Test
	void neverTouchesAHugeSessionUnderASensitiveName() {
		Map<String, Object> user = new HashMap<>(Map.of("id", 1));
		user.put("session", new Node());
		user.put("authentication", new Token("x"));
		assertThat(this.byDefault.select(user).data().text()).isEqualTo("{\"id\":1}");
	}

	private @Nullable String key(Object id) {
		return this.byDefault.select(Map.of("id", id)).key();
	}

	private static Selection selection(@Nullable PresenceSelector selector) {
		return new Selection(selector, SensitiveNames.defaults(), "id", 16 * 1024, JsonLimits.DEFAULT);
	}

	record User(String id, String name, String password, List<Login> logins) {
	}

	record Login(String ipAddress, String at) {
	}

	record Token(@Nullable String name) implements Principal {

		@Override
		@SuppressWarnings("NullAway")
		public String getName() {
			return this.name;
		}

		public String getDetails() {
			return "private";
		}

	}

	static class Node {

		public Node getNext() {
			return new Node();
		}

	}

}
