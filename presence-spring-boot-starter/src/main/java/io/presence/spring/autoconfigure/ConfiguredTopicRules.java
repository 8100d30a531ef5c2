package io.presence.spring.autoconfigure;

import java.util.List;

import io.presence.engine.TopicRules;
import io.presence.spring.autoconfigure.PresenceProperties.KeyedBy;
import io.presence.spring.autoconfigure.PresenceProperties.Topic;
import io.presence.spring.security.TopicPattern;

/**
 * Tracks topics by the rules of {@code presence.topics}: the first that matches decides,
 * and no match means enabled, by key.
 */
final class ConfiguredTopicRules implements TopicRules {

	private final List<Rule> rules;

	ConfiguredTopicRules(List<Topic> rules) {
		this.rules = rules.stream().map(Rule::of).toList();
	}

	@Override
	public Tracking tracking(String topic) {
		for (Rule rule : this.rules) {
			if (rule.pattern.matches(topic)) {
				return rule.tracking;
			}
		}
		return Tracking.BY_KEY;
	}

	private record Rule(TopicPattern pattern, Tracking tracking) {

		static Rule of(Topic rule) {
			Tracking tracking = (rule.keyedBy() == KeyedBy.CONNECTION) ? Tracking.BY_CONNECTION : Tracking.BY_KEY;
			return new Rule(TopicPattern.of(rule.pattern()), rule.enabled() ? tracking : Tracking.DISABLED);
		}

	}

}
