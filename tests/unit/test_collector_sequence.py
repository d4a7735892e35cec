from collector.intake.sequence import DIGESTS, MAX_INCARNATIONS, MAX_SPANS, Known, Ledger, Spans

A, B = "a" * 16, "b" * 16


def test_spans_join_when_the_gap_closes():
    spans = Spans()
    for number in (1, 3, 7, 2, 6):
        spans.add(number)

    assert list(spans) == [(1, 3), (6, 7)]
    assert 2 in spans
    assert 5 not in spans


def test_spans_stay_bounded_and_give_up_the_oldest_gap():
    spans = Spans()
    for number in range(1, 2 * MAX_SPANS + 3, 2):
        spans.add(number)

    assert len(spans) == MAX_SPANS
    assert 2 in spans
    assert 4 not in spans


def test_the_same_report_again_is_a_duplicate():
    ledger = Ledger()
    ledger.remember("x", A, 1, 11)

    assert ledger.known("x", A, 1, 11) is Known.DUPLICATE


def test_the_same_seq_with_other_bytes_is_a_conflict():
    ledger = Ledger()
    ledger.remember("x", A, 1, 11)

    assert ledger.known("x", A, 1, 12) is Known.CONFLICT


def test_a_conflict_longer_ago_than_digests_are_kept_is_a_duplicate():
    ledger = Ledger()
    for seq in range(1, DIGESTS + 2):
        ledger.remember("x", A, seq, seq)

    assert ledger.known("x", A, 1, 999) is Known.DUPLICATE
    assert ledger.known("x", A, 2, 999) is Known.CONFLICT


def test_a_late_old_report_does_not_push_out_a_newer_digest():
    ledger = Ledger()
    ledger.remember("x", A, DIGESTS + 5, 1)
    ledger.remember("x", A, 5, 2)

    assert ledger.known("x", A, DIGESTS + 5, 9) is Known.CONFLICT


def test_agents_and_incarnations_count_apart():
    ledger = Ledger()
    ledger.remember("x", A, 1, 11)

    assert ledger.known("x", B, 1, 12) is Known.NEW
    assert ledger.known("y", A, 1, 12) is Known.NEW


def test_the_incarnation_unused_for_longest_is_forgotten():
    ledger = Ledger()
    names = [f"{number:016x}" for number in range(MAX_INCARNATIONS + 1)]
    for name in names[:-1]:
        ledger.remember("x", name, 1, 1)
    ledger.remember("x", names[0], 2, 1)
    ledger.remember("x", names[-1], 1, 1)

    assert list(ledger.spans("x")) == [*names[2:-1], names[0], names[-1]]


def test_a_restored_ledger_knows_what_the_old_one_knew():
    old, new = Ledger(), Ledger()
    for seq in (1, 2, 5):
        old.remember("x", A, seq, seq)
    for incarnation, spans in old.spans("x").items():
        new.restore("x", incarnation, spans)

    assert [new.known("x", A, seq, 0) for seq in (1, 2, 3, 5)] == [
        Known.DUPLICATE,
        Known.DUPLICATE,
        Known.NEW,
        Known.DUPLICATE,
    ]
    assert old.changed == {"x"}
