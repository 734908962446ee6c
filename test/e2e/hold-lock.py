"""Takes a lock on a file with fcntl and keeps it: `hold-lock.py FILE [ignore]`; with `ignore` it does not heed SIGTERM."""

import fcntl
import signal
import sys
import time

if len(sys.argv) > 2:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
file = open(sys.argv[1], "a")
fcntl.lockf(file, fcntl.LOCK_EX)
time.sleep(600)
