"""How KIS writes changes: a sign by its number, and rates with two decimals."""

LIMIT_UP, RISE, NO_CHANGE, LIMIT_DOWN, FALL = "1", "2", "3", "4", "5"


def sign(price: float, base: float, limits: tuple[float, float] | None = None) -> str:
    """The sign of a price's change from its base; `limits` are the lowest and the highest price of the day."""
    lowest, highest = limits or (float("-inf"), float("inf"))
    if price == base:
        return NO_CHANGE
    if price > base:
        return LIMIT_UP if price >= highest else RISE
    return LIMIT_DOWN if price <= lowest else FALL


def percent(part: float, whole: float) -> str:
    """A part of a whole in percent; 0 where there is no whole."""
    return f"{100 * part / whole:.2f}" if whole else "0.00"


def change(price: float, base: float) -> str:
    """How far a price is from a base, in percent; 0 where one of them is missing."""
    return percent(price - base, base) if price else "0.00"
