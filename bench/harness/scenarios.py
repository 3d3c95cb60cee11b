"""All scenarios, in the order of the report."""

from harness import building, clients, growth, servers

SCENARIOS = (*servers.SCENARIOS, *clients.SCENARIOS, *growth.SCENARIOS, *building.SCENARIOS)
NAMES = tuple(scenario.name for scenario in SCENARIOS)


def chosen(quick, only):
    """Those that are asked for by name, all the quick ones, or all."""
    if only:
        return [scenario for scenario in SCENARIOS if scenario.name in only]
    return [scenario for scenario in SCENARIOS if scenario.quick or not quick]
