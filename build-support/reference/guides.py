"""Where the documents say more about a field, an option, an error or a check.

The texts in the backend have no links, because Pants prints them without these documents.
"""

_SPLIT = "../concepts/split.md"
_COLLISIONS = "../concepts/collisions.md"
_LAYERS = "../guides/layers.md"
_LEAVING_OUT = "../guides/leaving-files-out.md"

GUIDES = {
    "L005": ("Functions in sibling folders", "../guides/sam-layout.md"),
    "L010": ("Bytecode", "../concepts/bytecode.md"),
    "L015": ("The runtime's SDK", f"{_SPLIT}#the-runtimes-sdk"),
    "L020": ("Patterns", f"{_LEAVING_OUT}#patterns"),
    "L023": ("Bytecode", "../concepts/bytecode.md"),
    "L025": (
        "Modules that are loaded by name",
        "../guides/beyond-imports.md#modules-that-are-loaded-by-name",
    ),
    "L026": (
        "Files that are not Python",
        "../guides/beyond-imports.md#files-that-are-not-python",
    ),
    "L027": (
        "Plug-ins with entry points",
        "../guides/beyond-imports.md#plug-ins-with-entry-points",
    ),
    "L028": ("Metadata", "metadata.md#keys"),
    "ArtifactsCollide": ("Collisions", f"{_COLLISIONS}#between-a-function-and-its-layers"),
    "CollidingFiles": ("Collisions", f"{_COLLISIONS}#files-with-code"),
    "LayerLacksFiles": (
        "Exclude files from a layer",
        f"{_LEAVING_OUT}#exclude-files-from-a-layer",
    ),
    "PackageIsSplit": ("Packages in two places", f"{_SPLIT}#packages-in-two-places"),
    "bytecode": ("Bytecode", "../concepts/bytecode.md"),
    "bytecode_interpreters": ("The same bytes", "../concepts/bytecode.md#the-same-bytes"),
    "check_env": ("Running functions on your machine", "../guides/running.md"),
    "checks": ("Checks", "checks.md"),
    "collisions": ("Collisions", f"{_COLLISIONS}#the-field-collisions"),
    "dependencies": ("Dependencies without an import", "../guides/beyond-imports.md"),
    "exclude": ("Leaving files out", f"{_LEAVING_OUT}#exclude"),
    "ignore": ("Checks", "checks.md"),
    "layer_name": ("Metadata", "metadata.md"),
    "layers": ("Layers", _LAYERS),
    "namespace_packages": ("Packages in two places", f"{_SPLIT}#packages-in-two-places"),
    "provided": ("The runtime's SDK", f"{_SPLIT}#the-runtimes-sdk"),
    "requirements_of": (
        "A layer for third-party code",
        f"{_LAYERS}#a-layer-for-third-party-code",
    ),
    "sbom": ("A bill of materials", "metadata.md#a-bill-of-materials"),
    "templates": ("Deployment templates", "../guides/templates.md"),
}
