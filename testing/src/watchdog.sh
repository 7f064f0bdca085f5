# Owns one server, a PostgreSQL or a Redis, and ends it when whoever started this ends, however that happens: then standard input is at
# its end. $1 is its folder, the rest is the command that runs it. Each line of input is an order, answered by one
# line.
folder=$1
shift
pid=

# Waits until it is gone, at most 10 s.
gone() {
  tries=0
  while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 200 ]; do
    sleep 0.05
    tries=$((tries + 1))
  done
}

finish() {
  [ -n "$pid" ] || return 0
  kill -s "$1" "$pid" 2>/dev/null
  gone
  kill -s KILL "$pid" 2>/dev/null
  wait "$pid" 2>/dev/null
  pid=
}

while read -r order others; do
  case $order in
    start)
      "$@" </dev/null >>"$folder/log" 2>&1 &
      pid=$!
      ;;
    # No process of it may start another while they are looked for.
    pause) kill -s STOP "$pid" ;;
    resume) kill -s CONT "$pid" ;;
    kill)
      # shellcheck disable=SC2086 # each is a word
      kill -s KILL "$pid" $others 2>/dev/null
      wait "$pid" 2>/dev/null
      pid=
      ;;
    stop) finish INT ;;
  esac
  echo "$pid"
done
finish QUIT
rm -rf "$folder"
