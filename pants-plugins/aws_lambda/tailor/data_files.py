"""Tells files that a handler may read from files for people and tools, by their names."""

from __future__ import annotations

from fnmatch import fnmatchcase

# Patterns of names in lower case.
_OTHER_FILES = (
    # Code, which has targets of its own, and code of other languages.
    *("*.py", "*.pyi", "*.pyc", "*.pyx", "*.ipynb", "py.typed", "build", "build.*"),
    *("*.c", "*.cc", "*.cpp", "*.go", "*.h", "*.java", "*.js", "*.jsx", "*.kt", "*.mjs", "*.proto"),
    *("*.rb", "*.rs", "*.scala", "*.sh", "*.swift", "*.thrift", "*.ts", "*.tsx"),
    # Texts for people.
    *("*.adoc", "*.md", "*.rst", "authors*", "changelog*", "changes*", "codeowners"),
    *("contributing*", "copying*", "license*", "licence*", "notice*", "readme*"),
    # Requirements and settings of tools.
    *("*.lock", "*lock.json", "*lock.yaml", "*requirements*.txt", "*requirements*.in"),
    *("constraints*.txt", "environment.yaml", "environment.yml", "manifest.in", "package.json"),
    *("pants*.toml", "pipfile", "poetry.toml", "pyproject.toml", "pyrightconfig.json", "setup.cfg"),
    *("mypy.ini", "noxfile*", "pytest.ini", "ruff.toml", "tox.ini", "tsconfig*.json", "uv.toml"),
    *("justfile", "makefile", "*.mk", "taskfile*", "jenkinsfile*", "procfile", "buildspec*"),
    # Container images and deployments.
    *("*dockerfile*", "*containerfile*", "compose*.yaml", "compose*.yml", "docker-compose*"),
    *("*.tf", "*.tf.json", "*.tfstate*", "*.tfvars", "*.hcl", "cdk*.json", "pulumi*.yaml"),
    *("cloudformation*", "samconfig*", "sam.yaml", "sam.yml", "serverless*", "zappa_settings*"),
    *("template.json", "template.yaml", "template.yml", "*.template", "*.template.json"),
    *("*-template.yaml", "*-template.yml", "*.template.yaml", "*.template.yml"),
    # Events for local invocations.
    *("event.json", "events.json", "*-event.json", "*_event.json", "test_*", "*_test.*"),
    # Results of builds, secrets, and files of editors.
    *("*.egg", "*.log", "*.orig", "*.pex", "*.rej", "*.tar.gz", "*.tgz", "*.tmp", "*.whl", "*.zip"),
    *("*.env", "*.jks", "*.key", "*.kdbx", "*.p12", "*.pfx", "*.bak", "*.swp", "*~", ".*"),
)


def is_data_file(name: str) -> bool:
    """Whether a file of this name, next to a handler, is probably data that the handler reads."""
    return not any(fnmatchcase(name.lower(), pattern) for pattern in _OTHER_FILES)
