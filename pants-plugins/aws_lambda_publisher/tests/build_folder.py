"""Writes artifacts as `package` writes them, and requests for them."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class BuildFolder:
    """A folder with artifacts and a request. Tests change `options`, and write artifacts again.

    With another `compression`, equal files have other bytes, as with another version of zlib.
    """

    path: Path
    options: dict[str, Any] = field(default_factory=dict)
    compression: int = zipfile.ZIP_DEFLATED
    functions: dict[str, dict[str, Any]] = field(default_factory=dict)
    layers: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add_layer(
        self,
        name: str,
        modules: Mapping[str, str] | Sequence[str],
        *,
        size: int = 0,
        runtime: str = "python3.13",
        architecture: str = "x86_64",
    ) -> str:
        """Write a layer with these modules, and return the path of its zip in the request.

        `size` is the unzipped size of a file of zeros in the layer.
        """
        contents = {f"python/{module}.py": text for module, text in _with_texts(modules).items()}
        path = f"src/{name}.zip"
        metadata = self._write_zip(path, contents, size)
        metadata.update({"kind": "layer", "runtime": runtime, "architecture": architecture})
        self._write_metadata(path, metadata)
        self.layers[name] = {"address": f"src:{name}", "layer_name": name, "zip": path}
        return path

    def add_function(
        self,
        name: str,
        code: str,
        layers: Sequence[str] = (),
        *,
        size: int = 0,
        noise: bytes = b"",
        handler: str = "lambda_function.handler",
        runtime: str = "python3.13",
        architecture: str = "x86_64",
    ) -> str:
        """Write a function with this source, and return its SHA-256 as AWS writes it.

        `noise` is the content of a file that does not become smaller in the zip.
        """
        path = f"src/{name}.zip"
        metadata = self._write_zip(path, {"lambda_function.py": code}, size, noise)
        metadata.update(
            {
                "kind": "function",
                "handler": handler,
                "runtime": runtime,
                "architecture": architecture,
                "total_unzipped_bytes": metadata["unzipped_bytes"],
            }
        )
        self._write_metadata(path, metadata)
        self.functions[name] = {
            "address": f"src:{name}",
            "function_name": name,
            "zip": path,
            "layers": list(layers),
        }
        return str(metadata["code_sha256"])

    def write_request(self) -> str:
        """Write the request, and return its path."""
        request = {
            "schema_version": 1,
            "functions": list(self.functions.values()),
            "layers": list(self.layers.values()),
            "options": self.options,
        }
        path = self.path / "request.json"
        path.write_text(json.dumps(request))
        return str(path)

    def read_metadata(self, zip_path: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.path / f"{zip_path}.metadata.json").read_text())
        return content

    def change_metadata(self, zip_path: str, **values: Any) -> None:
        self._write_metadata(zip_path, {**self.read_metadata(zip_path), **values})

    def _write_zip(
        self, path: str, contents: Mapping[str, str], size: int, noise: bytes = b""
    ) -> dict[str, Any]:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in contents.items():
                archive.writestr(zipfile.ZipInfo(name), text, self.compression)
            if noise:
                archive.writestr(zipfile.ZipInfo("noise.bin"), noise)
            if size:
                archive.writestr(zipfile.ZipInfo("ballast.bin"), b"\0" * size, self.compression)
        content = buffer.getvalue()
        target = self.path / path
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(content)
        return {
            "schema_version": 1,
            "address": path,
            "code_sha256": base64.b64encode(hashlib.sha256(content).digest()).decode(),
            "content_sha256": hashlib.sha256(repr((contents, size)).encode()).hexdigest(),
            "zip_bytes": len(content),
            "unzipped_bytes": sum(map(len, contents.values())) + size + len(noise),
        }

    def _write_metadata(self, path: str, metadata: Mapping[str, Any]) -> None:
        (self.path / f"{path}.metadata.json").write_text(json.dumps(metadata))


def _with_texts(modules: Mapping[str, str] | Sequence[str]) -> Mapping[str, str]:
    if isinstance(modules, Mapping):
        return modules
    return {module: f"NAME = {module!r}\n" for module in modules}
