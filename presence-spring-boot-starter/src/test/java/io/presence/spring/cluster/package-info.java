/**
 * Several instances of one application on one Redis.
 */
package io.presence.spring.cluster;
