package io.presence.sample.support;

import java.util.Map;
import java.util.TreeMap;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Page;

/**
 * What a page holds after all garbage is collected.
 *
 * @param kinds how many objects of its scripts there are, by the name of their
 * constructor; without what the engine keeps for itself, such as compiled code, and the
 * faces of nodes, which it makes anew whenever scripts look at one
 * @param nodes nodes of its document
 * @param listeners listeners for events of its document and window
 * @param bytes size of the heap of its scripts, compiled code included
 */
public record PageMemory(Map<String, Integer> kinds, int nodes, int listeners, long bytes) {

	/** Collects the garbage of a page and counts what remains. */
	public static PageMemory of(Page page) {
		CDPSession devtools = page.context().newCDPSession(page);
		try {
			devtools.send("Performance.enable");
			for (int i = 0; i < 3; i++) {
				devtools.send("HeapProfiler.collectGarbage");
			}
			Map<String, Integer> kinds = kinds(devtools);
			JsonObject usage = devtools.send("Runtime.getHeapUsage");
			return new PageMemory(kinds, metric(devtools, "Nodes"), metric(devtools, "JSEventListeners"),
					usage.get("usedSize").getAsLong());
		}
		finally {
			devtools.detach();
		}
	}

	/** How many objects of the page's scripts there are. */
	public int objects() {
		return this.kinds.values().stream().mapToInt(Integer::intValue).sum();
	}

	private static Map<String, Integer> kinds(CDPSession devtools) {
		JsonObject prototype = new JsonObject();
		prototype.addProperty("expression", "Object.prototype");
		JsonObject query = new JsonObject();
		query.addProperty("prototypeObjectId", objectId(devtools.send("Runtime.evaluate", prototype), "result"));
		query.addProperty("objectGroup", "count");
		JsonObject count = new JsonObject();
		count.addProperty("objectId", objectId(devtools.send("Runtime.queryObjects", query), "objects"));
		count.addProperty("functionDeclaration", """
				function () {
				  const kinds = {}
				  for (const object of this) {
				    if (object instanceof Node || object instanceof DOMStringMap) continue
				    const kind = `${object.constructor?.name}`
				    kinds[kind] = (kinds[kind] ?? 0) + 1
				  }
				  return kinds
				}""");
		count.addProperty("returnByValue", true);
		Map<String, Integer> kinds = new TreeMap<>();
		devtools.send("Runtime.callFunctionOn", count)
			.getAsJsonObject("result")
			.getAsJsonObject("value")
			.entrySet()
			.forEach((kind) -> kinds.put(kind.getKey(), kind.getValue().getAsInt()));
		JsonObject group = new JsonObject();
		group.addProperty("objectGroup", "count");
		devtools.send("Runtime.releaseObjectGroup", group);
		return kinds;
	}

	private static String objectId(JsonObject answer, String name) {
		return answer.getAsJsonObject(name).get("objectId").getAsString();
	}

	private static int metric(CDPSession devtools, String name) {
		for (JsonElement metric : devtools.send("Performance.getMetrics").getAsJsonArray("metrics")) {
			if (metric.getAsJsonObject().get("name").getAsString().equals(name)) {
				return metric.getAsJsonObject().get("value").getAsInt();
			}
		}
		throw new IllegalStateException("Chromium has no metric " + name);
	}

}
