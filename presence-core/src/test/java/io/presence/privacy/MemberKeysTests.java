package io.presence.privacy;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class MemberKeysTests {

	@Test
	void keepsSelectedKeysApartFromEachOtherAndFromGeneratedOnes() {
		List<String> texts = List.of("", "a", "~", "~a", "~~", "~~a", "~~~", "a~", "x1");
		Set<String> keys = new HashSet<>();
		for (String text : texts) {
			String key = MemberKeys.selected(text);
			assertThat(keys.add(key)).as(text).isTrue();
			assertThat(MemberKeys.isGenerated(key)).as(text).isFalse();
		}
		for (String unique : List.of("a", "x1", "a~")) {
			String key = MemberKeys.generated(unique);
			assertThat(keys.add(key)).as(unique).isTrue();
			assertThat(key).startsWith("~");
			assertThat(MemberKeys.isGenerated(key)).isTrue();
		}
	}

	@Test
	void leavesOrdinaryKeysAsTheyAre() {
		assertThat(MemberKeys.selected("ada")).isEqualTo("ada");
		assertThat(MemberKeys.selected("__proto__")).isEqualTo("__proto__");
	}

	@Test
	void generatesNothingThatCouldMeetASelectedKey() {
		assertThatIllegalArgumentException().isThrownBy(() -> MemberKeys.generated("~a"));
		assertThatIllegalArgumentException().isThrownBy(() -> MemberKeys.generated(""));
	}

}
