"""The rules for Prometheus that ship: each asks for figures that `/metrics` really tells."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
TOLD = set(re.findall(r'"(wangge_[a-z_]+)"', (ROOT / "api/metrics.py").read_text()))
[GROUP] = yaml.safe_load((ROOT / "docs/reference/alerts.yml").read_text())["groups"]
RULES = {rule["alert"]: rule for rule in GROUP["rules"]}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_asks_for_what_is_told_and_says_what_to_do(rule):
    asked = set(re.findall(r"wangge_[a-z_]+", rule["expr"]))
    assert asked
    assert asked <= TOLD
    assert re.fullmatch(r"[0-9]+[smh]", rule.get("for", "0s"))
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert {"summary", "summary_zh"} == rule["annotations"].keys()


def test_every_age_has_a_limit():
    ages = {name for name in TOLD if name.endswith("_seconds")}
    watched = set(re.findall(r"wangge_[a-z_]+", " ".join(r["expr"] for r in RULES.values())))
    assert ages <= watched


def test_what_wakes_somebody_stands_first():
    order = [rule["labels"]["severity"] for rule in GROUP["rules"]]
    assert all(one <= other for one, other in pairwise(order))
