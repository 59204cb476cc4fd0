"""What people are told of a campaign's course: how the error fell, and how far it is to enough."""

from pathlib import Path

from surrogate.enough import StopSection
from surrogate.standing import Horizon, Judge
from surrogate.stopping import Misplaced, Standing
from tests.test_campaign import made, told

COURSE = [Standing(n, error=0.1 * 10 / n, wrong=0.1 * 10 / n) for n in range(10, 101, 10)]


def horizon(folder: Path, stop: StopSection | None) -> Horizon:
    with made(folder) as campaign:
        return Horizon(campaign.learner, stop)


def test_the_forecast_names_what_the_rule_asks_for_in_its_own_words(tmp_path: Path) -> None:
    seen = horizon(tmp_path, StopSection(wrong=0.005))(COURSE)
    assert seen.forecast == "about 100 more runs to 0.5 % of the space (0.1 m)"
    assert seen.error_of == "share of the space on the wrong side"
    assert seen.history[-1] == (100, 0.01)
    reached = horizon(tmp_path, StopSection(wrong=0.02))(COURSE)
    assert reached.forecast == "2 % of the space (0.4 m) is reached"


def test_without_a_rule_the_forecast_goes_to_half_of_the_error(tmp_path: Path) -> None:
    words = horizon(tmp_path, None)(COURSE).forecast
    assert words == "about 100 more runs to half of today's error, 0.5 % of the space (0.1 m)"
    assert horizon(tmp_path, None)([]).forecast == ""


def test_a_judge_trusts_nothing_before_both_answers_were_seen(tmp_path: Path) -> None:
    with made(tmp_path) as campaign:
        for query in campaign.ask(12):
            campaign.tell(query, True)
        fitted, known = campaign.trained()
        assert not Judge(campaign.learner, Misplaced(enough=0.5))(fitted, None, known).trusted
        told(campaign, 48)
        fitted, known = campaign.trained()
        assert Judge(campaign.learner, Misplaced(enough=0.5))(fitted, None, known).trusted
