#!/usr/bin/env python
"""Django's commands, on the servers of DATA_DIR: those that run are found, others are started for the command."""

import os
import signal
import sys

from django.core.management import execute_from_command_line

from config.datadir import default_data_dir
from config.services import ServiceError, lease

WITHOUT_SERVERS = {"help", "version", "--help", "--version"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ["DATA_DIR"] = str(default_data_dir())
    os.environ.setdefault("STATEMENT_SECONDS", "0")  # a person or a deploy waits for it, not a caller
    if WITHOUT_SERVERS & set(sys.argv[1:2]) or len(sys.argv) == 1:
        return execute_from_command_line(sys.argv)
    # Asked to end, a command gives its lease back like one that is done.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    try:
        with lease(default_data_dir()):
            execute_from_command_line(sys.argv)
    except ServiceError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
