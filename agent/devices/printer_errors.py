"""The errors that a printer reports, as hrPrinterDetectedErrorState and hrDeviceStatus tell them.

One printer is one device here: of several (a print server) the first speaks.
"""

from collections.abc import Iterator

from agent.devices.ports import sorted_indexes
from agent.devices.printer import ERRORS, errors
from agent.devices.question import Question, Reader, Subject
from agent.devices.values import Answers, number
from govnet.report import Sample

_ERROR_STATE = "1.3.6.1.2.1.25.3.5.1.2"
_DEVICE_STATUS = "1.3.6.1.2.1.25.3.2.1.5"
_METRIC = "govnet_printer_error"


def _read(answers: Answers, _subject: Subject) -> Iterator[Sample]:
    states = answers.column(_ERROR_STATE)
    for index in sorted_indexes(states)[:1]:
        state = states[index]
        if isinstance(state, bytes) and state:
            status = number(answers.column(_DEVICE_STATUS).get(index))
            found = errors(state, status)
            for word in ERRORS.values():
                yield Sample(_METRIC, float(word in found), {"error": word})


READER = Reader((Question(_ERROR_STATE), Question(_DEVICE_STATUS)), (_METRIC,), _read)
