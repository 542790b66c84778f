"""The same jobs on other machines: a Dask cluster's workers, each with a station of its own.

A worker needs the course's environment and nothing of the course's folder: a job's files travel to
it and the result back. A job whose worker is lost is done by another one.
"""

import tempfile
from pathlib import Path

from course_utils.grading import jobs
from course_utils.grading.station import Station, StationLost

_station = None  # of this worker


class ClusterPool:
    """The workers of a Dask scheduler, in place of local stations; see `runner.Pool`."""

    def __init__(self, address, options):
        self.address, self.options = address, options

    def run(self, waiting, twice, summary, say):
        """Grade jobs; yields (student, job, time, error) as they are done."""
        from distributed import Client, as_completed

        entries = {}
        with Client(self.address) as client:
            for entry in waiting:
                job = (entry[1] / jobs.FILE).read_text(encoding="utf-8")
                future = client.submit(graded, job, self.options, pure=False, retries=2)
                entries[future] = entry
            done = as_completed(list(entries))
            for number, future in enumerate(done, 1):
                student, job, when = entries.pop(future)
                error = self._kept(future, job, summary)
                future.release()
                say(f"{number} of {len(waiting)}")
                yield student, job, when, error

    def _kept(self, future, job, summary):
        """Write a job's result where it belongs; an error in words, or none."""
        if future.status != "finished":
            return f"the cluster gave it up: {future.exception()}"
        answer = future.result()
        summary.protection = answer["protection"]
        if answer["error"]:
            return answer["error"]
        jobs.write_result(job, answer["result"])
        return ""


def graded(job, options):
    """On a worker: grade one job, given as the text of its file."""
    global _station
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, jobs.FILE).write_text(job, encoding="utf-8")
        _station = _station or Station(**options)
        try:
            protection = _station.protection()
            error = jobs.error(folder) if _station.grade(folder) else ""
        except StationLost as lost:
            _station.close()
            _station = None
            return {"error": str(lost), "result": None, "protection": {}}
        return {"error": error, "result": jobs.result(folder), "protection": protection}
