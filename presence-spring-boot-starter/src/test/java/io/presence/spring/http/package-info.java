/**
 * Tests of the snapshot over HTTP.
 */
package io.presence.spring.http;
