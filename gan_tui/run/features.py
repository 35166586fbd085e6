"""Which network a distance to the real images was measured with: in the features of another one it is on another scale."""

from collections.abc import Iterable

from gan_tui.run.state import RunState
from gan_tui.spec.metrics import FEATURE_UNITS, named

NOT_SAID = "of a network not said"


def network_of(state: RunState, name: str) -> str:
    """That in whose features this scalar of a run is measured; empty of one that is comparable whatever the network."""
    if named(name).unit != FEATURE_UNITS:
        return ""
    return state.network or NOT_SAID


def networks_of(states: Iterable[RunState], name: str) -> list[str]:
    """Those of all that have it: where there are two, their values are not to be compared."""
    return list(dict.fromkeys(network_of(state, name) for state in states if name in state.history))
