#!/bin/sh
# Runs a program under valgrind. Usage: tests/c/valgrind.sh LOG PROGRAM. Fails if the program fails, leaks memory, frees
# what is not its own, or if it or the library reads or writes outside a block of the C heap.
#
# Goroutine stacks lie in anonymous memory that valgrind does not know as stacks: what it says about such addresses
# means nothing here, so the log is searched for the complaints that mean something.
set -eu

log=$1
shift
valgrind --leak-check=full --undef-value-errors=no --error-limit=no --log-file="$log" "$@"
sed -i 's/^==[0-9]*== *//' "$log"
if grep -E '^Address .*(block of size|not stack|bytes (after|before|inside))' "$log" || grep -E '^(Invalid free|Mismatched free)' "$log"; then
    echo "memory errors, see $log"
    exit 1
fi
if ! grep -q 'definitely lost: 0 bytes' "$log" && ! grep -q 'no leaks are possible' "$log"; then
    grep -A 12 'definitely lost in' "$log" || true
    echo "memory is leaked, see $log"
    exit 1
fi
