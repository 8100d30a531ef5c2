package io.presence.redis.model;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * A piece of a hash, as {@code HSCAN} gives it: every field that is there from the first
 * call to the last comes at least once. A small hash comes in one piece.
 *
 * @param cursor where to go on, {@code "0"} when all has come
 * @param fields the names of the fields
 */
record ModelScan(String cursor, List<String> fields) {

	static ModelScan of(@Nullable Map<String, String> hash, String cursor, int count) {
		if (hash == null) {
			return new ModelScan("0", List.of());
		}
		int size = Math.max(count / 2, 1);
		if (cursor.equals("0") && hash.size() <= size) {
			return new ModelScan("0", List.copyOf(hash.keySet()));
		}
		long from = Long.parseLong(cursor);
		List<String> rest = sorted(hash.keySet()).stream().filter((field) -> position(field) >= from).toList();
		List<String> piece = new ArrayList<>();
		for (String field : rest) {
			if (piece.size() >= size && position(field) != position(piece.get(piece.size() - 1))) {
				return new ModelScan(Long.toString(position(field)), piece);
			}
			piece.add(field);
		}
		return new ModelScan("0", piece);
	}

	private static List<String> sorted(Collection<String> fields) {
		return fields.stream().sorted(Comparator.comparingLong(ModelScan::position)).toList();
	}

	private static long position(String field) {
		return 1 + Integer.toUnsignedLong(field.hashCode() * 0x9E3779B9);
	}

}
