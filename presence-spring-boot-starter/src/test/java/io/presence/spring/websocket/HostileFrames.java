package io.presence.spring.websocket;

import java.util.List;
import java.util.Random;

/**
 * Frames as the protocol has them, and what becomes of them under random mutations.
 */
final class HostileFrames {

	private static final List<String> TEMPLATES = List.of("{'type':'subscribe','topic':T,'ref':N}",
			"{'type':'subscribe','topic':T,'state':S,'expireAfter':N}",
			"{'type':'subscribe','topic':T,'observe':false,'heartbeat':'light'}",
			"{'type':'subscribe','topic':T,'epoch':S,'v':N}",
			"{'type':'subscribe-batch','topics':[T,T,{'topic':T,'state':S},T],'ref':N}",
			"{'type':'unsubscribe','topic':T,'ref':N}", "{'type':'presence-snapshot','topic':T}",
			"{'type':'presence-snapshot','topic':T,'epoch':S,'v':N}",
			"{'type':'presence-state','topic':T,'state':S,'expireAfter':N,'ref':N}", "{'type':'ping'}",
			"{'topic':T,'event':'state','epoch':S,'v':N,'count':N,'data':S,'states':{}}",
			"{'type':'goodbye','reason':'shutdown','retryAfter':N}");

	private static final List<String> TOPICS = List.of("'private:room'", "'__presence:private:room'", "'open:1'",
			"'__presence:open:1'", "'__presence:__presence:private:room'", "'private:room '", "'private\\u003aroom'",
			"''", "null", "7", "['private:room']", "'open:\\u202eevil'", "'open:\\r\\nINFO forged'", "'open:\\ud800'",
			"'open:\\u001b[31m'", "'PRIVATE:ROOM'", "'open:../private:room'", "'**'", "'*'");

	private static final List<String> VALUES = List.of("{'x':1}", "null", "'text'", "[[[[[[1]]]]]]", "1e999", "-0",
			"'\\u202e\\u2028\\u0000'", "{'__proto__':{'a':1}}", "true", "0.1e-400", "{}");

	private static final List<String> NUMBERS = List.of("1", "0", "-1", "9007199254740993", "1e3", "1.5", "86400001",
			"999999999999999999999999", "null", "'1'");

	private static final String ALPHABET = "{}[]\",:\\ \u0000\u0007\n\u0085\u2028\u202e\ud83d\ude00aT0-e._\u00e4";

	private final Random random;

	HostileFrames(Random random) {
		this.random = random;
	}

	String next() {
		StringBuilder frame = new StringBuilder();
		String template = pick(TEMPLATES);
		for (int i = 0; i < template.length(); i++) {
			char c = template.charAt(i);
			frame.append(switch (c) {
				case 'T' -> pick(TOPICS);
				case 'S' -> value();
				case 'N' -> pick(NUMBERS);
				default -> String.valueOf(c);
			});
		}
		String text = frame.toString().replace('\'', '"');
		for (int i = (this.random.nextInt(3) == 0) ? 1 + this.random.nextInt(4) : 0; i > 0; i--) {
			text = mutate(text);
		}
		return text;
	}

	private String value() {
		return switch (this.random.nextInt(40)) {
			case 0 -> "'" + "x".repeat(this.random.nextInt(70_000)) + "'";
			case 1 -> "[".repeat(this.random.nextInt(5_000));
			case 2 -> "[" + "1,".repeat(this.random.nextInt(2_000)) + "1]";
			default -> pick(VALUES);
		};
	}

	private String mutate(String text) {
		int length = text.length();
		int from = this.random.nextInt(length + 1);
		int to = Math.min(length, from + this.random.nextInt(8));
		char c = ALPHABET.charAt(this.random.nextInt(ALPHABET.length()));
		return switch (this.random.nextInt(5)) {
			case 0 -> text.substring(0, from) + c + text.substring(from);
			case 1 -> text.substring(0, from) + text.substring(to);
			case 2 -> text.substring(0, from) + text.substring(from, to).repeat(3) + text.substring(to);
			case 3 -> text.substring(0, from) + c + text.substring(to);
			default -> text.substring(0, from);
		};
	}

	private String pick(List<String> from) {
		return from.get(this.random.nextInt(from.size()));
	}

}
