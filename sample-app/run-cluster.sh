#!/usr/bin/env bash
# Starts Redis, two instances of the sample and, where HAProxy is installed, a balancer
# before them, as plain processes. Ends all of them when it is interrupted.
#
#   PORT        of the balancer         8080
#   PORT_1      of the first instance   8081
#   PORT_2      of the second instance  8082
#   REDIS_PORT  of Redis                6390
#   REDIS_SERVER, JAVA, HAPROXY         the programs to use
set -euo pipefail
cd "$(dirname "$0")"

PORT=${PORT:-8080} PORT_1=${PORT_1:-8081} PORT_2=${PORT_2:-8082} REDIS_PORT=${REDIS_PORT:-6390}
JAVA=${JAVA:-java}
HAPROXY=${HAPROXY-$(command -v haproxy || true)}
jar=target/sample-app.jar
work=$(mktemp -d)
pids=()

finish() {
	trap - EXIT INT TERM
	((${#pids[@]} == 0)) || kill "${pids[@]}" 2>/dev/null || true
	wait
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 0' INT TERM

if [[ ! -f $jar ]]; then
	echo "There is no $PWD/$jar. Build it first: mvn package" >&2
	exit 1
fi

# Without a redis-server on the path: the one that the tests brought along.
REDIS_SERVER=${REDIS_SERVER:-$(command -v redis-server || true)}
if [[ -z $REDIS_SERVER ]]; then
	archive=$(find "${MAVEN_REPO:-$HOME/.m2/repository}/org/signal/embedded-redis" -name '*.jar' 2>/dev/null | head -1 || true)
	system=$(uname -s | tr '[:upper:]' '[:lower:]')
	machine=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
	if [[ -n $archive ]] && (cd "$work" && unzip -qo "$archive" "redis-server-*-$system-$machine" 2>/dev/null); then
		REDIS_SERVER=$(echo "$work"/redis-server-*)
		chmod +x "$REDIS_SERVER"
	else
		echo "There is no redis-server on the path. Install Redis, or name one in REDIS_SERVER." >&2
		exit 1
	fi
fi

"$REDIS_SERVER" --port "$REDIS_PORT" --bind 127.0.0.1 --save '' --appendonly no --dir "$work" >"$work/redis.log" 2>&1 &
pids+=($!)

instance() { # port, name
	"$JAVA" -jar "$jar" --server.port="$1" --sample.instance="$2" --presence.store=redis \
		--spring.data.redis.port="$REDIS_PORT" >"$work/$2.log" 2>&1 &
	pids+=($!)
}
instance "$PORT_1" app-1
instance "$PORT_2" app-2

ready() { # port
	exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
	printf 'GET /actuator/health/readiness HTTP/1.0\r\n\r\n' >&3
	local status
	read -r _ status _ <&3 || return 1
	exec 3>&-
	[[ $status == 200 ]]
}

await() { # port, name
	for _ in $(seq 1 240); do
		(ready "$1") 2>/dev/null && return
		for pid in "${pids[@]}"; do
			if ! kill -0 "$pid" 2>/dev/null; then
				echo "A process ended:" >&2
				tail -n 20 "$work"/*.log >&2
				exit 1
			fi
		done
		sleep 0.5
	done
	echo "$2 did not become ready:" >&2
	tail -n 20 "$work/$2.log" >&2
	exit 1
}
await "$PORT_1" app-1
await "$PORT_2" app-2

if [[ -n $HAPROXY ]]; then
	BIND="127.0.0.1:$PORT" APP_1="127.0.0.1:$PORT_1" APP_2="127.0.0.1:$PORT_2" \
		"$HAPROXY" -db -f haproxy.cfg >"$work/haproxy.log" 2>&1 &
	pids+=($!)
	await "$PORT" haproxy
	echo "balancer  http://localhost:$PORT/"
else
	echo "There is no HAProxy on the path: no balancer."
fi
echo "app-1     http://localhost:$PORT_1/"
echo "app-2     http://localhost:$PORT_2/"
echo "Redis     localhost:$REDIS_PORT"
echo "Ctrl-C ends them all."

# Goes on without one that ends: what happens then is what there is to see.
wait
