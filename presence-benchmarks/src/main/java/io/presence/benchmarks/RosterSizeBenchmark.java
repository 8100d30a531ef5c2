package io.presence.benchmarks;

import java.util.concurrent.TimeUnit;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import io.presence.engine.PresenceEngine;

/**
 * How the cost of single operations grows with the number of members of the topic.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "-Xmx4g")
public class RosterSizeBenchmark {

	private static final String TOPIC = "room";

	/** How many members the topic has. */
	@Param({ "1000", "10000", "100000" })
	public int members;

	private final Progress progress = new Progress();

	private PresenceEngine engine = PresenceEngine.builder().build();

	private int next;

	/**
	 * Fills the topic with members that do not observe it.
	 * @throws InterruptedException if interrupted
	 */
	@Setup(Level.Trial)
	public void fill() throws InterruptedException {
		this.progress.expect(this.members);
		for (int i = 0; i < this.members; i++) {
			new Client(this.engine, i, this.progress).joinUnobserving(TOPIC);
		}
		this.progress.await();
		this.next = this.members;
	}

	/**
	 * Ends the engine.
	 */
	@TearDown
	public void end() {
		this.engine.close();
	}

	/**
	 * Counts the members.
	 * @return the number
	 */
	@Benchmark
	public int count() {
		return this.engine.count(TOPIC);
	}

	/**
	 * Finds a member.
	 * @return whether it is there
	 */
	@Benchmark
	public boolean isPresent() {
		return this.engine.isPresent(TOPIC, "user-00000500");
	}

	/**
	 * One more connection comes, joins and closes, before its snapshot is due.
	 */
	@Benchmark
	public void joinAndClose() {
		Client client = new Client(this.engine, this.next++, this.progress);
		client.joinUnobserving(TOPIC);
		client.close();
	}

}
