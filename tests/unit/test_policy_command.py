"""`wangge policy` where no server is needed: files, problems, words."""

from __future__ import annotations

import json
import shutil

import pytest
from click.testing import CliRunner

from geo_data.policies import SHIPPED, load_shipped
from grid.policy.policy import PolicyError
from wangge import policy_files
from wangge.failures import Failure
from wangge.policy import policy


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a sub-command: its output and what it failed with, if it did."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANGGE_HOME", str(tmp_path / "home"))

    def go(*words):
        done = CliRunner().invoke(policy, words)
        assert done.exception is None or isinstance(done.exception, (Failure, SystemExit)), (
            done.exception
        )
        return done.output, done.exception

    return go


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported") / "mine"
    policy_files.export(policy_files.find("default"), folder)
    return folder


@pytest.fixture
def mine(exported, tmp_path):
    """A copy of the default policy's files, to be spoilt."""
    return shutil.copytree(exported, tmp_path / "mine")


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize("name", SHIPPED)
def test_what_is_exported_is_the_same_policy_in_one_folder(run, tmp_path, name):
    output, failed = run("export", name, "copy")
    assert failed is None
    written = {path.name for path in (tmp_path / "copy").iterdir()}
    assert {"policy.toml", "rules.csv", "categories.csv", "reviews.csv"} <= written
    assert len(output.splitlines()) == len(written)
    copy, shipped = policy_files.find("copy").read(), load_shipped(name)
    assert copy.version == shipped.version
    assert [rule.id for rule in copy.rules.rules] == [rule.id for rule in shipped.rules.rules]
    assert copy.categories.rows[0].limit == shipped.categories.rows[0].limit


def test_nothing_is_written_over(run, mine):
    _, failed = run("export", "default", "mine")
    assert "mine is there already and not empty" in str(failed)


@pytest.mark.parametrize("what", ["mine", "mine/policy.toml", "mine/rules.csv", "default"])
def test_a_right_policy_is_told_with_what_is_worth_knowing(run, mine, what):
    output, failed = run("check", what)
    assert failed is None
    assert "default-1: no problem. 25 rules." in output
    assert "service.07.01" in output
    assert "the district decides" in output


def test_a_check_for_programs(run, mine):
    output, _ = run("check", "mine", "--json", "--district", "370705")
    told = json.loads(output)
    assert told["problems"] == []
    assert sum(told["sizes"].values()) == told["categories"]
    assert {"category", "name_zh", "name_en", "districts"} == told["gaps"][0].keys()
    assert told["gaps"][0]["districts"] == ["370705"]


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("rules.csv", "E2,service.03.03", "E2,service.99.03", "mine/rules.csv:3: category 's"),
        ("limits.csv", "0.5 urgent_hour", "half an hour", "mine/limits.csv:2: 'half an hour' is"),
        ("policy.toml", "tries = 3", "tries = 0", "mine/policy.toml:"),
        ("policy.toml", '"rules.csv"', '"rulez.csv"', "mine/rulez.csv:0: is missing"),
        ("responsibilities.csv", ",3707,centre", ",3707,moon", "mine/responsibilities.csv:2: dep"),
    ],
)
def test_a_problem_is_told_with_file_and_line(run, mine, file, old, new, said):
    change(mine / file, old, new)
    output, failed = run("check", "mine")
    assert said in output
    assert str(failed) == "1 problem: this policy cannot be used."
    assert failed.exit_code == 1
    output, failed = run("check", "mine", "--json")
    assert len(json.loads(output)["problems"]) == 1


def test_a_sheet_in_another_encoding_is_named_with_its_line(run, mine):
    text = (mine / "rules.csv").read_text(encoding="utf-8-sig")
    (mine / "rules.csv").write_bytes(text.encode("gb18030"))
    output, _ = run("check", "mine")
    assert "mine/rules.csv:2: is not UTF-8; in the spreadsheet program save it as" in output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["check", "nowhere/"], "There is no file or folder nowhere/."),
        (["check", "empty"], "1 problem: this policy cannot be used."),
        (["explain", "--policy", "nowhere.toml", "--category", "x"], "There is no file or folder"),
        (["explain", "--policy", "default", "--category", "event.05.3"], "did you mean event.05"),
        (["check", "default-9"], "There is no database yet"),
    ],
)
def test_what_is_not_there_is_said(run, tmp_path, words, said):
    (tmp_path / "empty").mkdir()
    _, failed = run(*words)
    assert said in str(failed)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["explain", "--category", "event.01.10", "--lon", "119"], "--lon and --lat go together"),
        (["explain", "--category", "event.01.10", "--at", "noon"], "'noon' is no time like"),
        (["explain", "--category", "x", "--policy", "default", "--zone", "moon"], "moon is none"),
        (
            ["explain", "--category", "event.01.10", "--policy", "default", "--area", "37"],
            "'37' is no area code",
        ),
        (["publish", "default", "--from", "soon"], "'soon' is neither a day nor"),
    ],
)
def test_wrong_usage_ends_with_2(run, words, said):
    output, failed = run(*words)
    assert failed.code == 2
    assert said in output


def test_a_report_is_explained_in_both_languages(run):
    output, failed = run(
        *("explain", "--policy", "default", "--category", "event.01.10", "--area", "370705"),
        *("--at", "2026-09-18 17:50", "--source", "citizen"),
    )
    assert failed is None
    for words in (
        "小事不出网格：由网格队伍承办",
        "Small matters stay in the cell",
        "签收 acceptance: 0.5 work_hour, until 2026-09-20 08:20",
        "09月20日（周日，调休上班）08:00–08:20（20分钟）",
        "Sun 09-20 (make-up day) 08:00–08:20 (20 min)",
        "the reporter is called back: district, city",
    ):
        assert words in output


def test_a_report_is_explained_for_programs(run, mine):
    output, _ = run(
        *("explain", "--policy", "mine", "--category", "service.03.01", "--json"),
        *("--at", "2026-10-03T23:00+08:00", "--occurred", "2026-10-03T22:40", "--area", "370705"),
    )
    told = json.loads(output)
    assert (told["rule"], told["size"], told["department"]) == ("E1", "emergency", "gas")
    due = {stage["stage"]: stage["due"] for stage in told["stages"]}
    assert due["tell"] == "2026-10-03 15:20:00+00:00"


def test_two_policies_are_compared_by_lines_and_by_what_they_decide(run, mine):
    change(mine / "rules.csv", "S1,,,", "S0,event.01.10,,")
    change(mine / "policy.toml", '"default-1"', '"mine-1"')
    change(mine / "policy.toml", "snap_m = 200", "snap_m = 150")
    output, failed = run("diff", "default", "mine")
    assert failed is None
    assert "-snap_m = 200\n+snap_m = 150" in output
    assert "+++ mine-1/rules.csv" in output
    assert "conditions come out otherwise" in output
    assert run("diff", "default", "default")[0].startswith("The files say the same.\n0 conditions")
    told = json.loads(run("diff", "default", "with-street", "--json")[0])
    assert told["versions"] == ["default-1", "with-street-1"]
    assert list(told["files"]) == ["policy.toml"]


def test_a_comparison_with_a_faulty_policy_tells_its_problems(run, mine):
    change(mine / "policy.toml", "tries = 3", "tries = 0")
    output, failed = run("diff", "default", "mine")
    assert "callback.tries must be a number" in output
    assert "cannot be used" in str(failed)


def test_only_files_of_the_policy_are_read(tmp_path, mine):
    (mine / "notes.csv").write_bytes(b"\xff")
    assert "notes.csv" not in policy_files.from_folder(mine).files


def test_problems_of_a_policy_in_the_working_folder_have_plain_names(mine, monkeypatch):
    monkeypatch.chdir(mine)
    change(mine / "rules.csv", "E2,service.03.03", "E2,service.99.03")
    with pytest.raises(PolicyError, match=r"^rules\.csv:3: "):
        policy_files.find("policy.toml").read()
