package io.presence.json;

import java.security.Principal;

import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JacksonModule;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.jsontype.TypeSerializer;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.StdSerializer;

/**
 * Writes of a principal its name only.
 */
final class PrincipalSerializer extends StdSerializer<Principal> {

	private PrincipalSerializer() {
		super(Principal.class);
	}

	static JacksonModule module() {
		return new SimpleModule("presence-principals").addSerializer(Principal.class, new PrincipalSerializer());
	}

	@Override
	public void serialize(Principal principal, JsonGenerator generator, SerializationContext context) {
		generator.writeStartObject(principal);
		String name = principal.getName();
		if (name != null) {
			generator.writeStringProperty("id", name);
			generator.writeStringProperty("name", name);
		}
		generator.writeEndObject();
	}

	@Override
	public void serializeWithType(Principal principal, JsonGenerator generator, SerializationContext context,
			TypeSerializer type) {
		serialize(principal, generator, context);
	}

}
