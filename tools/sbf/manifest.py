"""What a committed program was built from, and whether that is still so.

    manifest.py directory PACKAGE                 the package's folder
    manifest.py recipe                            SHA-256 of how programs are built
    manifest.py write PACKAGE TREE TOOL=VERSION.. writes the manifest; TREE is a file with cargo tree's lines
    manifest.py verify PACKAGE                    fails, with the command to run, when the program is out of date
    manifest.py toolchain PACKAGE TOOL=VERSION..  fails when the program was built with other tools

Needs Python 3.11 and neither cargo nor the network, since tests run `verify` on machines that cannot build programs.
"""

import hashlib
import json
import pathlib
import re
import sys
import tomllib

SBF = pathlib.Path(__file__).resolve().parent
ROOT = SBF.parent.parent

# All that decides how sources become a program. The scripts around it only choose directories and print messages.
RECIPE = ["tools/sbf/recipe", "tools/sbf/sbf-link/src", "tools/sbf/sbf-link/Cargo.toml", "tools/sbf/sbf-link/Cargo.lock"]


def fail(message):
    sys.exit(f"tools/sbf: {message}")


def load_toml(path):
    return tomllib.loads((ROOT / path).read_text())


# ---- hashes


def files_under(path):
    """The file, or the folder's files in a fixed order, hidden ones and Python's caches left out."""
    start = ROOT / path
    if start.is_file():
        return [start]
    files = (file for file in start.rglob("*") if file.is_file())
    names = {file.relative_to(ROOT).as_posix(): file for file in files}
    return [names[name] for name in sorted(names) if not re.search(r"/(\.|__pycache__/)", "/" + name)]


def hash_files(paths):
    digest = hashlib.sha256()
    for file in (file for path in paths for file in files_under(path)):
        content = file.read_bytes()
        digest.update(f"{file.relative_to(ROOT).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def hash_value(value):
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def hash_file(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


# ---- the workspace


def package_directory(package):
    """Relative to the workspace, with slashes."""
    for pattern in load_toml("Cargo.toml")["workspace"]["members"]:
        for directory in ROOT.glob(pattern):
            if tomllib.loads((directory / "Cargo.toml").read_text())["package"]["name"] == package:
                return directory.relative_to(ROOT).as_posix()
    fail(f"the workspace has no package {package}")


def artefact_path(package):
    return ROOT / package_directory(package) / f"{package.replace('-', '_')}.so"


def manifest_path(package):
    return artefact_path(package).with_suffix(".so.json")


def without_test_settings(table):
    """A package's or a target's table without what does not reach the program."""
    kept = {key: value for key, value in table.items() if key not in ("dev-dependencies", "lints")}
    if "target" in kept:
        kept["target"] = {name: without_test_settings(target) for name, target in kept["target"].items()}
    return kept


def inherited(table, workspace):
    """What a package takes over from the workspace's tables, by name."""
    tables = [table, *table.get("target", {}).values()]
    groups = [group.get(kind, {}) for group in tables for kind in ("dependencies", "build-dependencies")]
    names = {name for group in groups for name, value in group.items() if isinstance(value, dict) and value.get("workspace")}
    return {name: workspace.get("dependencies", {}).get(name) for name in sorted(names)}


def settings(directories):
    """The parts of the Cargo.toml files, and of a configuration of cargo, that the program depends on."""
    root = load_toml("Cargo.toml")
    packages = {path: without_test_settings(load_toml(f"{path}/Cargo.toml")) for path in directories}
    config = ROOT / ".cargo/config.toml"
    return {
        "packages": packages,
        "inherited": {path: inherited(table, root["workspace"]) for path, table in packages.items()},
        "package": root["workspace"].get("package"),
        "profile": root.get("profile", {}).get("release"),
        "patch": root.get("patch"),
        "resolver": root["workspace"].get("resolver"),
        "config": config.read_text() if config.exists() else None,
    }


# ---- the lock file


def lock_entries():
    """Cargo.lock by (name, version), the edges with their versions spelled out."""
    packages = load_toml("Cargo.lock")["package"]
    versions = {}
    for package in packages:
        versions.setdefault(package["name"], []).append(package["version"])

    def edge(text):
        name, *rest = text.split(" ")
        return f"{name} {rest[0] if rest else versions[name][0]}"

    return {
        f"{package['name']} {package['version']}": {
            "checksum": package.get("checksum"),
            "edges": [edge(text) for text in package.get("dependencies", [])],
        }
        for package in packages
    }


def hash_dependencies(names):
    """Checksums and edges of these packages; edges that leave the set belong to tests or other platforms."""
    entries = lock_entries()
    missing = [name for name in names if name not in entries]
    if missing:
        return None, f"Cargo.lock has another version of {', '.join(missing)}"
    chosen = {name: {**entries[name], "edges": sorted(set(entries[name]["edges"]) & set(names))} for name in names}
    return hash_value(chosen), "Cargo.lock resolves the program's dependencies otherwise"


# ---- the manifest


def read_tree(path):
    """cargo tree's lines: (["name version"], [folders of the workspace])."""
    names, directories = set(), set()
    for line in pathlib.Path(path).read_text().splitlines():
        name, version, place = re.match(r"(\S+) v(\S+)(?: \((/[^)]*)\))?", line).groups()
        names.add(f"{name} {version}")
        if place:
            directories.add(pathlib.Path(place).resolve().relative_to(ROOT).as_posix())
    return sorted(names), sorted(directories)


def hash_sources(directory):
    extra = f"{directory}/build.rs"
    return hash_files([f"{directory}/src"] + ([extra] if (ROOT / extra).exists() else []))


def write(package, tree, tools):
    dependencies, directories = read_tree(tree)
    artefact = artefact_path(package)
    manifest = {
        "about": f"Written by tools/sbf/build.sh {package}",
        "artefact": {"file": artefact.name, "bytes": artefact.stat().st_size, "sha256": hash_file(artefact)},
        "toolchain": tools,
        "recipe": hash_files(RECIPE),
        "sources": {directory: hash_sources(directory) for directory in directories},
        "settings": hash_value(settings(directories)),
        "resolution": hash_dependencies(dependencies)[0],
        "dependencies": dependencies,
    }
    manifest_path(package).write_text(json.dumps(manifest, indent=2) + "\n")


def read(package):
    if not manifest_path(package).exists():
        fail(f"{package} was never built. Run: tools/sbf/build.sh {package}")
    return json.loads(manifest_path(package).read_text())


def changes(package, manifest):
    artefact = artefact_path(package)
    if not artefact.exists():
        yield f"{artefact.name} is missing"
    elif hash_file(artefact) != manifest["artefact"]["sha256"]:
        yield f"{artefact.name} is not the file that was built"
    for directory, known in manifest["sources"].items():
        if hash_sources(directory) != known:
            yield f"{directory}/src has changed"
    if hash_value(settings(manifest["sources"])) != manifest["settings"]:
        yield "dependencies or build settings in a Cargo.toml have changed"
    resolution, complaint = hash_dependencies(manifest["dependencies"])
    if resolution != manifest["resolution"]:
        yield complaint
    if hash_files(RECIPE) != manifest["recipe"]:
        yield "the build itself has changed (tools/sbf/recipe, tools/sbf/sbf-link)"


def verify(package):
    found = list(changes(package, read(package)))
    if found:
        fail(f"{package} is out of date: {'; '.join(found)}. Run: tools/sbf/build.sh {package}")


def compare_toolchain(package, tools):
    built_with = read(package)["toolchain"]
    if built_with != tools:
        differing = sorted(key for key in built_with.keys() | tools.keys() if built_with.get(key) != tools.get(key))
        details = (f"{key}: built with {built_with.get(key)}, here {tools.get(key)}" for key in differing)
        fail(f"{package} was built with other tools ({'; '.join(details)})")


def main(command, *arguments):
    def pairs(texts):
        return dict(text.split("=", 1) for text in texts)

    match [command, *arguments]:
        case ["directory", package]:
            print(ROOT / package_directory(package))
        case ["recipe"]:
            print(hash_files(RECIPE))
        case ["write", package, tree, *tools]:
            write(package, tree, pairs(tools))
        case ["verify", package]:
            verify(package)
        case ["toolchain", package, *tools]:
            compare_toolchain(package, pairs(tools))
        case _:
            fail(__doc__)


if __name__ == "__main__":
    main(*(sys.argv[1:] or ["help"]))
