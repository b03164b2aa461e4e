"""A report document of any size, with hostile file names, for tests of the page."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

MIB = 1024 * 1024

# Names that a page without care would run, cut, or misread as its own markup.
HOSTILE_NAMES = (
    "</script><script>document.title='run'</script>.py",
    "<!-- <script> {{css}} {{document}}.py",
    "quotes \"double\" 'single' `back` & &amp; %2F + #hash.py",
    "ünïcödé/日本語/файл \u2028\u2029.py",
    "right-to-left \u202e‮.py",
    f"{'very_long_name_' * 15}.py",
)

# Name, versions, MiB, and the part that is native code.
_DISTRIBUTIONS: Sequence[tuple[str, tuple[str, ...], float, float]] = (
    ("numpy", ("2.3.4", "2.3.5"), 62.0, 0.7),
    ("pandas", ("2.3.3",), 58.0, 0.55),
    ("botocore", ("1.40.1", "1.40.9"), 22.0, 0.0),
    ("pydantic-core", ("2.41.5",), 5.4, 0.9),
    ("cryptography", ("46.0.3",), 9.8, 0.8),
    ("urllib3", ("1.26.20", "2.5.0"), 0.6, 0.0),
    ("requests", ("2.32.5",), 0.4, 0.0),
    ("python-dateutil", ("2.9.0.post0",), 0.9, 0.0),
    ("boto3", ("1.40.1",), 1.2, 0.0),
    ("six", ("1.17.0",), 0.1, 0.0),
    ("PyYAML", ("6.0.3",), 2.4, 0.75),
    ("charset-normalizer", ("3.4.4",), 0.7, 0.2),
)
_LAYERS = {
    "src/layers:science": ("numpy", "pandas", "python-dateutil", "six"),
    "src/layers:aws": ("boto3", "botocore", "urllib3"),
    "src/layers:unused": ("cryptography",),
}
_FOREIGN_LAYER = "arn:aws:lambda:eu-central-1:580247275435:layer:LambdaInsightsExtension:64"
_TEAMS = ("billing", "catalog", "identity", "orders", "search", "shipping")


def generated_document(functions: int, files: int, seed: int = 1) -> dict[str, Any]:
    """A document with about `files` files. Every third function attaches layers.

    The first function carries a quarter of the files, so that one artifact is large.
    """
    chance = random.Random(seed)
    layers = [_layer(address, names, chance) for address, names in _LAYERS.items()]
    by_address = {layer["address"]: layer for layer in layers}
    rest = files - sum(len(layer["files"]) for layer in layers) - files // 4
    made = [
        _function(
            number, files // 4 if number == 0 else rest // max(1, functions - 1), by_address, chance
        )
        for number in range(functions)
    ]
    made.sort(key=lambda artifact: str(artifact["address"]))
    return {
        "schema_version": 1,
        "limits": {"zip_bytes": 50 * MIB, "unzipped_bytes": 250 * MIB},
        "artifacts": [*made, *layers],
        "shared": _shared(made),
        "advice": _advice(made),
        "import_time": {
            artifact["address"]: _import_time(artifact, chance) for artifact in made[::2]
        },
        "against": _against(made),
    }


def _layer(address: str, names: Sequence[str], chance: random.Random) -> dict[str, Any]:
    distributions = [
        _distribution(name, versions[-1], mib, native, chance)
        for name, versions, mib, native in _DISTRIBUTIONS
        if name in names
    ]
    for distribution in distributions:
        distribution["imported"] = None
    return _artifact(address, "layer", [], distributions, 80, [], chance)


def _function(
    number: int, files: int, layers: dict[str, dict[str, Any]], chance: random.Random
) -> dict[str, Any]:
    address = (
        f"src/{_TEAMS[number % len(_TEAMS)]}/{'handler' if number else 'monolith'}_{number}:fn"
    )
    if number == 0:
        chosen = list(_DISTRIBUTIONS)
    else:
        chosen = chance.sample(_DISTRIBUTIONS, chance.randint(1, 4))
    own = [
        _distribution(name, chance.choice(versions), mib, native, chance)
        for name, versions, mib, native in chosen
    ]
    attached: list[str] = []
    if number % 3 == 1:
        attached = chance.choice([["src/layers:science"], ["src/layers:aws"], sorted(layers)[::2]])
        attached = [layer for layer in attached if layer != "src/layers:unused"]
        if number % 4 == 1:
            attached = [*attached, _FOREIGN_LAYER]
    for layer in attached:
        for distribution in layers.get(layer, {}).get("distributions", ()):
            own = [each for each in own if each["name"] != distribution["name"]]
            own.append({**distribution, "layer": layer, "imported": chance.random() > 0.2})
    hostile = HOSTILE_NAMES if number == 0 else ()
    artifact = _artifact(address, "function", hostile, own, files, attached, chance)
    artifact["total_unzipped_bytes"] += sum(
        layers[layer]["unzipped_bytes"] for layer in attached if layer in layers
    )
    return artifact


def _artifact(
    address: str,
    kind: str,
    hostile: Sequence[str],
    distributions: list[dict[str, Any]],
    files: int,
    layers: list[str],
    chance: random.Random,
) -> dict[str, Any]:
    distributions = sorted(distributions, key=lambda each: (-each["unzipped_bytes"], each["name"]))
    contents = list(_files(hostile, distributions, files, kind, chance))
    for index, distribution in enumerate(distributions):
        if distribution["layer"] is None:
            own = [each for each in contents if each[2] == index]
            distribution["unzipped_bytes"] = sum(each[1] for each in own)
            distribution["zip_bytes"] = int(distribution["unzipped_bytes"] * 0.3)
            for key in ("bytecode", "native"):
                distribution[f"{key}_bytes"] = sum(each[1] for each in own if each[3] == key)
    unzipped = sum(each[1] for each in contents)
    function = kind == "function"
    old = chance.random() < 0.1
    return {
        "address": address,
        "kind": kind,
        "path": f"{address.replace('/', '.').replace(':', '/')}.zip",
        "runtime": "python3.9" if old else "python3.13",
        "end_of_support": "2025-12-15" if old else "2029-06-30",
        "architecture": "x86_64",
        "handler": "lambda_function.handler" if function else None,
        "code_sha256": "C4cGNqg8T0qGZQWDzP0bJbXCXcCZCXnUt4NnLb0hTRA=",
        "content_sha256": f"{chance.getrandbits(256):064x}",
        "zip_bytes": int(unzipped * 0.3),
        "unzipped_bytes": unzipped,
        "total_unzipped_bytes": unzipped,
        "bytecode_bytes": sum(each[1] for each in contents if each[3] == "bytecode"),
        "native_bytes": sum(each[1] for each in contents if each[3] == "native"),
        "first_party_bytes": sum(each[1] for each in contents if each[2] == -1),
        "metadata_bytes": sum(each[1] for each in contents if each[3] == "metadata"),
        "layers": layers,
        "distributions": distributions,
        "files": contents,
    }


def _distribution(
    name: str, version: str, mib: float, native: float, chance: random.Random
) -> dict[str, Any]:
    size = int(mib * MIB)
    return {
        "name": name,
        "version": version,
        "layer": None,
        "unzipped_bytes": size,
        "zip_bytes": int(size * 0.3),
        "bytecode_bytes": 0,
        "native_bytes": int(size * native),
        "imported": chance.random() > 0.15,
        "why": [
            "orders/api.py imports orders.pricing",
            "orders/pricing.py imports pandas",
            f"pandas requires {name}",
        ],
    }


def _files(
    hostile: Sequence[str],
    distributions: Sequence[dict[str, Any]],
    count: int,
    kind: str,
    chance: random.Random,
) -> Iterator[list[Any]]:
    if kind == "function":
        yield ["lambda_function.py", 180, -1, "source"]
        for number in range(max(1, count // 20)):
            yield [f"orders/part_{number}/models.py", chance.randint(200, 9000), -1, "source"]
        yield ["orders/data/prices.json", chance.randint(1000, 90000), -1, "other"]
    yield from ([f"orders/hostile/{name}", 40_000, -1, "source"] for name in hostile)
    own = [i for i, each in enumerate(distributions) if each["layer"] is None]
    for index in own:
        distribution = distributions[index]
        prefix = "" if kind == "function" else "python/"
        module = prefix + distribution["name"].replace("-", "_").lower()
        native = distribution["native_bytes"]
        if native:
            for part in (0.6, 0.3, 0.1):
                path = f"{module}/_core/_part{int(part * 10)}.cpython-313-x86_64-linux-gnu.so"
                yield [path, int(native * part), index, "native"]
        remaining = distribution["unzipped_bytes"] - native
        weights = [chance.paretovariate(1.1) for _ in range(max(2, count // len(own) - 5))]
        scale = remaining / sum(weights)
        for number, weight in enumerate(weights):
            size = max(20, int(weight * scale))
            path = f"{module}/part_{number % 17}/sub_{number % 5}/module_{number}"
            if number % 3 == 2:
                path = f"{module}/part_{number % 17}/__pycache__/module_{number}.cpython-313"
                yield [f"{path}.pyc", size, index, "bytecode"]
            else:
                yield [f"{path}.py", size, index, "source"]
        metadata = f"{module}-{distribution['version']}.dist-info"
        yield [f"{metadata}/METADATA", chance.randint(2000, 30000), index, "metadata"]
        yield [f"{metadata}/RECORD", chance.randint(2000, 90000), index, "metadata"]


def _shared(functions: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    places: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for artifact in functions:
        for each in artifact["distributions"]:
            if each["layer"] is None:
                at = places.setdefault((each["name"], each["version"]), [])
                at.append((artifact["address"], each["unzipped_bytes"]))
    shared = [
        {
            "name": name,
            "version": version,
            "functions": [address for address, _ in at],
            "unzipped_bytes": sum(size for _, size in at),
        }
        for (name, version), at in places.items()
        if len(at) > 1
    ]
    return sorted(shared, key=lambda each: (-each["unzipped_bytes"], each["name"], each["version"]))


def _advice(functions: Sequence[dict[str, Any]]) -> dict[str, Any]:
    addresses = [artifact["address"] for artifact in functions]
    return {
        "saves_bytes": (4 * 570 + 242) * MIB,
        "before": {"source_edits": 1210 * MIB, "upgrades": 2480 * MIB},
        "after": {"source_edits": 640 * MIB, "upgrades": 2238 * MIB},
        "layers": [
            {
                "name": "src/billing:science",
                "distributions": ["numpy", "pandas", "python-dateutil"],
                "functions": addresses[:12],
                "zip_bytes": 36 * MIB,
            },
            {
                "name": "src/billing:http",
                "distributions": ["requests", "urllib3", "charset-normalizer"],
                "functions": addresses[4:9],
                "zip_bytes": 410_000,
            },
        ],
        "build_text": 'lambda_layer(\n    name="science",\n    requirements_of=[":fn"],\n)\n',
    }


def _import_time(artifact: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """An import tree of the function's distributions. Parents come after their imports."""
    modules: list[list[Any]] = []

    def add(name: str, depth: int) -> tuple[int, int]:
        children = [
            add(f"{name}.{part}{number}", depth + 1)
            for number, part in enumerate(("core", "lib", "io", "util")[: chance.randint(0, 4)])
            if depth < 5
        ]
        own = int(chance.paretovariate(1.3) * 400)
        index = len(modules)
        cumulative = own + sum(time for _, time in children)
        modules.append([name, own, cumulative, -1])
        for child, _ in children:
            modules[child][3] = index
        return index, cumulative

    names = ["lambda_function", "json", *(each["name"] for each in artifact["distributions"])]
    total = sum(add(name.replace("-", "_"), 0)[1] for name in names)
    return {
        "runs": 5,
        "median_us": total,
        "min_us": int(total * 0.94),
        "max_us": int(total * 1.11),
        "modules": modules,
    }


def _against(functions: Sequence[dict[str, Any]]) -> dict[str, Any]:
    kinds = {
        "code": ["src/orders/api.py changed", "upgraded: numpy 2.3.4 -> 2.3.5"],
        "layers": ["upgraded in src/layers:science: pandas 2.3.2 -> 2.3.3"],
        "configuration": ["handler: api.handler -> lambda_function.handler"],
        "added": [],
        "none": [],
    }
    changes = []
    for number, artifact in enumerate(functions):
        change = list(kinds)[min(number, 4)] if number < 9 else "none"
        before = int(artifact["zip_bytes"] * 0.98) if change == "code" else artifact["zip_bytes"]
        changes.append(
            {
                "address": artifact["address"],
                "kind": "function",
                "change": change,
                "reasons": kinds[change],
                "zip_bytes": [None if change == "added" else before, artifact["zip_bytes"]],
                "import_us": [180_000, 171_000] if change == "code" else [None, None],
                "unzipped_bytes": [
                    None if change == "added" else artifact["unzipped_bytes"],
                    artifact["unzipped_bytes"],
                ],
            }
        )
    return {"folder": "main-dist", "changes": changes}
