"""What `sam build` makes: the artefacts that are uploaded, inspected and started. Needs `make sam`."""

import os
import re
import subprocess
import sys
import zipfile
from email.parser import HeaderParser
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAM = ROOT / ".sam" / "bin" / "sam"
# The runtime's own packages, of those that its boto3 needs and the layer does not bring.
RUNTIME = ["boto3", "botocore", "dateutil", "s3transfer", "six"]

# `make e2e` sets E2E: without the tool its tests fail, and are not skipped.
pytestmark = pytest.mark.skipif(
    not SAM.exists() and "E2E" not in os.environ, reason="the SAM CLI is not here; `make sam` gets it"
)


def sam(home: Path, *arguments: str) -> None:
    """Run the SAM CLI on the project; on failure its words are the reason."""
    environment = os.environ | {
        "PYTHON": sys.executable,  # builds the layer
        "SAM_CLI_TELEMETRY": "0",
        "__SAM_CLI_APP_DIR": str(home),
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    done = subprocess.run(
        [SAM, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build folder of a build from nothing."""
    home = tmp_path_factory.mktemp("sam")
    sam(home, "build", "--no-cached", "--build-dir", str(home / "build"))
    return home / "build"


def files(folder: Path) -> dict[str, Path]:
    """Return all files by their path within the folder."""
    return {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}


def test_the_template_is_valid(tmp_path: Path) -> None:
    sam(tmp_path, "validate", "--lint")


@pytest.mark.parametrize(("folder", "function"), [("watch", "WatchFunction"), ("relay", "RelayFunction")])
def test_a_function_is_its_package_and_nothing_else(built: Path, folder: str, function: str) -> None:
    """No tests, no notes, no byte code: the artefact holds the sources, byte for byte."""
    source = {
        name: path for name, path in files(ROOT / "functions" / folder).items() if "__pycache__" not in name
    }
    artefact = files(built / function)
    assert artefact.keys() == source.keys()
    assert all(artefact[name].read_bytes() == source[name].read_bytes() for name in source)
    assert not [name for name in artefact if re.search(r"(^|/)tests?[/_.]", name)]


LAYERS = [("dependencies", "DependenciesLayer", 2_500_000), ("relay", "RelayLayer", 4_000_000)]


@pytest.mark.parametrize(("folder", "layer"), [each[:2] for each in LAYERS])
def test_a_layer_holds_what_is_locked(built: Path, folder: str, layer: str) -> None:
    metadata = (built / layer / "python").glob("*.dist-info/METADATA")
    headers = [HeaderParser().parsestr(path.read_text(encoding="utf-8")) for path in metadata]
    installed = {f"{re.sub('[-_.]+', '-', each['Name']).lower()}=={each['Version']}" for each in headers}
    lock = (ROOT / "layers" / folder / "requirements.txt").read_text(encoding="utf-8")
    assert installed == set(re.findall(r"^[^\s#]+==\S+", lock, flags=re.MULTILINE))


@pytest.mark.parametrize("layer", [each[1] for each in LAYERS])
def test_a_layer_is_pure_python(built: Path, layer: str) -> None:
    """It runs on every processor and, as here, on other versions of Python than Lambda's."""
    names = files(built / layer)
    assert not [name for name in names if re.search(r"\.(so|pyd|dll|dylib|a)(\.|$)", name)]


def test_the_layer_is_made_of_pure_wheels(built: Path) -> None:
    layer = files(built / "DependenciesLayer")
    tags = {
        tag for name, path in layer.items() if name.endswith(".dist-info/WHEEL") for tag in wheel_tags(path)
    }
    assert tags <= {"py3-none-any", "py2-none-any"}


def wheel_tags(wheel: Path) -> list[str]:
    return HeaderParser().parsestr(wheel.read_text(encoding="utf-8")).get_all("Tag", [])


@pytest.mark.parametrize("layer", [each[1] for each in LAYERS])
def test_every_machine_builds_the_same_layer(built: Path, layer: str) -> None:
    """Else each deployment from another machine would publish it anew."""
    here = [str(place).encode() for place in (built, ROOT, sys.prefix, sys.base_prefix)]
    for name, path in files(built / layer).items():
        assert not re.search(r"__pycache__|\.pyc$|^python/bin/|/RECORD$|direct_url\.json$", name)
        content = path.read_bytes()
        assert not [place for place in here if place in content], name


@pytest.mark.parametrize(("layer", "most"), [each[1:] for each in LAYERS])
def test_a_layer_is_small(built: Path, layer: str, most: int) -> None:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in files(built / layer).items():
            archive.write(path, name)
    assert packed.tell() <= most


RELAY = (
    "; from balancewatch_relay.adapters.services import service_of; assert service_of('wecombot://a', None)"
)


@pytest.mark.parametrize(
    ("function", "layer", "package", "more"),
    [
        ("WatchFunction", "DependenciesLayer", "balancewatch", ""),
        ("RelayFunction", "RelayLayer", "balancewatch_relay", RELAY),
    ],
)
def test_the_handler_imports_with_nothing_but_layer_and_runtime(
    built: Path, tmp_path: Path, function: str, layer: str, package: str, more: str
) -> None:
    """A package that only the development environment has would be missed here, not on Lambda."""
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    for name in RUNTIME:
        spec = find_spec(name)
        assert spec
        assert spec.origin
        origin = Path(spec.origin)
        place = origin.parent if origin.name == "__init__.py" else origin
        (runtime / place.name).symlink_to(place)
    path = [built / function, built / layer / "python", runtime]
    done = subprocess.run(
        # -S: no site-packages; -B: the artefact stays as it was built.
        [
            sys.executable,
            "-S",
            "-B",
            "-c",
            f"from {package}.app import handler; assert callable(handler){more}",
        ],
        env={"PYTHONPATH": os.pathsep.join(map(str, path)), "AWS_DEFAULT_REGION": "us-east-1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
