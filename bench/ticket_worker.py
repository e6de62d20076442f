"""One worker of `bench_workers`: makes the tickets that its parent names, a line of entry ids at a time.

Answers each line with the processor seconds that it took. Everything that a process loads once is loaded before
the first line, as in a worker that has been running for a while.
"""

import json
import resource
import sys

import django


def main() -> None:
    django.setup()
    from exams import tasks

    for line in sys.stdin:
        before = resource.getrusage(resource.RUSAGE_SELF)
        for chunk in json.loads(line):
            tasks.issue_chunk(chunk)
        now = resource.getrusage(resource.RUSAGE_SELF)
        spent = now.ru_utime + now.ru_stime - before.ru_utime - before.ru_stime
        print(json.dumps({"cpu": spent, "memory": now.ru_maxrss / 1024}), flush=True)


if __name__ == "__main__":
    main()
