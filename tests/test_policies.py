import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.policies import Assignment, Extension, Late, Policy, PolicyError, read, settle
from autograder.receipts import Version
from autograder.results import CellResult, SubmissionResult, validate

ROOT = Path(__file__).resolve().parents[1]
POINTS = {"test_a": 2.0, "test_b": 3.0, "why": 4.0}
QUESTIONS = {"toy": POINTS, "other": {"test_c": 1.0}}
DUE = datetime(2026, 11, 2, 22, 59, tzinfo=UTC)


def raw(a="passed", b="failed", why=1.0, misconception="not_normalised"):
    def test(grade_id, points, status):
        score, name = (points, None) if status == "passed" else (0.0, misconception)
        return CellResult(grade_id, score, points, status, misconception=name)

    cells = [test("test_a", 2.0, a), test("test_b", 3.0, b), CellResult("why", why, 4.0, "manual")]
    return SubmissionResult("ada", "toy", sum(c.score for c in cells), 9.0, "graded", cells=cells)


def version(after=timedelta(0), sha="a", late=None):
    return Version("ada", "toy", sha, DUE + after, late=late)


def policy(late=None, extensions=(), partial_credit=None, **rules):
    return Policy({"toy": Assignment(**{"due": DUE, **rules})}, late, partial_credit or {}, tuple(extensions))


TENTH = Late("day", 0.1, timedelta(minutes=15), 0.5)


@pytest.mark.parametrize(
    ("after", "late", "score"),
    [
        (timedelta(0), TENTH, 3.0),
        (timedelta(minutes=-1), TENTH, 3.0),
        (timedelta(minutes=15), TENTH, 3.0),
        (timedelta(minutes=16), TENTH, 2.7),
        (timedelta(days=1), TENTH, 2.7),
        (timedelta(days=1, seconds=1), TENTH, 2.4),
        (timedelta(days=5), TENTH, 1.5),
        (timedelta(days=50), TENTH, 1.5),
        (timedelta(seconds=1), Late("hour", 0.01), 2.97),
        (timedelta(hours=30), Late("hour", 0.01), 2.1),
        (timedelta(days=30), Late("hour", 0.01), 0.0),
        (timedelta(days=3), None, 3.0),
    ],
)
def test_lateness_costs_a_share_for_each_day_or_hour_begun(after, late, score):
    settled = settle(raw(), POINTS, [version(after)], policy(late))
    assert settled.score == pytest.approx(score) and settled.max_score == 9.0
    assert settled.cells == raw().cells


def test_on_time_nothing_is_said_and_late_the_reason_is():
    assert settle(raw(), POINTS, [version()], policy(TENTH)) == raw()
    [reason] = settle(raw(), POINTS, [version(timedelta(days=1, hours=1))], policy(TENTH)).reasons
    assert (reason.rule, reason.points) == ("late", pytest.approx(-0.6))
    assert "Due 2026-11-02 22:59 UTC; handed in late by 1 d 1 h: 20 % of the score is taken off." == reason.text


def test_a_day_late_is_24_hours_also_when_the_clocks_change(tmp_path):
    rules = written(tmp_path, 'zone = "Europe/Berlin"\n[late]\nper = "day"\npenalty = 0.5\n'
                              "[assignments.toy]\ndue = 2026-10-24T23:59:00")  # fmt: skip
    handed_in = datetime(2026, 10, 25, 23, 30, tzinfo=ZoneInfo("Europe/Berlin"))  # 24.5 hours later
    settled = settle(raw(), POINTS, [Version("ada", "toy", "a", handed_in.astimezone(UTC))], rules)
    assert settled.score == 0.0


def test_the_penalty_is_taken_anew_from_what_a_regrade_finds():
    late = [version(timedelta(hours=1))]
    assert settle(raw(), POINTS, late, policy(TENTH)).score == pytest.approx(2.7)
    assert settle(raw(b="passed"), POINTS, late, policy(TENTH)).score == pytest.approx(5.4)


def test_an_extension_is_for_one_student_and_one_exercise():
    given_ada = Extension("ada", "toy", due=DUE + timedelta(days=2))
    rules = policy(TENTH, [given_ada, Extension("bob", None, extra_time=timedelta(days=9))])
    assert settle(raw(), POINTS, [version(timedelta(days=2))], rules).score == 3.0
    late = settle(raw(), POINTS, [version(timedelta(days=2, hours=1))], rules)
    assert late.score == pytest.approx(2.7) and "with an extension" in late.reasons[0].text
    assert rules.due("bob", "toy") == DUE + timedelta(days=9)
    assert rules.due("eve", "toy") == DUE and rules.due("ada", "other") is None


def test_an_extension_never_makes_the_time_shorter():
    rules = policy(TENTH, [Extension("ada", "toy", due=DUE - timedelta(days=2))])
    assert rules.due("ada", "toy") == DUE


def test_the_last_version_within_the_attempts_counts():
    versions = [version(timedelta(minutes=-n), sha=str(n)) for n in (50, 40, 30, 20)]
    assert policy().counting(versions).sha256 == "20"
    assert policy(attempts=2).counting(versions).sha256 == "40"
    more = policy(attempts=2, extensions=[Extension("ada", None, extra_attempts=1)])
    assert more.counting(versions).sha256 == "30"
    assert policy(attempts=9).counting(versions).sha256 == "20"
    settled = settle(raw(), POINTS, versions, more)
    assert settled.score == 3.0 and "number 3 is the last that counts" in settled.reasons[0].text


def test_an_attempt_that_does_not_count_makes_nobody_late():
    versions = [version(timedelta(hours=-1), "1"), version(timedelta(days=3), "2")]
    assert settle(raw(), POINTS, versions, policy(TENTH, attempts=1)).score == 3.0
    assert settle(raw(), POINTS, versions, policy(TENTH)).score == pytest.approx(2.1)


def test_a_dropped_question_counts_neither_to_the_score_nor_to_its_maximum():
    settled = settle(raw(), POINTS, [], policy(due=None, drop=frozenset({"test_a", "test_b"})))
    assert (settled.score, settled.max_score) == (1.0, 4.0)
    assert (settled.raw_score, settled.raw_max_score) == (3.0, 9.0)


def test_a_weighted_question_counts_more_in_both():
    settled = settle(raw(), POINTS, [], policy(due=None, weights={"test_a": 3.0, "test_b": 0.5}))
    assert (settled.score, settled.max_score) == (7.0, 11.5)


def test_partial_credit_is_for_a_failed_question_with_the_misconception_alone():
    rules = policy(due=None, partial_credit={"not_normalised": 0.5})
    assert settle(raw(), POINTS, [], rules).score == 4.5
    assert settle(raw(misconception="other"), POINTS, [], rules).score == 3.0
    assert settle(raw(b="error"), POINTS, [], rules).score == 3.0
    assert settle(raw(b="passed"), POINTS, [], rules).score == 6.0


def test_weights_apply_to_partial_credit_and_lateness_to_all():
    rules = policy(TENTH, partial_credit={"not_normalised": 0.5}, weights={"test_b": 2.0})
    assert settle(raw(), POINTS, [version(timedelta(hours=1))], rules).score == pytest.approx(0.9 * (2 + 3 + 1))


def test_without_a_receipt_nobody_is_late_and_it_is_said():
    settled = settle(raw(), POINTS, [], policy(TENTH))
    assert settled.score == 3.0 and "no receipt" in settled.reasons[0].text


@pytest.mark.parametrize(("late", "after", "score"), [(False, 5, 3.0), (True, 5, 2.7), (True, -1, 3.0)])
def test_where_a_platform_tells_only_that_it_is_late_the_least_is_counted(late, after, score):
    settled = settle(raw(), POINTS, [version(timedelta(days=after), late=late)], policy(TENTH))
    assert settled.score == pytest.approx(score)


def test_a_platforms_mark_of_lateness_against_an_extension_is_for_a_person():
    rules = policy(TENTH, [Extension("ada", None, extra_time=timedelta(days=3))])
    settled = settle(raw(), POINTS, [version(timedelta(days=5), late=True)], rules)
    assert settled.score == 3.0 and "look at it" in settled.reasons[0].text


def test_a_notebook_that_did_not_run_keeps_what_a_person_gave():
    broken = SubmissionResult("ada", "toy", 2.0, 9.0, "error", message="It is empty.")
    settled = settle(broken, POINTS, [version(timedelta(hours=1))], policy(TENTH, drop=frozenset({"test_a"})))
    assert (settled.score, settled.max_score) == (pytest.approx(1.8), 7.0)
    assert settle(broken, POINTS, [], policy(due=None, drop=frozenset(["test_b", "why"]))).score == 2.0
    assert settle(broken, POINTS, [], policy(due=None, drop=frozenset(POINTS))).score == 0.0


shares = st.floats(0, 1)
hours = st.timedeltas(timedelta(0), timedelta(days=1))
policies = st.builds(
    policy,
    st.none() | st.builds(Late, st.sampled_from(["day", "hour"]), shares, hours, shares),
    st.lists(st.builds(Extension, st.just("ada"), st.none(), extra_time=hours), max_size=2),
    st.dictionaries(st.sampled_from(["not_normalised", "other"]), shares),
    drop=st.frozensets(st.sampled_from(list(POINTS))),
    weights=st.dictionaries(st.sampled_from(list(POINTS)), st.floats(0, 10)),
)
raws = st.builds(raw, *[st.sampled_from(["passed", "failed", "error"])] * 2, st.floats(0, 4))
times = st.lists(st.timedeltas(timedelta(-9), timedelta(99)), max_size=3)


@settings(deadline=None)
@given(raws, times, policies)
def test_each_final_score_is_the_raw_one_and_its_reasons_and_lies_within_bounds(result, after, rules):
    versions = [version(by, str(n)) for n, by in enumerate(sorted(after))]
    settled = settle(result, POINTS, versions, rules)
    total = result.score + sum(reason.points for reason in settled.reasons)
    assert settled.score == pytest.approx(total, abs=1e-4)
    assert -1e-9 <= settled.score <= settled.max_score + 1e-4
    validate({"seed": 1, "results": [settled.as_json()]})
    assert settle(result, POINTS, versions, rules) == settled


@settings(deadline=None)
@given(st.timedeltas(timedelta(seconds=1), timedelta(days=400)), st.integers(0, 100), st.integers(0, 100))
def test_the_share_is_that_of_exact_arithmetic(by, penalty, maximum):
    late = Late("day", penalty / 100, timedelta(0), maximum / 100)
    begun = -(-by // timedelta(days=1))
    assert late.share(by) == pytest.approx(float(min(Fraction(begun * penalty, 100), Fraction(maximum, 100))))


def written(tmp_path, text):
    (tmp_path / "policy.toml").write_text(text)
    return read(tmp_path / "policy.toml", QUESTIONS)


FULL = """
zone = "Europe/Berlin"
[late]
per = "day"
penalty = 0.1
grace = "15 minutes"
maximum = 0.5
[partial_credit]
not_normalised = 0.25
[assignments.toy]
due = 2026-11-02T23:59:00
attempts = 3
drop = ["test_a"]
weights = { why = 2 }
late = { per = "hour", penalty = 1 }
[assignments.other]
due = "2026-11-02 23:59 America/New_York"
[[extensions]]
student = "ada"
assignment = "toy"
due = 2026-11-05T23:59:00+09:00
extra_attempts = 1
reason = "ill"
[[extensions]]
student = "bob"
extra_time = "2 days"
reason = "agreed"
"""


def test_every_rule_is_read_from_one_file(tmp_path):
    rules = written(tmp_path, FULL)
    toy = rules.assignments["toy"]
    assert toy.due == DUE and toy.attempts == 3 and toy.drop == {"test_a"} and toy.weights == {"why": 2.0}
    assert toy.late == Late("hour", 1.0) and rules.late == TENTH
    assert rules.partial_credit == {"not_normalised": 0.25}
    assert rules.assignments["other"].due == datetime(2026, 11, 3, 4, 59, tzinfo=UTC)
    ada, bob = rules.extensions
    assert ada.due == datetime(2026, 11, 5, 14, 59, tzinfo=UTC) and ada.extra_attempts == 1
    assert bob.extra_time == timedelta(days=2) and bob.assignment is None


def test_an_order_mark_before_the_rules_does_no_harm(tmp_path):
    assert written(tmp_path, "\ufeffzone = 'Europe/Berlin'").zone == ZoneInfo("Europe/Berlin")


def test_the_commented_example_is_valid_and_changes_nothing(tmp_path):
    text = (ROOT / "policy.toml").read_text()
    assert replaced(written(tmp_path, text)) == Policy()
    uncommented = re.sub(r"^# (?=\[|\w+ = )", "", text, flags=re.MULTILINE)
    (tmp_path / "all.toml").write_text(uncommented)
    questions = {"softmax": dict.fromkeys(["test_softmax", "test_softmax_batch", "test_sigmoid"], 1.0)}
    rules = read(tmp_path / "all.toml", questions)
    assert rules.late and rules.partial_credit and len(rules.extensions) == 2
    softmax = rules.assignments["softmax"]
    assert softmax.due and softmax.attempts and softmax.drop and softmax.weights and softmax.late


def replaced(rules):
    return Policy(rules.assignments, rules.late, rules.partial_credit, rules.extensions)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[late\n", "not valid TOML"),
        ("zone = 'Europe/Berlin'\nzone = 'UTC'", "not valid TOML"),
        ("zone = 'Berlin'", "zone: 'Berlin' is no time zone"),
        ("[assignment.toy]", "assignment: there is no such rule here; did you mean assignments?"),
        ("[assignments.tio]", "assignments.tio: there is no such rule here; did you mean toy?"),
        ("[assignments.toy]\ndew = 2026-11-02T23:59:00Z", "toy.dew: there is no such rule here; did you mean due"),
        ("[assignments.toy]\ndue = 2026-11-02T23:59:00", "names no time zone: write 2026-11-02 23:59 Europe/Berlin"),
        ("[assignments.toy]\ndue = '2026-11-02 23:59'", "names no time zone"),
        ("[assignments.toy]\ndue = 2026-11-02", "a day without a time"),
        ("[assignments.toy]\ndue = '2026-11-02'", "a day without a time"),
        ("[assignments.toy]\ndue = 'soon'", "no time"),
        ("[assignments.toy]\ndue = '2026-11-02 23:59 Europe/Berln'", "no time zone"),
        ("zone = 'Europe/Berlin'\n[assignments.toy]\ndue = 2026-03-29T02:30:00", "does not exist in its zone"),
        ("[assignments.toy]\ndue = 0001-01-01T00:00:00+14:00", "lies too far away"),
        ("[assignments.toy]\ndue = '9999-12-31 23:59 America/New_York'", "lies too far away"),
        ("[assignments.toy]\ndue = 23:59:00", "no time"),
        ("[[extensions]]\nstudent = 'ada'\nextra_time = '99999999999 weeks'\nreason = 'x'", "longer than ten years"),
        ("[late]\nper = 'day'\npenalty = 0.1\ngrace = '%s days'" % ("9" * 400), "longer than ten years"),
        ("[assignments.toy]\nattempts = 0", "assignments.toy.attempts: 0 should be a whole number from 1 on"),
        ("[assignments.toy]\nattempts = true", "whole number"),
        ("[assignments.toy]\ndrop = 'test_a'", "should be a list"),
        ("[assignments.toy]\ndrop = ['test_aa']", "there is no test_aa; did you mean test_a?"),
        ("[assignments.toy]\nweights = { test_a = -1 }", "-1 should be a number from 0 on"),
        ("[assignments.toy]\nweights = { test_a = inf }", "should be a number"),
        ("[assignments.toy]\nweights = { test_a = 1e308 }", "should be a number from 0 on, below 1000000"),
        ("[late]\nper = 'day'\npenalty = 1" + "0" * 400, "write 0.1 for 10 %"),
        ('"a\\nb\\u001b" = 1', "a\\nb\\x1b: there is no such rule"),
        ("[assignments.toy]\nweights = 2", "should be a table"),
        ("assignments = 3", "assignments should be a table"),
        ("late = 0.1", "late should be a table"),
        ("[late]\nper = 'day'", "late: penalty is missing"),
        ("[late]\nper = 'week'\npenalty = 0.1", "late.per: there is no week"),
        ("[late]\nper = 'day'\npenalty = 10", "write 0.1 for 10 %"),
        ("[late]\nper = 'day'\npenalty = 0.1\ngrace = 15", "no length of time"),
        ("[partial_credit]\nnot_normalized = 0.5", "did you mean not_normalised?"),
        ("[extensions]\nstudent = 'ada'", "[[extensions]]"),
        ("[[extensions]]\nextra_time = '1 day'\nreason = 'x'", "extensions, number 1: student is missing"),
        ("[[extensions]]\nstudent = 'ada'\nreason = 'x'", "grants nothing"),
        ("[[extensions]]\nstudent = 'ada'\ndue = 2026-11-05T23:59:00Z\nreason = 'x'", "add assignment"),
        ("[[extensions]]\nstudent = 'ada'\nextra_time = '1 day'", "reason is missing"),
        ("[[extensions]]\nstudent = 'ada'\nassignment = 'toy'\ndue = 2026-11-05T23:59:00Z\nreason = 'x'",
         "extensions, number 1.due: it grants nothing: toy has no due date"),
        ("zone = 'Europe/Berlin'\n[assignments.toy]\ndue = 2026-11-02T23:59:00\n[[extensions]]\nstudent = 'ada'\n"
         "assignment = 'toy'\ndue = 2026-01-05T23:59:00\nreason = 'x'", "toy is due 2026-11-02 23:59 Europe/Berlin"),
        ("x = " + "[" * 9000, "not valid TOML"),
    ],
)  # fmt: skip
def test_a_policy_that_cannot_be_used_says_what_is_wrong_where_and_what_to_do(tmp_path, text, said):
    with pytest.raises(PolicyError) as problem:
        written(tmp_path, text)
    assert said in str(problem.value) and "policy.toml" in str(problem.value) and "\n" not in str(problem.value)


def test_a_policy_that_is_missing_or_no_text_is_one_sentence(tmp_path):
    with pytest.raises(PolicyError, match="cannot be read"):
        read(tmp_path / "none.toml", QUESTIONS)
    (tmp_path / "p.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(PolicyError, match="not valid TOML"):
        read(tmp_path / "p.toml", QUESTIONS)
