"""Turns a process into the function's process: sets up its view of the files, executes Python.

Where the kernel allows it, the process gets a file system of its own, in which /var/task and /opt
are read-only and /tmp is private, and a process namespace, in which no process outlives it.
Otherwise the process sees the same folders below `root`.

`process.py` starts this module with a document (JSON) of these keys:

- `root`: the folder of the mounts
- `python`: the name of the interpreter, such as `python3.13`
- `needed`: the host's folders that must stay visible
- `writable`: a folder of the host that can be written, or null
- `own_view`: whether to try to give the process a file system of its own
- `shown`: a file that lists the host's files that stay visible, or null for all
- `view_variables`, `folder_variables`: the environment with a file system of its own, and without
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from contextlib import suppress
from typing import Any

from aws_lambda_emulator.file_view import enter_view
from aws_lambda_emulator.namespaces import enter_process_namespace
from aws_lambda_emulator.system_calls import drop_capabilities, end_with_parent

# The descriptor to which this module writes notes for `process.py`: the reason why there is no file
# system of its own, or the reason why all of the host's files are visible after `NOTHING_HIDDEN`,
# and `PROCESS_NAMESPACE` if the process has one.
NOTES_DESCRIPTOR = 3
PROCESS_NAMESPACE, NOTHING_HIDDEN = b"process namespace", b"nothing hidden: "
# AWS's quotas page: file descriptors of a function (2026).
_MAX_DESCRIPTORS = 1024


def launch(document: dict[str, Any]) -> None:
    """Set up this process as the document says, and execute Python with `bootstrap.py`."""
    on_linux = sys.platform.startswith("linux")
    if on_linux:
        # The function must not outlive the emulator, even if the emulator is killed.
        end_with_parent()
    root, environment = _isolate(document, on_linux=on_linux)
    if on_linux:
        drop_capabilities()
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    limit = _MAX_DESCRIPTORS if limit == resource.RLIM_INFINITY else min(limit, _MAX_DESCRIPTORS)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    os.umask(0o022)
    os.chdir(f"{root}/var/task")
    argv = [f"{root}/var/lang/bin/{document['python']}", f"{root}/var/runtime/bootstrap.py"]
    wrapper = environment.get("AWS_LAMBDA_EXEC_WRAPPER")
    argv[:0] = [wrapper] if wrapper else []
    os.set_inheritable(NOTES_DESCRIPTOR, False)
    # Python ignores SIGPIPE, and executed programs, such as a wrapper's shell, would inherit that.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        os.execve(argv[0], argv, environment)
    except OSError as error:
        sys.exit(f"{argv[0]} cannot be executed: {error.strerror}")


def _isolate(document: dict[str, Any], *, on_linux: bool) -> tuple[str, dict[str, str]]:
    """Enter a view and a process namespace if possible.

    Returns the folder in which the process sees the function's folders, `""` for a view, and the
    environment variables.
    """
    root = document["root"]
    try:
        if not on_linux:
            raise OSError(0, "this is not Linux")
        if not document["own_view"]:
            raise OSError(0, "plain folders were requested")
        shown = None
        if document["shown"]:
            with open(document["shown"], encoding="utf-8") as file:
                shown = json.load(file)
        refused = enter_view(root, document["needed"], document["writable"], shown)
    except OSError as error:
        with suppress(OSError):
            os.write(NOTES_DESCRIPTOR, (error.strerror or str(error)).encode())
        return root, document["folder_variables"]
    if refused:
        os.write(NOTES_DESCRIPTOR, NOTHING_HIDDEN + refused.encode() + b"\n")
    with suppress(OSError):
        enter_process_namespace(NOTES_DESCRIPTOR)
        os.write(NOTES_DESCRIPTOR, PROCESS_NAMESPACE)
    return "", document["view_variables"]
