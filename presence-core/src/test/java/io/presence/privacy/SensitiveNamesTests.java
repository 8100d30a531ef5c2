package io.presence.privacy;

import java.util.List;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class SensitiveNamesTests {

	static final List<String> WORDS = List.of("token", "secret", "password", "passwd", "pwd", "passphrase", "pin",
			"ssn", "auth", "authorization", "session", "sid", "cookie", "jwt", "bearer", "csrf", "xsrf", "credential",
			"authentication", "authorities", "otp", "totp", "mfa", "cvv", "iban", "email", "phone", "ip", "address");

	private final SensitiveNames names = SensitiveNames.defaults();

	@ParameterizedTest
	@FieldSource("WORDS")
	void hidesEachWordInEveryWayOfWriting(String word) {
		String capital = Character.toUpperCase(word.charAt(0)) + word.substring(1);
		for (String name : new String[] { word, capital, word.toUpperCase(), plural(word), "my_" + word,
				word + "-value", "user" + capital, "user" + capital + "Value", "USER_" + word.toUpperCase(), word + "2",
				"x." + word, "the " + word, "user" + word, "user" + word.toUpperCase() + "ID", "__" + word }) {
			assertThat(this.names.test(name)).as(name).isTrue();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "apiKey", "api_key", "API-KEY", "APIKey", "apikey", "APIKEY", "apiKeys", "apikeys",
			"privateKey", "privatekey", "access_key", "accessKeyId", "accesskeyid", "api2Key", "xApiKey" })
	void hidesKeysOfApisAndPrivateOnes(String name) {
		assertThat(this.names.test(name)).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "key", "keys", "publicKey", "primary_key", "keyApi", "userKey", "apiPublicKey", "access",
			"private", "api", "isPrivate", "keyboard", "accessibility" })
	void showsOtherKeys(String name) {
		assertThat(this.names.test(name)).isFalse();
	}

	@ParameterizedTest
	@ValueSource(strings = { "sessionid", "SessionID", "JSESSIONID", "PHPSESSID", "ASPSESSIONID", "accesstoken",
			"refreshtoken", "userpassword", "passwordhash", "hashedPassword", "passWord", "pass_phrase", "e-mail",
			"eMail", "useremail", "emailaddress", "telephone", "mobilephone", "accountsid", "ipaddress", "IPAddress",
			"userIPs", "ipv4", "ipV6", "remoteaddr_ip", "homeaddress", "X-XSRF-TOKEN", "Set-Cookie", "oauth2",
			"authtoken", "pincode", "PINs", "addresses", "credentials", "tokens", "csrftoken", "ssn_last4" })
	void hidesWordsThatAreRunTogether(String name) {
		assertThat(this.names.test(name)).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "author", "authors", "authority", "authorName", "authored", "secretary", "tokenizer",
			"tokenize", "keyboard", "monkey", "shipping", "ship", "zip", "vip", "tip", "pinned", "isPinned", "spin",
			"opinion", "pineapple", "addressee", "addressed", "side", "sides", "inside", "resident", "president",
			"obsession", "possession", "pines", "phonetic", "iphone", "microphone", "cookiecutter", "passport",
			"compass", "id", "name", "userId", "description", "recipe", "ipsum", "equip", "authenticated", "authentic",
			"total", "hotpot", "mfar", "members", "avatar", "status", "color", "_x", "", "-", "\u540d\u524d",
			"Stra\u00dfe" })
	void showsWordsThatOnlyContainOne(String name) {
		assertThat(this.names.test(name)).isFalse();
	}

	@Test
	void hidesNamesWithTwoUnderscoresInFront() {
		assertThat(this.names.test("__name")).isTrue();
		assertThat(this.names.test("__")).isTrue();
		assertThat(this.names.hardSecrets().test("__name")).isTrue();
		assertThat(SensitiveNames.of(List.of()).test("__name")).isTrue();
		assertThat(SensitiveNames.of(List.of()).test("password")).isFalse();
	}

	@ParameterizedTest
	@ValueSource(strings = { "token", "profileTokens", "password", "apiKey", "JSESSIONID", "session_id", "ssn", "jwt" })
	void hidesHardSecretsBehindASelectorToo(String name) {
		assertThat(this.names.hardSecrets().test(name)).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "email", "phone", "address", "ip", "session", "pin", "authorities" })
	void letsASelectorShowWhatMayBeMeantForOthers(String name) {
		assertThat(this.names.hardSecrets().test(name)).isFalse();
	}

	@Test
	void takesWordsOfTheApplication() {
		SensitiveNames own = SensitiveNames.of(List.of("salary", "dateOfBirth", "Blood-Type", "2fa"));
		for (String hidden : new String[] { "salary", "salaries", "baseSalary", "date_of_birth", "dateofbirth",
				"usersDateOfBirths", "bloodType", "BLOODTYPE", "user2FA", "2faCode", "date2of_birth" }) {
			assertThat(own.test(hidden)).as(hidden).isTrue();
		}
		for (String shown : new String[] { "token", "date", "birthDate", "blood", "salaried", "type", "fa", "3fa",
				"2" }) {
			assertThat(own.test(shown)).as(shown).isFalse();
		}
		SensitiveNames more = this.names.and(List.of("salary"));
		assertThat(more.test("salary")).isTrue();
		assertThat(more.test("token")).isTrue();
		assertThat(more.hardSecrets().test("salary")).isFalse();
	}

	@Test
	void hidesNoHardSecretThatTheApplicationTookOffTheList() {
		SensitiveNames own = SensitiveNames.of(List.of("password", "session"));
		assertThat(own.hardSecrets().test("password")).isTrue();
		assertThat(own.hardSecrets().test("sessionId")).isTrue();
		assertThat(own.hardSecrets().test("token")).isFalse();
	}

	@Test
	void saysWhichEntryIsNoWord() {
		assertThatIllegalArgumentException().isThrownBy(() -> SensitiveNames.of(List.of("token", " - ")))
			.withMessageContaining("' - '")
			.withMessageContaining("presence.select.sensitive-words");
	}

	@Test
	void decidesAlikeWhenItsMemoryIsFull() {
		IntStream.range(0, 10_000).forEach((i) -> this.names.test("field" + i));
		assertThat(this.names.test("token")).isTrue();
		assertThat(this.names.test("author")).isFalse();
		assertThat(this.names.test("token".repeat(5000))).isFalse();
		assertThat(this.names.test("token_".repeat(5000))).isTrue();
		assertThat(this.names.rememberedNames()).isLessThanOrEqualTo(2048);
	}

	private static String plural(String word) {
		return switch (word) {
			case "address" -> "addresses";
			case "authorities" -> word;
			default -> word + "s";
		};
	}

}
