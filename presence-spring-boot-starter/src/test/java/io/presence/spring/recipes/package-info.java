/**
 * The recipes of docs/security.md, run.
 */
package io.presence.spring.recipes;
