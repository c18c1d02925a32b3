"""How often passwords may be tried, per account and per address. Without Redis nobody may: a guess is not let through.

Keys hold digests, not addresses or e-mails.
"""

import ipaddress
import math

from nunchi.accounts.rules import digest
from nunchi.adapters import redis
from nunchi.errors import NunchiError

WINDOW_S = 900
PER_ACCOUNT, PER_ADDRESS = 10, 50
SIGN_UPS_PER_ADDRESS = 20
NETWORK_BITS = 64  # of an IPv6 address: whoever has one has all of its network


class TooManyAttempts(NunchiError):
    """Another try is for later."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"too many attempts; again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


def count_login(account: str, address: str) -> None:
    """Counts a try at an account, known or not, before it is made. Raises TooManyAttempts, or UpstreamError."""
    _count(f"login:address:{digest(network(address))}", PER_ADDRESS)
    _count(_account_key(account), PER_ACCOUNT)


def clear_login(account: str) -> None:
    """Forgets an account's tries after a good one. Its address's stay: else one's own account would reset them."""
    redis.forget(_account_key(account))


def count_sign_up(address: str) -> None:
    """Counts a try at signing up from an address. Raises TooManyAttempts, or UpstreamError."""
    _count(f"signup:address:{digest(network(address))}", SIGN_UPS_PER_ADDRESS)


def network(address: str) -> str:
    """What is limited of a client's address: all of an IPv4 one, the network of an IPv6 one."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if found.version == 4:
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, NETWORK_BITS), strict=False))


def _account_key(account: str) -> str:
    return f"login:account:{digest(account)}"


def _count(key: str, most: int) -> None:
    tries, left_s = redis.count_up(key, window_s=WINDOW_S)
    if tries > most:
        raise TooManyAttempts(max(1, math.ceil(left_s)))
