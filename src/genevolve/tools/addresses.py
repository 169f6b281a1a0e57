"""Which network addresses may be fetched from: pure rules, no IO.

A web page decides which address our machine connects to, so everything that is not a plain public host is refused:
otherwise a search result could read the machine's own services, its local network or its cloud's metadata service.
"""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from genevolve.core.errors import ServiceError

MAX_URL = 8192
PUBLIC_PORTS = frozenset({80, 443, 8080, 8443})

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Ranges that the standard library calls global on some Python versions but that no image server lives in.
_NEVER_PUBLIC = tuple(
    ipaddress.ip_network(block)
    for block in (
        "0.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT, and the metadata service of one cloud
        "168.63.129.16/32",  # the host agent of one cloud, at a public-looking address
        "192.0.0.0/24",  # protocol assignments, and the metadata service of one cloud
        "192.88.99.0/24",  # 6to4 relays
        "198.18.0.0/15",  # benchmarking
        "224.0.0.0/4",
        "240.0.0.0/4",
        "2001::/23",  # Teredo, ORCHID and other protocol assignments
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address in disguise
        "3fff::/20",  # documentation
    )
)
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# What `allow_private` opens: the user's own machine and network. Link-local stays shut: clouds keep their metadata there.
_OWN_NETWORK = tuple(
    ipaddress.ip_network(block)
    for block in (
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::1/128",
        "fc00::/7",
    )
)
_METADATA = frozenset(ipaddress.ip_address(each) for each in ("100.100.100.200", "fd00:ec2::254", "fd20:ce::254"))
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
_SAFE = "!#$%&'()*+,/:;=?@[]~"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One hop of a fetch. ``host`` is ASCII and lower case, an IPv6 literal without brackets; ``path`` is ASCII."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def default_port(self) -> bool:
        return self.port == _DEFAULT_PORTS[self.scheme]

    @property
    def authority(self) -> str:
        """The ``Host`` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.default_port else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def label(self) -> str:
        """The URL for error texts: without its query, which may hold somebody's token, and short."""
        url = f"{self.scheme}://{self.authority}{self.path.partition('?')[0]}"
        return url if len(url) <= 160 else url[:159] + "…"


_DEFAULT_PORTS = {"http": 80, "https": 443}
HINT = "; only public addresses are fetched from (set fetch.allow_private to open your own network)"


def target(url: str, *, allow_private: bool = False) -> Target:
    """Read ``url`` strictly. Raises ``ServiceError`` that says which rule it breaks; resolves nothing."""
    if len(url) > MAX_URL:
        raise ServiceError(f"the image address has {len(url):,} characters; at most {MAX_URL:,} are read")
    url = url.strip(" \t\r\n")
    if any(character < " " or character in "\\\x7f" for character in url):
        raise ServiceError("the image address contains control characters or backslashes")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = parts.hostname or ""
    except ValueError:
        raise ServiceError("the image address is not a valid URL") from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise ServiceError(
            f"images are fetched over http and https only, not {parts.scheme[:20] or 'an address without scheme'!r}"
        )
    if "@" in parts.netloc:
        raise ServiceError("the image address carries a user name or password; such addresses are not fetched")
    port = _DEFAULT_PORTS[parts.scheme] if port is None else port
    if port not in PUBLIC_PORTS and not (allow_private and port > 0):
        known = _listed(PUBLIC_PORTS)
        raise ServiceError(
            f"port {port} is not one that public images are served from ({known}){'' if allow_private else HINT}"
        )
    return Target(scheme=parts.scheme, host=_host(host), port=port, path=_path(parts))


def redirected(hop: Target, location: str, *, allow_private: bool = False) -> Target:
    """Where ``hop`` sends us. The same rules hold as for the first address."""
    if len(location) > MAX_URL:
        raise ServiceError(f"the redirect of {hop.label} has {len(location):,} characters; at most {MAX_URL:,} are read")
    try:
        joined = urljoin(hop.url, location)
    except ValueError:
        raise ServiceError(f"the redirect of {hop.label} is not a valid URL") from None
    return target(joined, allow_private=allow_private)


def literal(host: str) -> Address | None:
    """The address that ``host`` spells out, or None for a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def refusal(address: Address, *, allow_private: bool = False) -> str:
    """Why ``address`` must not be connected to; empty when it may be."""
    if allow_private and address not in _METADATA and any(_inside(address, block) for block in _OWN_NETWORK):
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        return _refusal6(address)
    if not address.is_global or any(_inside(address, block) for block in _NEVER_PUBLIC):
        return f"{address} is a {_kind(address)} address"
    return ""


def _refusal6(address: ipaddress.IPv6Address) -> str:
    if address.scope_id is not None:
        return f"{address} carries a zone id"
    if address in _NAT64:  # a resolver on an IPv6-only network answers with these: what counts is the IPv4 address within
        return refusal(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    if address.ipv4_mapped is not None:
        return f"{address} is an IPv4 address in IPv6 form"
    if address not in _GLOBAL_UNICAST or not address.is_global or any(_inside(address, block) for block in _NEVER_PUBLIC):
        return f"{address} is a {_kind(address)} address"
    return ""


def _inside(address: Address, block: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    return address.version == block.version and address in block


def _kind(address: Address) -> str:
    for name in ("unspecified", "loopback", "link_local", "multicast", "private"):
        if getattr(address, f"is_{name}"):
            return name.replace("_", "-")
    return "reserved"


def _host(host: str) -> str:
    host = host.removesuffix(".")
    if "%" in host:
        raise ServiceError("the image address names a network interface (zone id) or has an encoded host")
    if ":" in host:
        if literal(host) is None:
            raise ServiceError("the image address has an invalid IPv6 host")
        return host
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            raise ServiceError("the image address has an invalid host name") from None
    host = host.lower()
    if len(host) > 253 or not _HOST.fullmatch(host):
        raise ServiceError("the image address has no valid host name")
    if _NUMBER.fullmatch(host.rpartition(".")[2]) and literal(host) is None:
        raise ServiceError(f"{host[:60]} is an unusual spelling of an IPv4 address; such addresses are not fetched")
    return host


def _path(parts: SplitResult) -> str:
    path = quote(parts.path or "/", safe=_SAFE)
    return f"{path}?{quote(parts.query, safe=_SAFE)}" if parts.query else path


def _listed(ports: frozenset[int]) -> str:
    return ", ".join(str(port) for port in sorted(ports))
