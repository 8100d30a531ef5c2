package io.presence.benchmarks;

import java.util.Arrays;
import java.util.Collection;

import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.util.Statistics;

/**
 * Runs the benchmarks and prints the median, the least and the greatest of each, with the
 * machine: figures are to be compared within one run only. Takes the options of JMH, or
 * {@code heap}.
 */
public final class Benchmarks {

	private Benchmarks() {
	}

	/**
	 * Runs them.
	 * @param arguments {@code heap}, or the options of JMH
	 * @throws RunnerException if one fails
	 * @throws CommandLineOptionException if an option is none
	 * @throws InterruptedException if interrupted
	 */
	public static void main(String[] arguments)
			throws RunnerException, CommandLineOptionException, InterruptedException {
		System.out.printf("%d processors, %s, %s %s, %s%n", Runtime.getRuntime().availableProcessors(),
				System.getProperty("os.name"), System.getProperty("java.vm.name"), System.getProperty("java.version"),
				System.getProperty("os.arch"));
		if (Arrays.asList(arguments).contains("heap")) {
			HeapPerConnection.measure();
			return;
		}
		Collection<RunResult> results = new Runner(new CommandLineOptions(arguments)).run();
		results.forEach(Benchmarks::print);
	}

	private static void print(RunResult result) {
		for (BenchmarkResult benchmark : result.getBenchmarkResults()) {
			Statistics all = benchmark.getPrimaryResult().getStatistics();
			System.out.printf("%-60s median %10.3f  min %10.3f  max %10.3f %s%n",
					result.getParams().getBenchmark().replaceFirst(".*\\.(\\w+\\.\\w+)$", "$1") + " "
							+ parameters(result),
					all.getPercentile(50), all.getMin(), all.getMax(), benchmark.getScoreUnit());
		}
	}

	private static String parameters(RunResult result) {
		StringBuilder parameters = new StringBuilder();
		result.getParams()
			.getParamsKeys()
			.forEach((key) -> parameters.append(key).append('=').append(result.getParams().getParam(key)).append(' '));
		return parameters.toString();
	}

}
