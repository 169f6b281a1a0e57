"""Which addresses may be fetched from."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genevolve.core.errors import ServiceError
from genevolve.tools.addresses import redirected, refusal, target

PRIVATE = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "100.64.0.1", "100.100.100.200", "169.254.169.254", "169.254.0.1", "168.63.129.16", "192.0.0.192", "192.0.2.1",
    "192.88.99.1", "198.18.0.1", "198.51.100.7", "203.0.113.7", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8",
    "::ffff:0:127.0.0.1", "::127.0.0.1", "::8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1",
    "2002:7f00:1::", "2002:808:808::", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:10::1", "2001:20::1", "2001:db8::1",
    "3fff::1", "100::1", "5f00::1", "4000::1",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450:4001::1"]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_refused(address: str) -> None:
    assert refusal(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_taken(address: str) -> None:
    assert refusal(ipaddress.ip_address(address)) == ""


def test_an_ipv6_only_network_reaches_public_ipv4_servers() -> None:
    assert refusal(ipaddress.ip_address("64:ff9b::808:808")) == ""


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "172.20.0.1", "192.168.0.9", "100.64.3.4", "::1", "fd12::1"])
def test_the_opt_out_opens_the_own_network(address: str) -> None:
    assert refusal(ipaddress.ip_address(address), allow_private=True) == ""


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "fe80::1", "0.0.0.0", "224.0.0.1", "100.100.100.200", "fd00:ec2::254", "::ffff:10.0.0.1"]
)
def test_the_opt_out_does_not_open_metadata_and_link_local(address: str) -> None:
    assert refusal(ipaddress.ip_address(address), allow_private=True)


@given(st.integers(0, 2**32 - 1))
def test_an_address_is_as_refused_inside_ipv6_as_outside(number: int) -> None:
    inner = ipaddress.IPv4Address(number)
    for prefix in ("::ffff:0:0", "::", "64:ff9b::"):
        outer = ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) + number)
        assert not refusal(inner) or refusal(outer)
    assert refusal(ipaddress.IPv6Address((0x2002 << 112) + (number << 80)))


@given(st.integers(0, 2**32 - 1))
def test_nothing_that_the_standard_library_calls_special_is_taken(number: int) -> None:
    address = ipaddress.IPv4Address(number)
    if address.is_private or address.is_multicast or address.is_reserved or address.is_link_local or address.is_loopback:
        assert refusal(address)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/a.png", "file:///etc/passwd", "data:image/png;base64,AAAA", "gopher://example.com/", "javascript:x",
        "//example.com/a.png", "example.com/a.png", "", "http://", "http:///a.png", "http://?x", "https:example.com",
        "http://user@example.com/", "http://user:pass@example.com/", "http://@example.com/", "http://example.com@127.0.0.1/",
        "http://2130706433/", "http://0x7f000001/", "http://017700000001/", "http://127.1/", "http://0177.0.0.1/",
        "http://0x7f.0.0.1/", "http://127.0.0.0x1/", "http://127.0.1/", "http://1/", "http://0/", "http://127.0.0.1.5/",
        "http://0x/", "http://a.0x7f/", "http://[fe80::1%25eth0]/", "http://[fe80::1%eth0]/", "http://[::1", "http://[zz]/",
        "http://exa mple.com/", "http://exa%6dple.com/", "http://example.com\\@127.0.0.1/", "http://example.com/\x00",
        "http://example.com/\r\nHost: x", "http://-a.com/", "http://a..com/", "http://.com/", "http://example.com:22/",
        "http://example.com:0/", "http://example.com:99999/", "http://example.com:x/", "http://example.com:25/", "http://①.①.①/",
        "http://" + "a" * 64 + ".com/", "http://example.com/" + "a" * 9000,
    ],
)  # fmt: skip
def test_what_is_not_a_plain_web_address_is_refused(url: str) -> None:
    with pytest.raises(ServiceError) as caught:
        target(url)
    assert not caught.value.retryable


def test_a_refusal_never_repeats_a_password() -> None:
    with pytest.raises(ServiceError) as caught:
        target("https://user:hunter2@example.com/")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("https://Example.COM/a.png", "example.com", 443, "/a.png"),
        ("HTTP://example.com:8080", "example.com", 8080, "/"),
        ("http://example.com./a b.png?q=ü#part", "example.com", 80, "/a%20b.png?q=%C3%BC"),
        ("http://example.com/%41%20%zz", "example.com", 80, "/%41%20%zz"),
        ("https://bücher.example/ä.jpg", "xn--bcher-kva.example", 443, "/%C3%A4.jpg"),
        ("https://a_b.cdn.example/x", "a_b.cdn.example", 443, "/x"),
        ("https://[2606:4700::1111]/x", "2606:4700::1111", 443, "/x"),
        ("http://127。0。0。1/", "127.0.0.1", 80, "/"),  # refused later, by its address
    ],
)
def test_addresses_are_read_as_they_will_be_sent(url: str, host: str, port: int, path: str) -> None:
    read = target(url)
    assert (read.host, read.port, read.path) == (host, port, path)


def test_error_texts_leave_out_the_query() -> None:
    assert target("https://example.com/a.png?token=secret").label == "https://example.com/a.png"
    assert len(target("https://example.com/" + "a" * 5000).label) <= 160


def test_odd_ports_are_for_the_own_network() -> None:
    assert target("http://store.lab:9000/a.png", allow_private=True).authority == "store.lab:9000"


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "http://u:p@example.com/", "//0x7f.1/", "http://[::1", "http://x:22/"]
)
def test_a_redirect_obeys_the_same_rules(location: str) -> None:
    with pytest.raises(ServiceError):
        redirected(target("https://example.com/a/b"), location)


def test_a_redirect_may_be_relative() -> None:
    first = target("https://example.com/a/b?x=1")
    assert redirected(first, "../c.png").url == "https://example.com/c.png"
    assert redirected(first, "//cdn.example/c").url == "https://cdn.example/c"
