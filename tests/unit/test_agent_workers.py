"""Runs of checks on threads: as many as are needed, and one that hangs costs no other."""

import threading
from collections.abc import Callable
from dataclasses import replace

from agent.measuring.plan import Task
from agent.measuring.schedule import Schedule
from agent.measuring.workers import FEWEST, Workers, workers_for
from govnet.settings import MAX_WORKERS, MachineSettings
from tests.unit.deadlines import HANG_SECONDS
from tests.unit.test_agent_plan import LAN, MACHINE


def a_task(number: int) -> Task:
    record = MachineSettings(target=f"pc-{number}")
    return Task(record, Schedule(str(number), 60, 0))


def waits(condition: Callable[[], bool]) -> bool:
    """Wait until the condition holds; only broken code is waited for to the end."""
    turn = threading.Event()
    for _ in range(round(HANG_SECONDS / 0.01)):
        if condition():
            return True
        turn.wait(0.01)
    return condition()


def test_the_number_of_threads_follows_from_the_checks():
    office = (MACHINE, LAN)
    centre = tuple(replace(MACHINE, target=str(number)) for number in range(900))

    assert workers_for(office) == FEWEST
    assert workers_for(centre[:60]) == 10
    assert workers_for(centre) == MAX_WORKERS


def test_never_more_runs_at_once_than_allowed():
    gate = threading.Event()
    lock = threading.Lock()
    running, peak, done = [0], [0], [0]

    def run(_task: Task) -> None:
        with lock:
            running[0] += 1
            peak[0] = max(peak[0], running[0])
        gate.wait(HANG_SECONDS)
        with lock:
            running[0] -= 1
            done[0] += 1

    workers = Workers(run)
    workers.resize(3)
    for number in range(10):
        workers.submit(a_task(number))
    assert waits(lambda: running[0] == 3)
    gate.set()

    assert waits(lambda: done[0] == 10)
    assert peak[0] == 3


def test_a_hanging_check_does_not_take_a_thread_from_the_others():
    gate = threading.Event()
    done = []
    tasks = [a_task(number) for number in range(FEWEST + 1)]
    hanging = tasks[:FEWEST]

    def run(task: Task) -> None:
        if task in hanging:
            gate.wait(HANG_SECONDS)
        done.append(task)

    workers = Workers(run)
    for task in tasks:
        workers.submit(task)
    assert done == []
    for task in hanging:
        workers.give_up_on(task)

    assert waits(lambda: done == [tasks[-1]])
    gate.set()
    assert waits(lambda: len(done) == 3)
