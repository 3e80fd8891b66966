"""Which modules there are, and the version of their code."""

import pytest

from webapp.errors import NotPossible
from webapp.sources.versions import modules_below, version_of


@pytest.fixture
def write(tmp_path):
    """Writes files below tmp_path: write("a/b.py", "text")."""

    def write_file(name, text=""):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write_file


def test_modules_and_packages_are_found_at_every_depth(tmp_path, write):
    for name in ("b.py", "a.py", "pack/__init__.py", "pack/inner.py", "pack/sub/__init__.py", "pack/sub/deep.py"):
        write(name)
    assert list(modules_below(tmp_path)) == ["a", "b", "pack", "pack.inner", "pack.sub", "pack.sub.deep"]
    assert modules_below(tmp_path)["pack"] == tmp_path / "pack" / "__init__.py"


def test_what_python_would_not_import_is_left_out(tmp_path, write):
    for name in ("_own.py", ".hidden.py", "two-words.py", "1st.py", "text.txt", "folder/a.py", ".git/__init__.py"):
        write(name)
    write("__pycache__/a.py")
    (tmp_path / "a_folder.py").mkdir()
    assert modules_below(tmp_path) == {}


def test_a_package_goes_before_a_file_of_the_same_name(tmp_path, write):
    write("same.py")
    package = write("same/__init__.py")
    assert modules_below(tmp_path) == {"same": package}


def test_links_are_followed_but_not_in_circles(tmp_path, write):
    target = write("..data/real.py")
    (tmp_path / "linked.py").symlink_to(target)
    write("pack/__init__.py")
    (tmp_path / "pack" / "again").symlink_to(tmp_path / "pack")
    assert list(modules_below(tmp_path)) == ["linked", "pack"]


def test_a_missing_root_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        modules_below(tmp_path / "nowhere")


def test_the_version_is_that_of_the_modules_own_file(tmp_path, write):
    write("a.py", "1")
    before = version_of(tmp_path, "a")
    write("b.py", "2")
    assert version_of(tmp_path, "a") == before
    assert len(before) == 64
    write("a.py", "2")
    assert version_of(tmp_path, "a") != before
    assert version_of(tmp_path, "a") != version_of(tmp_path, "b")


@pytest.mark.parametrize("changed", ["pack/__init__.py", "pack/other.py", "pack/sub/data.yaml", "pack/new.py"])
def test_the_version_of_a_package_is_that_of_all_its_files(tmp_path, write, changed):
    for name in ("pack/__init__.py", "pack/jobs.py", "pack/other.py", "pack/sub/data.yaml"):
        write(name)
    before = version_of(tmp_path, "pack.jobs")
    assert version_of(tmp_path, "pack") == before
    write(changed, "changed")
    assert version_of(tmp_path, "pack.jobs") != before


def test_compiled_and_hidden_files_do_not_count(tmp_path, write):
    write("pack/__init__.py")
    before = version_of(tmp_path, "pack")
    write("pack/__pycache__/x.pyc", "x")
    write("pack/.swp", "x")
    assert version_of(tmp_path, "pack") == before


def test_files_that_are_gone_have_no_version(tmp_path):
    with pytest.raises(NotPossible, match="The files of gone cannot be read"):
        version_of(tmp_path, "gone")
