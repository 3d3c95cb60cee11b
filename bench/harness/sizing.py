"""How many calls a measurement takes, so that it lasts as long with a slow program as with a quick one."""

# Shorter runs say too little about the rate.
PILOT_SECONDS = 0.05
GROWTH = 4


def calls_for(run, least, seconds):
    """`run(calls)` gives the seconds that so many calls took. Tries more and more, beginning with `least`; how many take
    about `seconds`."""
    calls = max(least, 1)
    while True:
        took = run(calls)
        if took >= min(PILOT_SECONDS, seconds):
            return max(least, round(calls / took * seconds), 1)
        calls *= GROWTH
