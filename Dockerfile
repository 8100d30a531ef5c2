FROM maven:3.9-eclipse-temurin-17 AS build
WORKDIR /build
COPY . .
RUN --mount=type=cache,target=/root/.m2 mvn -B -ntp -q -pl sample-app -am package -DskipTests

FROM eclipse-temurin:17-jre-alpine
RUN adduser -S -D -H -u 10001 presence
USER 10001
COPY --from=build /build/sample-app/target/sample-app.jar /app.jar
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=3 \
	CMD wget -qO /dev/null http://127.0.0.1:8080/actuator/health/readiness
ENTRYPOINT ["java", "-XX:MaxRAMPercentage=75", "-jar", "/app.jar"]
