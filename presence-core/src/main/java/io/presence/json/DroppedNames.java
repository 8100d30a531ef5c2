package io.presence.json;

import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.SerializationConfig;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.Annotated;
import tools.jackson.databind.introspect.JacksonAnnotationIntrospector;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.BeanPropertyWriter;
import tools.jackson.databind.ser.PropertyFilter;
import tools.jackson.databind.ser.PropertyWriter;
import tools.jackson.databind.ser.ValueSerializerModifier;
import tools.jackson.databind.ser.std.SimpleBeanPropertyFilter;
import tools.jackson.databind.ser.std.SimpleFilterProvider;

/**
 * Leaves properties of beans and entries of maps out before their values are read, so
 * that a session or a security context under such a name costs nothing and is never
 * touched. What serializers write by other ways is left to {@link TreeBuilder}.
 */
final class DroppedNames {

	private static final String FILTER_ID = "presence";

	private DroppedNames() {
	}

	static JsonMapper.Builder install(JsonMapper.Builder builder, Predicate<String> dropped) {
		return builder.annotationIntrospector(new MapsUnderFilter())
			.filterProvider(new SimpleFilterProvider().addFilter(FILTER_ID, (PropertyFilter) new EntryFilter()))
			.addModule(new SimpleModule("presence-dropped-names").setSerializerModifier(new BeanModifier(dropped)));
	}

	private static final class BeanModifier extends ValueSerializerModifier {

		private static final long serialVersionUID = 1L;

		private final transient Predicate<String> dropped;

		BeanModifier(Predicate<String> dropped) {
			this.dropped = dropped;
		}

		@Override
		public List<BeanPropertyWriter> changeProperties(SerializationConfig config,
				BeanDescription.Supplier description, List<BeanPropertyWriter> properties) {
			properties.removeIf((property) -> this.dropped.test(property.getName()));
			return properties;
		}

	}

	private static final class EntryFilter extends SimpleBeanPropertyFilter {

		@Override
		public void serializeAsProperty(Object map, JsonGenerator generator, SerializationContext context,
				PropertyWriter entry) throws Exception {
			if (!(generator instanceof TreeGenerator tree) || !tree.drops(entry.getName())) {
				entry.serializeAsProperty(map, generator, context);
			}
		}

	}

	private static final class MapsUnderFilter extends JacksonAnnotationIntrospector {

		private static final long serialVersionUID = 1L;

		@Override
		public @Nullable Object findFilterId(MapperConfig<?> config, Annotated annotated) {
			return Map.class.isAssignableFrom(annotated.getRawType()) ? FILTER_ID : null;
		}

	}

}
