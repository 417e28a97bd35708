"""Takes facilities away from a host, then runs a command: `python3 <this folder> <facility>... -- <command>`.

Facilities are taken in the order in which they are named; each is a function of this folder. What
cannot be taken away here ends with a sentence and exit code 80.
"""
import os
import sys

sys.path[0] = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(sys.path[0], "../../../packages/core/python"))

import facilities  # noqa: E402 - after the path


def main() -> None:
    cut = sys.argv.index("--")
    command = sys.argv[cut + 1:]
    for name in sys.argv[1:cut]:
        take, *arguments = name.split("=")
        try:
            command = [*(facilities.TAKE[take](*arguments) or ()), *command]
        except OSError as error:
            os.write(2, ("belljar-host: %s cannot be taken away here: %s\n" % (name, error)).encode())
            sys.exit(80)
    os.execvp(command[0], command)


main()
