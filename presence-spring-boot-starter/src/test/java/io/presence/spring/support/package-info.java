/**
 * What test applications of several packages consist of.
 */
package io.presence.spring.support;
