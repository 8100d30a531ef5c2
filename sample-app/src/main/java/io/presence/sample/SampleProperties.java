package io.presence.sample;

import java.util.List;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What can be set of the sample.
 *
 * @param rooms the names of the rooms that the page offers
 * @param instance the name that this instance shows to its users; empty for host name and
 * port
 */
@ConfigurationProperties("sample")
record SampleProperties(@DefaultValue( {
		"lobby", "design", "engineering", "kitchen" }) List<String> rooms, @DefaultValue("") String instance){

}
