package io.presence.engine;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class ClientNetworkTests {

	@ParameterizedTest
	@CsvSource({ "2001:db8:1:2::1, 2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::1, 2001:0DB8:0001:0002:0:0:0:7",
			"[2001:db8:1:2::1], 2001:db8:1:2::9", "fe80::1%eth0, fe80::2%wlan0", "::1, 0:0:0:0:0:0:0:1",
			"::ffff:192.0.2.1, 192.0.2.1" })
	void countAsOne(String one, String other) {
		assertThat(ClientNetwork.of(one)).isEqualTo(ClientNetwork.of(other));
	}

	@ParameterizedTest
	@CsvSource({ "2001:db8:1:2::1, 2001:db8:1:3::1", "192.0.2.1, 192.0.2.2", "::ffff:192.0.2.1, ::ffff:192.0.2.2",
			"2001:db8:1:2::1, 192.0.2.1" })
	void countApart(String one, String other) {
		assertThat(ClientNetwork.of(one)).isNotEqualTo(ClientNetwork.of(other));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "unknown", "_hidden", "192.0.2.1", "client.example", "no:address", ":", "[", "[]", "%",
			"::1::", "[client.example]:80", "192.0.2.1:80" })
	void whatIsNoAddressCountsAsItIs(String text) {
		assertThat(ClientNetwork.of(text)).isEqualTo(text);
	}

}
