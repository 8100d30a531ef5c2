package io.presence.spring.autoconfigure;

import java.util.Arrays;
import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;

import io.presence.PresenceAuthorizer;
import io.presence.PresenceEvent;
import io.presence.PresenceListener;
import io.presence.PresenceSelector;

/**
 * What the application adds to the engine. Authorizers and listeners are created no
 * earlier than they are needed, so that they may themselves use the service.
 */
final class Collaborators implements SmartInitializingSingleton {

	private final ListableBeanFactory beanFactory;

	private final ObjectProvider<PresenceSelector> selector;

	private final ObjectProvider<PresenceAuthorizer> authorizer;

	private volatile @Nullable PresenceAuthorizer resolvedAuthorizer;

	Collaborators(ListableBeanFactory beanFactory) {
		this.beanFactory = beanFactory;
		this.selector = beanFactory.getBeanProvider(PresenceSelector.class);
		this.authorizer = beanFactory.getBeanProvider(PresenceAuthorizer.class);
	}

	@Override
	public void afterSingletonsInstantiated() {
		resolveAuthorizer();
	}

	@Nullable PresenceSelector selector() {
		return this.selector.getIfAvailable();
	}

	PresenceAuthorizer authorizer() {
		return (request) -> resolveAuthorizer().isAllowed(request);
	}

	List<PresenceListener> listeners() {
		String[] names = BeanFactoryUtils.beanNamesForTypeIncludingAncestors(this.beanFactory, PresenceListener.class,
				true, false);
		return Arrays.stream(names).<PresenceListener>map(LazyListener::new).toList();
	}

	private PresenceAuthorizer resolveAuthorizer() {
		PresenceAuthorizer resolved = this.resolvedAuthorizer;
		if (resolved == null) {
			resolved = this.authorizer.getObject();
			this.resolvedAuthorizer = resolved;
		}
		return resolved;
	}

	private final class LazyListener implements PresenceListener {

		private final String beanName;

		private volatile @Nullable PresenceListener resolved;

		LazyListener(String beanName) {
			this.beanName = beanName;
		}

		@Override
		public void onEvent(PresenceEvent event) {
			PresenceListener listener = this.resolved;
			if (listener == null) {
				listener = Collaborators.this.beanFactory.getBean(this.beanName, PresenceListener.class);
				this.resolved = listener;
			}
			listener.onEvent(event);
		}

	}

}
