package io.presence.benchmarks;

import java.util.ArrayList;
import java.util.List;
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
 * All connections join, each gets its snapshot and observes; then all leave. The time is
 * that of all of them together.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5)
@Measurement(iterations = 7)
@Fork(value = 1, jvmArgsAppend = "-Xmx4g")
public class JoinBenchmark {

	/** How many connections there are. */
	@Param({ "5000", "10000" })
	public int connections;

	/** Over how many topics they are spread. */
	@Param({ "1000", "10", "1" })
	public int topics;

	private final Progress progress = new Progress();

	private final List<Client> clients = new ArrayList<>();

	private PresenceEngine engine = PresenceEngine.builder().build();

	/**
	 * Opens the connections.
	 */
	@Setup(Level.Invocation)
	public void open() {
		this.engine.close();
		this.engine = PresenceEngine.builder().build();
		this.clients.clear();
		for (int i = 0; i < this.connections; i++) {
			this.clients.add(new Client(this.engine, i, this.progress));
		}
	}

	/**
	 * Ends the engine.
	 */
	@TearDown
	public void end() {
		this.engine.close();
	}

	/**
	 * Joins.
	 * @throws InterruptedException if interrupted
	 */
	@Benchmark
	public void join() throws InterruptedException {
		this.progress.expect(this.connections);
		for (int i = 0; i < this.connections; i++) {
			this.clients.get(i).join(topic(i));
		}
		this.progress.await();
	}

	/**
	 * Joins and leaves.
	 * @throws InterruptedException if interrupted
	 */
	@Benchmark
	public void joinAndLeave() throws InterruptedException {
		join();
		this.progress.expect(this.connections);
		for (int i = 0; i < this.connections; i++) {
			this.clients.get(i).leave(topic(i));
		}
		this.progress.await();
	}

	private String topic(int client) {
		return "room:" + client % this.topics;
	}

}
