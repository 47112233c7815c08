"""Stopping: SIGTERM, which queues send, as Ctrl-C; the second of either ends everything at once, whatever hangs."""

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import parent_process
from typing import Any

STOPS = (signal.SIGINT, signal.SIGTERM)
END_SECONDS = 5.0
"""What is left after the second signal before the process is ended from outside the interpreter."""


class Terminated(KeyboardInterrupt):
    """Stopped by SIGTERM."""


@contextmanager
def allow_two_stops(kill: Callable[[], None]) -> Iterator[None]:
    """Let the first SIGINT or SIGTERM interrupt the block, and the second end its workers too.

    A thread sees the second even where the main thread waits for a disk that does not answer.

    Parameters
    ----------
    kill
        Ends all workers at once.
    """
    if threading.current_thread() is not threading.main_thread() or parent_process() is not None:
        yield  # who started this process ends it
        return
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    if before != -1:  # an event loop's, which a notebook has; it is left alone
        signal.set_wakeup_fd(before)
    terminate = signal.getsignal(signal.SIGTERM)
    if terminate is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _interrupt)
    ended = threading.Event()
    threading.Thread(target=_count_stops, args=(reader, kill, ended), daemon=True).start()
    try:
        yield
    finally:
        ended.set()
        if before == -1:
            signal.set_wakeup_fd(-1)
        if terminate is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, terminate)
        writer.close()


def _interrupt(*_: Any) -> None:
    raise Terminated


def _count_stops(reader: socket.socket, kill: Callable[[], None], ended: threading.Event) -> None:
    """Read signals as they come, until the block has ended."""
    count = 0
    with reader:
        while number := reader.recv(1):
            count += number[0] in STOPS
            if count > 1:
                kill()
                if not ended.wait(END_SECONDS):
                    sys.stderr.write("Stopped at once.  What is done is safe; the same command continues.\n")
                    sys.stderr.flush()
                    os._exit(128 + number[0])
