"""The centre's own clock may be wrong for a while, and is set right."""

from tests.judged_province import Judged

PC = "xa-b/pc-1"


def test_what_was_said_while_the_clock_was_ahead_is_taken_back(alive: Judged) -> None:
    now = alive.now
    alive.evidence.listen_until(now + 7200.0)
    alive.judgement.judge(now + 7200.0)
    assert alive.judgement.verdicts(now).sites["xa-b"].status != "up"

    alive.judgement.judge(now)

    assert alive.judgement.verdicts(now).sites["xa-b"].status == "up"
    assert all(span.start <= now for span in alive.judgement.record.spans("xa-b"))


def test_an_outage_is_found_after_the_clock_went_back(alive: Judged) -> None:
    alive.judgement.judge(alive.now + 7200.0)

    alive.minutes(5, PC, a=True, b=True, c=False, d=True)

    assert [alive.status(f"xa-{letter}") for letter in "bc"] == ["up", "down"]
