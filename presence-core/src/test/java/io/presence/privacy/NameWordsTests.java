package io.presence.privacy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class NameWordsTests {

	@ParameterizedTest
	@CsvSource({ "camelCase, camel case", "PascalCase, pascal case", "snake_case, snake case", "kebab-case, kebab case",
			"UPPER_CASE, upper case", "HTTPServer, http server", "userIPs, user ips", "IPs4, ips 4", "IDsOf, ids of",
			"ISee, i see", "oauth2Token, oauth 2 token", "a1b22, a 1 b 22", "__x__, x", "a.b c/d, a b c d", "x, x",
			"XYZ, xyz", "\u00c4rgerGro\u00df, \u00e4rger gro\u00df" })
	void splitsNames(String name, String words) {
		assertThat(NameWords.of(name)).containsExactly(words.split(" "));
	}

}
