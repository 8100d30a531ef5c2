package io.presence.sample;

import java.util.Locale;

import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.stereotype.Component;
import org.springframework.ui.ExtendedModelMap;
import org.thymeleaf.ITemplateEngine;
import org.thymeleaf.context.Context;

/**
 * Renders the page once before the instance is ready: the first time takes many times as
 * long as all others, and should not come on top of waiting for a slow Redis.
 */
@Component
class WarmUp implements ApplicationRunner {

	private final PageController page;

	private final ITemplateEngine templates;

	WarmUp(PageController page, ITemplateEngine templates) {
		this.page = page;
		this.templates = templates;
	}

	@Override
	public void run(ApplicationArguments arguments) {
		ExtendedModelMap model = new ExtendedModelMap();
		String template = this.page.page(null, null, null, null, model);
		this.templates.process(template, new Context(Locale.ENGLISH, model));
	}

}
