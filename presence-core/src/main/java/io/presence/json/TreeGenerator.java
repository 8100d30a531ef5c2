package io.presence.json;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.Base64Variant;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.SerializableString;
import tools.jackson.core.StreamWriteCapability;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.TokenStreamContext;
import tools.jackson.core.TreeNode;
import tools.jackson.core.Version;
import tools.jackson.core.util.JacksonFeatureSet;
import tools.jackson.core.util.SimpleStreamWriteContext;
import tools.jackson.databind.json.JsonMapper;

/**
 * What Jackson's serializers write to: passes every event on to a {@link TreeBuilder},
 * which counts and keeps. One value, one thread.
 */
final class TreeGenerator extends JsonGenerator {

	private static final JacksonFeatureSet<StreamWriteCapability> CAPABILITIES = JacksonFeatureSet
		.fromDefaults(StreamWriteCapability.values());

	private final JsonMapper mapper;

	private final TreeBuilder tree;

	private final JsonNumbers numbers;

	private SimpleStreamWriteContext context = SimpleStreamWriteContext.createRootContext(null);

	private boolean closed;

	TreeGenerator(JsonMapper mapper, JsonLimits limits, int maxBytes, Predicate<String> dropped, JsonNumbers numbers) {
		this.mapper = mapper;
		this.tree = new TreeBuilder(limits, maxBytes, dropped);
		this.numbers = numbers;
	}

	JsonText toText() {
		return this.tree.toText();
	}

	/**
	 * Tells whether a member of this name is left out, and counts it if so.
	 */
	boolean drops(String name) {
		return this.tree.drops(name);
	}

	@Override
	public JsonGenerator writeStartArray() {
		return writeStartArray(null);
	}

	@Override
	public JsonGenerator writeStartArray(@Nullable Object currentValue) {
		verifyValue("start an array");
		this.tree.startArray();
		this.context = this.context.createChildArrayContext(currentValue);
		return this;
	}

	@Override
	public JsonGenerator writeStartArray(@Nullable Object currentValue, int size) {
		return writeStartArray(currentValue);
	}

	@Override
	public JsonGenerator writeEndArray() {
		if (!this.context.inArray()) {
			return _reportError("No array to end");
		}
		return end();
	}

	@Override
	public JsonGenerator writeStartObject() {
		return writeStartObject(null);
	}

	@Override
	public JsonGenerator writeStartObject(@Nullable Object currentValue) {
		verifyValue("start an object");
		this.tree.startObject();
		this.context = this.context.createChildObjectContext(currentValue);
		return this;
	}

	@Override
	public JsonGenerator writeStartObject(@Nullable Object currentValue, int size) {
		return writeStartObject(currentValue);
	}

	@Override
	public JsonGenerator writeEndObject() {
		if (!this.context.inObject()) {
			return _reportError("No object to end");
		}
		return end();
	}

	private JsonGenerator end() {
		this.tree.end();
		this.context = this.context.clearAndGetParent();
		return this;
	}

	@Override
	public JsonGenerator writeName(String name) {
		if (!this.context.writeName(name)) {
			return _reportError("A name where a value must be");
		}
		this.tree.name(name);
		return this;
	}

	@Override
	public JsonGenerator writeName(SerializableString name) {
		return writeName(name.getValue());
	}

	@Override
	public JsonGenerator writePropertyId(long id) {
		return writeName(Long.toString(id));
	}

	@Override
	public JsonGenerator writeString(@Nullable String value) {
		if (value == null) {
			return writeNull();
		}
		verifyValue("write a string");
		this.tree.string(value);
		return this;
	}

	@Override
	public JsonGenerator writeString(SerializableString value) {
		return writeString(value.getValue());
	}

	@Override
	public JsonGenerator writeString(char[] text, int offset, int length) {
		this.tree.require(length);
		return writeString(new String(text, offset, length));
	}

	@Override
	public JsonGenerator writeString(Reader reader, int length) {
		int most = (length >= 0) ? length : this.tree.charsLeft() + 1;
		this.tree.require((length >= 0) ? length : 0);
		char[] chars = new char[most];
		try {
			int read = 0;
			for (int n = 0; n >= 0 && read < most; read += Math.max(n, 0)) {
				n = reader.read(chars, read, most - read);
			}
			return writeString(chars, 0, read);
		}
		catch (IOException ex) {
			throw _wrapIOFailure(ex);
		}
	}

	@Override
	public JsonGenerator writeUTF8String(byte[] buffer, int offset, int length) {
		this.tree.require(length);
		return writeString(new String(buffer, offset, length, StandardCharsets.UTF_8));
	}

	@Override
	public JsonGenerator writeRawUTF8String(byte[] buffer, int offset, int length) {
		return _reportUnsupportedOperation();
	}

	@Override
	public JsonGenerator writeRaw(String text) {
		return _reportUnsupportedOperation();
	}

	@Override
	public JsonGenerator writeRaw(String text, int offset, int length) {
		return _reportUnsupportedOperation();
	}

	@Override
	public JsonGenerator writeRaw(char[] text, int offset, int length) {
		return _reportUnsupportedOperation();
	}

	@Override
	public JsonGenerator writeRaw(char c) {
		return _reportUnsupportedOperation();
	}

	@Override
	public JsonGenerator writeRawValue(String text) {
		this.tree.require(text.length());
		try (JsonParser parser = this.mapper.createParser(text)) {
			parser.nextToken();
			copyCurrentStructureExact(parser);
			if (parser.nextToken() != null) {
				return _reportError("A raw value goes on after its end");
			}
		}
		return this;
	}

	@Override
	public JsonGenerator writeRawValue(String text, int offset, int length) {
		return writeRawValue(text.substring(offset, offset + length));
	}

	@Override
	public JsonGenerator writeRawValue(char[] text, int offset, int length) {
		return writeRawValue(new String(text, offset, length));
	}

	@Override
	public JsonGenerator writeBinary(Base64Variant variant, byte[] data, int offset, int length) {
		this.tree.require(length);
		byte[] part = (offset == 0 && length == data.length) ? data : copy(data, offset, length);
		return writeString(variant.encode(part));
	}

	private static byte[] copy(byte[] data, int offset, int length) {
		byte[] part = new byte[length];
		System.arraycopy(data, offset, part, 0, length);
		return part;
	}

	@Override
	public int writeBinary(Base64Variant variant, InputStream data, int length) {
		this.tree.require(Math.max(length, 0));
		try {
			byte[] read = data.readNBytes((length >= 0) ? length : this.tree.charsLeft() + 1);
			writeBinary(variant, read, 0, read.length);
			return read.length;
		}
		catch (IOException ex) {
			throw _wrapIOFailure(ex);
		}
	}

	@Override
	public JsonGenerator writeNumber(short value) {
		return literal(Integer.toString(value));
	}

	@Override
	public JsonGenerator writeNumber(int value) {
		return literal(Integer.toString(value));
	}

	@Override
	public JsonGenerator writeNumber(long value) {
		return literal(Long.toString(value));
	}

	@Override
	public JsonGenerator writeNumber(@Nullable BigInteger value) {
		return (value != null) ? literal(this.numbers.canonical(value)) : writeNull();
	}

	@Override
	public JsonGenerator writeNumber(double value) {
		return literal(this.numbers.canonical(value));
	}

	@Override
	public JsonGenerator writeNumber(float value) {
		return literal(this.numbers.canonical(value));
	}

	@Override
	public JsonGenerator writeNumber(@Nullable BigDecimal value) {
		return (value != null) ? literal(this.numbers.canonical(value)) : writeNull();
	}

	@Override
	public JsonGenerator writeNumber(@Nullable String value) {
		return (value != null) ? literal(this.numbers.canonical(value)) : writeNull();
	}

	@Override
	public JsonGenerator writeBoolean(boolean value) {
		return literal(Boolean.toString(value));
	}

	@Override
	public JsonGenerator writeNull() {
		return literal("null");
	}

	private JsonGenerator literal(String text) {
		verifyValue("write a value");
		this.tree.literal(text);
		return this;
	}

	@Override
	public JsonGenerator writePOJO(@Nullable Object value) {
		this.mapper.writeValue(this, value);
		return this;
	}

	@Override
	public JsonGenerator writeTree(@Nullable TreeNode value) {
		return writePOJO(value);
	}

	@Override
	protected void _copyCurrentFloatValueExact(JsonParser parser) {
		writeNumber(parser.getString());
	}

	@Override
	protected void _copyCurrentIntValue(JsonParser parser) {
		writeNumber(parser.getString());
	}

	private void verifyValue(String action) {
		if (!this.context.writeValue()) {
			_reportError("Cannot " + action + " where a name must be");
		}
	}

	@Override
	public TokenStreamContext streamWriteContext() {
		return this.context;
	}

	@Override
	public ObjectWriteContext objectWriteContext() {
		return ObjectWriteContext.empty();
	}

	@Override
	public @Nullable Object currentValue() {
		return this.context.currentValue();
	}

	@Override
	public void assignCurrentValue(@Nullable Object value) {
		this.context.assignCurrentValue(value);
	}

	@Override
	public Version version() {
		return this.mapper.version();
	}

	@Override
	public @Nullable Object streamWriteOutputTarget() {
		return null;
	}

	@Override
	public int streamWriteOutputBuffered() {
		return -1;
	}

	@Override
	public JsonGenerator configure(StreamWriteFeature feature, boolean state) {
		return this;
	}

	@Override
	public boolean isEnabled(StreamWriteFeature feature) {
		return false;
	}

	@Override
	public int streamWriteFeatures() {
		return 0;
	}

	@Override
	public boolean has(StreamWriteCapability capability) {
		return CAPABILITIES.isEnabled(capability);
	}

	@Override
	public JacksonFeatureSet<StreamWriteCapability> streamWriteCapabilities() {
		return CAPABILITIES;
	}

	@Override
	public void flush() {
		// Nothing is buffered outside the tree.
	}

	@Override
	public boolean isClosed() {
		return this.closed;
	}

	@Override
	public void close() {
		this.closed = true;
	}

}
