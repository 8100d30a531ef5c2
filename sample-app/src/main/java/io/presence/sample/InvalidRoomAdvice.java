package io.presence.sample;

import io.presence.InvalidTopicException;

import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/**
 * Answers 400 where the name of a room cannot be that of a topic.
 */
@RestControllerAdvice
class InvalidRoomAdvice {

	@ExceptionHandler
	ProblemDetail invalid(InvalidTopicException ex) {
		return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, ex.getMessage());
	}

}
