"""The modules of the standard library in each Python version, which no artifact contains.

The interpreter that runs the backend knows only the modules of its own version.
"""

from __future__ import annotations

from functools import cache

# `sys.stdlib_module_names` of CPython 3.10 to 3.15 (3.14.10 and 3.15.2), and the modules that the
# release of 3.9 contains. All read 2026-11-29.
_ALWAYS = """
    __future__ _abc _aix_support _ast _asyncio _bisect _blake2 _bz2 _codecs _codecs_cn _codecs_hk
    _codecs_iso2022 _codecs_jp _codecs_kr _codecs_tw _collections _collections_abc _compat_pickle
    _compression _contextvars _csv _ctypes _curses _curses_panel _datetime _dbm _decimal
    _elementtree _frozen_importlib _frozen_importlib_external _functools _gdbm _hashlib _heapq _imp
    _io _json _locale _lsprof _lzma _markupbase _md5 _multibytecodec _multiprocessing _opcode
    _operator _osx_support _overlapped _pickle _posixshmem _posixsubprocess _py_abc _pydecimal
    _pyio _queue _random _scproxy _sha1 _sha3 _signal _sitebuiltins _socket _sqlite3 _sre _ssl
    _stat _statistics _string _strptime _struct _symtable _thread _threading_local _tkinter
    _tracemalloc _uuid _warnings _weakref _weakrefset _winapi _zoneinfo abc antigravity argparse
    array ast asyncio atexit base64 bdb binascii bisect builtins bz2 cProfile calendar cmath cmd
    code codecs codeop collections colorsys compileall concurrent configparser contextlib
    contextvars copy copyreg csv ctypes curses dataclasses datetime dbm decimal difflib dis doctest
    email encodings ensurepip enum errno faulthandler fcntl filecmp fileinput fnmatch fractions
    ftplib functools gc genericpath getopt getpass gettext glob graphlib grp gzip hashlib heapq
    hmac html http idlelib imaplib importlib inspect io ipaddress itertools json keyword linecache
    locale logging lzma mailbox marshal math mimetypes mmap modulefinder msvcrt multiprocessing
    netrc nt ntpath nturl2path numbers opcode operator optparse os pathlib pdb pickle pickletools
    pkgutil platform plistlib poplib posix posixpath pprint profile pstats pty pwd py_compile
    pyclbr pydoc pydoc_data pyexpat queue quopri random re readline reprlib resource rlcompleter
    runpy sched secrets select selectors shelve shlex shutil signal site smtplib socket
    socketserver sqlite3 sre_compile sre_constants sre_parse ssl stat statistics string stringprep
    struct subprocess symtable sys sysconfig syslog tabnanny tarfile tempfile termios textwrap this
    threading time timeit tkinter token tokenize trace traceback tracemalloc tty turtle turtledemo
    types typing unicodedata unittest urllib uuid venv warnings wave weakref webbrowser winreg
    winsound wsgiref xml xmlrpc zipapp zipfile zipimport zlib zoneinfo
"""

# The modules that each version adds and removes, compared with the version before it. 3.9 is
# compared with the names above.
_CHANGES = {
    (3, 9): (
        """
        _bootlocale _bootsubprocess _crypt _msi _peg_parser _sha256 _sha512 aifc asynchat asyncore
        audioop binhex cgi cgitb chunk crypt distutils formatter imghdr imp lib2to3 mailcap msilib
        nis nntplib ossaudiodev parser pipes smtpd sndhdr spwd sunau symbol telnetlib uu xdrlib
        """,
        "",
    ),
    (3, 10): (
        "",
        "_bootlocale _peg_parser formatter parser symbol",
    ),
    (3, 11): (
        "_tokenize _typing tomllib",
        "binhex",
    ),
    (3, 12): (
        "_pydatetime _pylong _sha2",
        "_bootsubprocess _sha256 _sha512 asynchat asyncore distutils imp smtpd",
    ),
    (3, 13): (
        """
        _android_support _colorize _interpchannels _interpqueues _interpreters _ios_support
        _opcode_metadata _pyrepl _suggestions _sysconfig _wmi
        """,
        """
        _crypt _msi aifc audioop cgi cgitb chunk crypt imghdr lib2to3 mailcap msilib nis nntplib
        ossaudiodev pipes sndhdr spwd sunau telnetlib uu xdrlib
        """,
    ),
    (3, 14): (
        """
        _apple_support _ast_unparse _hmac _py_warnings _remote_debugging _types _zstd annotationlib
        compression
        """,
        "_compression",
    ),
    (3, 15): (
        "_math_integer profiling",
        "sre_compile sre_constants sre_parse",
    ),
}


@cache
def standard_library(python: tuple[int, int]) -> frozenset[str]:
    """Return the top-level modules of a version's standard library, including private ones.

    They include the modules of all platforms, some of which cannot be imported on Linux. `python`
    is a minor version, such as `(3, 13)`; versions after the newest one in the table count as it.
    """
    names = frozenset(_ALWAYS.split())
    for version, (added, removed) in _CHANGES.items():
        if version <= python:
            names = (names - frozenset(removed.split())) | frozenset(added.split())
    return names


def public_standard_library(python: tuple[int, int]) -> frozenset[str]:
    """Return the public modules of a version's standard library.

    They include `__future__` and `_thread`, which user code imports as well.
    """
    return frozenset(
        name
        for name in standard_library(python)
        if not name.startswith("_") or name in ("__future__", "_thread")
    )


# The modules of all versions, and the public ones of all versions.
ALL_STANDARD_MODULES: frozenset[str] = frozenset().union(*map(standard_library, _CHANGES))
PUBLIC_STANDARD_MODULES: frozenset[str] = frozenset().union(*map(public_standard_library, _CHANGES))

# The modules that Python has loaded before Lambda looks for the handler, so that it never imports a
# file with one of these names: built-in modules, and those that awslambdaric 4.2.2 has imported on
# every CPython from 3.10 to 3.13. Read 2026-11-28.
_PRELOADED = """
    __future__ _thread abc atexit builtins codecs collections copyreg decimal encodings enum errno
    faulthandler functools gc genericpath importlib io itertools json keyword linecache logging
    marshal math numbers operator os posix posixpath pwd re reprlib site stat string sys threading
    time traceback types warnings weakref zipimport
"""
PRELOADED_MODULES = frozenset(_PRELOADED.split())
