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


def test_the_function_is_the_package_and_nothing_else(built: Path) -> None:
    """No tests, no notes, no byte code: the artefact holds the sources, byte for byte."""
    source = {
        name: path for name, path in files(ROOT / "functions" / "watch").items() if "__pycache__" not in name
    }
    artefact = files(built / "WatchFunction")
    assert artefact.keys() == source.keys()
    assert all(artefact[name].read_bytes() == source[name].read_bytes() for name in source)
    assert not [name for name in artefact if re.search(r"(^|/)tests?[/_.]", name)]


def test_the_layer_holds_what_is_locked(built: Path) -> None:
    metadata = (built / "DependenciesLayer" / "python").glob("*.dist-info/METADATA")
    headers = [HeaderParser().parsestr(path.read_text(encoding="utf-8")) for path in metadata]
    installed = {f"{re.sub('[-_.]+', '-', each['Name']).lower()}=={each['Version']}" for each in headers}
    lock = (ROOT / "layers" / "dependencies" / "requirements.txt").read_text(encoding="utf-8")
    assert installed == set(re.findall(r"^[^\s#]+==\S+", lock, flags=re.MULTILINE))


def test_the_layer_is_pure_python(built: Path) -> None:
    """It runs on every processor and, as here, on other versions of Python than Lambda's."""
    layer = files(built / "DependenciesLayer")
    assert not [name for name in layer if re.search(r"\.(so|pyd|dll|dylib|a)(\.|$)", name)]
    tags = {
        tag for name, path in layer.items() if name.endswith(".dist-info/WHEEL") for tag in wheel_tags(path)
    }
    assert tags <= {"py3-none-any", "py2-none-any"}


def wheel_tags(wheel: Path) -> list[str]:
    return HeaderParser().parsestr(wheel.read_text(encoding="utf-8")).get_all("Tag", [])


def test_every_machine_builds_the_same_layer(built: Path) -> None:
    """Else each deployment from another machine would publish it anew."""
    here = [str(place).encode() for place in (built, ROOT, sys.prefix, sys.base_prefix)]
    for name, path in files(built / "DependenciesLayer").items():
        assert not re.search(r"__pycache__|\.pyc$|^python/bin/|/RECORD$|direct_url\.json$", name)
        content = path.read_bytes()
        assert not [place for place in here if place in content], name


def test_the_layer_is_at_most_two_and_a_half_megabytes(built: Path) -> None:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in files(built / "DependenciesLayer").items():
            archive.write(path, name)
    assert packed.tell() <= 2_500_000


def test_the_handler_imports_with_nothing_but_layer_and_runtime(built: Path, tmp_path: Path) -> None:
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
    path = [built / "WatchFunction", built / "DependenciesLayer" / "python", runtime]
    done = subprocess.run(
        # -S: no site-packages; -B: the artefact stays as it was built.
        [sys.executable, "-S", "-B", "-c", "from balancewatch.app import handler; assert callable(handler)"],
        env={"PYTHONPATH": os.pathsep.join(map(str, path)), "AWS_DEFAULT_REGION": "us-east-1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
