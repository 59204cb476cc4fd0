"""Writers that are killed in the middle of things: `python -m tests.store.torture STORE KILLS`.

One process imports the store and forks writer after writer. Each claims and records as fast as it
can and says on a pipe which query it was told is safe; after a few of these it gets SIGKILL, at a
moment that depends on nothing but chance and the seed. Prints the acknowledged queries as JSON.
"""

import json
import os
import random
import signal
import sys
import time

from surrogate.records import Run, Status
from surrogate.store.sql import open_store
from tests.contracts.store_laws import CAMPAIGN


def write_until_killed(path: str, says: int) -> None:
    store = open_store(path)
    store.release(CAMPAIGN)
    while True:
        for lease in store.claim(CAMPAIGN, "w", 4, now=0.0, seconds=60.0):
            index = lease.query.index
            store.record(CAMPAIGN, [Run(index, lease.attempt, Status.OK, values={"goal": 1.0})])
            os.write(says, f"{index}\n".encode())


def one_life(path: str, rng: random.Random) -> list[int]:
    hears, says = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(hears)
        write_until_killed(path, says)
    os.close(says)
    heard = b""
    wanted = rng.randint(0, 3)
    while heard.count(b"\n") < wanted:
        heard += os.read(hears, 1000)
    time.sleep(rng.uniform(0.0, 0.02))
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    while chunk := os.read(hears, 1000):
        heard += chunk
    os.close(hears)
    return [int(line) for line in heard.splitlines()]


def main() -> None:
    path, kills = sys.argv[1], int(sys.argv[2])
    rng = random.Random(7)
    acknowledged = [index for _ in range(kills) for index in one_life(path, rng)]
    sys.stdout.write(json.dumps(acknowledged))


if __name__ == "__main__":
    main()
