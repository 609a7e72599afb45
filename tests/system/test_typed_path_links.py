"""Where a typed path leads behind a link."""

from __future__ import annotations

from pathlib import Path

from osexplorer.system.typed_path import complete, resolve


def test_behind_a_link_a_typed_path_goes_where_the_kernel_goes(tmp_path: Path) -> None:
    (tmp_path / "t" / "deep").mkdir(parents=True)
    (tmp_path / "t" / "beside").write_text("")
    (tmp_path / "link").symlink_to("t/deep")
    here = str(tmp_path)
    assert resolve("link/../beside", here, {}) == f"{here}/t/beside"
    assert resolve("~/../beside", here, {"HOME": f"{here}/link"}) == f"{here}/t/beside"
    assert [one.name for one in complete("link/../be", here, {}).candidates] == ["beside"]


def test_what_is_no_directory_keeps_its_slash_and_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert resolve("file/", str(tmp_path), {}) == f"{tmp_path}/file/"
    assert resolve(".//", str(tmp_path), {}) == str(tmp_path)
