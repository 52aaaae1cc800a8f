"""Runs a command that must not outlive whoever started us: `leash.py COMMAND...`.

The starter holds the other end of our standard input and never writes to it. When that end
closes, because the starter asked for it or because it died, even by SIGKILL, the command is
ended: politely first, then for sure.

Standard library only, no import of ours: it is started by path, and often.
"""

import subprocess
import sys
import threading

POLITE_SECONDS = 10.0


def end_with_standard_input(command: "subprocess.Popen[bytes]") -> None:
    """Wait for the end of standard input, then for the end of the command."""
    sys.stdin.buffer.read()
    command.terminate()
    try:
        command.wait(POLITE_SECONDS)
    except subprocess.TimeoutExpired:
        command.kill()


def main() -> int:
    command = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    threading.Thread(target=end_with_standard_input, args=(command,), daemon=True).start()
    return command.wait()


if __name__ == "__main__":
    raise SystemExit(main())
