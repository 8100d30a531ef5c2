import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import javax.xml.parsers.DocumentBuilderFactory;

import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Adds up the XML test reports below the given folders and prints one last line,
 * {@code N passed, N failed, N skipped}. Fails if a test failed, if none ran, or if one
 * was skipped for another reason than the version of the JDK that it is for.
 */
class TestReports {

	private static final String WRONG_JDK = "Disabled on JRE version: \\S+";

	private int passed;

	private int failed;

	private int skipped;

	private final List<String> wronglySkipped = new ArrayList<>();

	public static void main(String[] folders) throws Exception {
		TestReports reports = new TestReports();
		for (String folder : folders) {
			for (Path file : files(Path.of(folder))) {
				reports.add(file);
			}
		}
		reports.wronglySkipped.forEach((test) -> System.out.println("Skipped, but must run here: " + test));
		// Maven ends its output with control characters and no line break.
		System.out.println();
		System.out.println(
				reports.passed + " passed, " + reports.failed + " failed, " + reports.skipped + " skipped");
		System.exit((reports.failed == 0 && reports.passed > 0 && reports.wronglySkipped.isEmpty()) ? 0 : 1);
	}

	private static List<Path> files(Path folder) throws IOException {
		try (Stream<Path> files = Files.find(folder, 8,
				(file, attributes) -> file.toString().matches(".*/target/(surefire|failsafe)-reports/TEST-[^/]*\\.xml"))) {
			return files.sorted().toList();
		}
	}

	private void add(Path file) throws Exception {
		NodeList tests = DocumentBuilderFactory.newDefaultInstance()
			.newDocumentBuilder()
			.parse(file.toFile())
			.getElementsByTagName("testcase");
		for (int i = 0; i < tests.getLength(); i++) {
			add((Element) tests.item(i));
		}
	}

	private void add(Element test) {
		if (test.getElementsByTagName("failure").getLength() + test.getElementsByTagName("error").getLength() > 0) {
			this.failed++;
			return;
		}
		Element skip = (Element) test.getElementsByTagName("skipped").item(0);
		if (skip == null) {
			this.passed++;
			return;
		}
		this.skipped++;
		String reason = (skip.getAttribute("message") + skip.getTextContent()).lines().findFirst().orElse("");
		if (!reason.matches(WRONG_JDK)) {
			this.wronglySkipped.add(test.getAttribute("classname") + "." + test.getAttribute("name") + ": " + reason);
		}
	}

}
