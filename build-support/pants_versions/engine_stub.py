"""A stub for the engine of Pants, and for libraries that Pants only needs when it runs.

The engine is written in Rust, and `native_engine.pyi` describes its Python interface. The stub has
every class and function of that file. Only those that Pants uses while it imports its modules work;
the others accept any arguments.
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

_ENGINE = "pants.engine.internals.native_engine"
# Pants cannot be imported without these.
_REQUIRED = ("packaging", "pants", "typing_extensions")
_RESULTS: Mapping[str, Any] = {"str": "x", "bool": False, "int": 0}


class Stub:
    """Accepts any arguments. Its attributes and results are stubs as well."""

    def __init__(self, *_: Any, **__: Any) -> None: ...

    def __class_getitem__(cls, _: Any) -> type:
        return cls

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Stub()

    def __call__(self, *_: Any, **__: Any) -> Any:
        return Stub()


class _FrozenContainer:
    """The methods that both containers share."""

    _items: dict[Any, Any]

    def __class_getitem__(cls, _: Any) -> type:
        return cls

    def __contains__(self, item: object) -> bool:
        return item in self._items

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(tuple(self._items))


class FrozenDict(_FrozenContainer, Mapping[Any, Any]):
    def __init__(self, *items: Any, **named: Any) -> None:
        self._items = dict(*items, **named)

    def __getitem__(self, key: Any) -> Any:
        return self._items[key]


class FrozenOrderedSet(_FrozenContainer, Set[Any]):
    # Instead of `__init__`, because subclasses in Pants call this method.
    def __new__(cls, items: Iterable[Any] = ()) -> FrozenOrderedSet:
        new = super().__new__(cls)
        new._items = dict.fromkeys(items)
        return new


class LockedMap(Stub):
    def __init__(self) -> None:
        self._items: dict[Any, Any] = {}

    def get_or_insert(self, key: Any, compute: Callable[[], Any]) -> Any:
        if key not in self._items:
            self._items[key] = compute()
        return self._items[key]


class RuleCallTrampoline:
    """The object that `@rule` returns in place of the function."""

    def __init__(self, rule_id: str, output_type: type, wrapped: Any, rule: Any) -> None:
        self.rule_id, self.output_type, self.rule = rule_id, output_type, rule
        self.__wrapped__, self.__name__ = wrapped, wrapped.__name__
        self.__annotations__ = wrapped.__annotations__

    def __call__(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError


_IMPLEMENTED = {
    each.__name__: each for each in (FrozenDict, FrozenOrderedSet, LockedMap, RuleCallTrampoline)
}


class StubFinder(MetaPathFinder, Loader):
    """Finds stubs for the engine, and for modules that Pants imports and that are not installed."""

    def __init__(self, pants: str) -> None:
        self._interface = Path(pants, *_ENGINE.split(".")).with_suffix(".pyi")

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == _ENGINE or _is_imported_by_pants(fullname):
            return ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _StubModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        if module.__name__ == _ENGINE:
            for node in ast.parse(self._interface.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef):
                    setattr(
                        module, node.name, _IMPLEMENTED.get(node.name) or _stub_class(node, module)
                    )
                elif isinstance(node, ast.FunctionDef):
                    setattr(module, node.name, _stub_function(node))


class _StubModule(ModuleType):
    __path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        stub = type(name, (Stub,), {})
        setattr(self, name, stub)
        return stub


def _stub_class(node: ast.ClassDef, module: ModuleType) -> type:
    """A stub with the name of a class. An exception keeps its bases."""
    names = [ast.unparse(each) for each in node.bases]
    bases = [
        getattr(builtins, each, None) or vars(module)[each]
        for each in names
        if each.endswith(("Error", "Exception"))
    ]
    stub = type(node.name, tuple(bases) or (Stub,), {"__module__": _ENGINE})
    for each in node.body:
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
            setattr(stub, each.target.id, Stub())
        elif isinstance(each, ast.FunctionDef) and not each.name.startswith("__"):
            setattr(stub, each.name, Stub())
    return stub


def _stub_function(node: ast.FunctionDef) -> Callable[..., Any]:
    result = ast.unparse(node.returns) if node.returns else ""
    return lambda *_, **__: _RESULTS.get(result, Stub())


def _is_imported_by_pants(name: str) -> bool:
    """Whether Pants itself imports a module that was not found, and can do without it."""
    frame = sys._getframe(2)
    while frame.f_back and "importlib" in frame.f_code.co_filename:
        frame = frame.f_back
    by_pants = str(frame.f_globals.get("__name__")).startswith("pants.")
    return by_pants and name.partition(".")[0] not in _REQUIRED
