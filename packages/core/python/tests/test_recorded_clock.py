"""A replay sees the time at which it first ran; afterwards everything is the machine's again."""

from __future__ import annotations

import datetime
import time
import unittest
import warnings

import session_harness  # noqa: F401 - makes the package importable
from belljar_runtime.session.checkpoint.recorded_clock import RecordedClock

MOMENT_NS = 1_000_000_000_000_000_000
CODE = """
from time import time as now, localtime
import datetime, time
seconds = [now(), time.time(), time.time_ns() / 1e9]
times = [datetime.datetime.now(), datetime.datetime.today(), datetime.datetime.utcnow(),
         datetime.datetime.now(datetime.timezone.utc)]
days = [datetime.date.today()]
years = [time.strftime("%Y"), localtime().tm_year, time.gmtime().tm_year, time.ctime()[-4:]]
given = [time.gmtime(0).tm_year, time.strftime("%Y", time.gmtime(0)), time.ctime(0)[-4:]]
"""


class RecordedClockTest(unittest.TestCase):
    def replay(self) -> dict:
        names: dict = {}
        clock = RecordedClock(MOMENT_NS)
        with warnings.catch_warnings(), clock:
            warnings.simplefilter("ignore")
            exec(CODE, names)
        clock.put_back(names)
        return names

    def test_counts_from_the_recorded_moment(self) -> None:
        names = self.replay()
        for seconds in names["seconds"]:
            self.assertAlmostEqual(seconds, 1e9, delta=60)
        self.assertEqual({moment.year for moment in names["times"]}, {2001})
        self.assertEqual({type(moment) for moment in names["times"]}, {datetime.datetime})
        self.assertEqual(names["days"][0].year, 2001)
        self.assertEqual({str(year) for year in names["years"]}, {"2001"})
        self.assertEqual({str(year) for year in names["given"]}, {"1970"})

    def test_a_subclass_is_made_as_its_own_class(self) -> None:
        class Moment(datetime.datetime):
            pass

        with RecordedClock(MOMENT_NS):
            self.assertIs(type(Moment.now()), Moment)
            self.assertEqual(Moment.now().year, 2001)

    def test_leaves_no_trace(self) -> None:
        before = {**vars(time)}
        names = self.replay()
        self.assertEqual(vars(time), before)
        self.assertIs(names["now"], time.time)
        self.assertIs(names["localtime"], time.localtime)
        for year in (datetime.datetime.now().year, datetime.date.today().year):
            self.assertGreater(year, 2020)
        self.assertNotIn("today", vars(datetime.datetime))

    def test_durations_are_the_machines(self) -> None:
        before = time.monotonic()
        with RecordedClock(MOMENT_NS):
            self.assertLess(time.monotonic() - before, 60)


if __name__ == "__main__":
    unittest.main()
