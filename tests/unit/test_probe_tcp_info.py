import socket
import struct
import time

from agent.probe.tcp import info as tcp_info

RAW = struct.pack("=8B24I", *range(8), *range(100, 124))


def test_words_of_the_kernel_are_read_at_their_places() -> None:
    """In linux/tcp.h tcpi_pmtu is word 13, tcpi_rtt 15 and tcpi_total_retrans 23."""
    assert tcp_info.parse(RAW) == tcp_info.TcpInfo(115e-6, 123, 113)


def test_newer_kernels_say_more_and_older_ones_too_little() -> None:
    assert tcp_info.parse(RAW + b"more" * 20) == tcp_info.parse(RAW)
    assert tcp_info.parse(RAW[:-1]) is None
    assert tcp_info.parse(b"") is None


def test_connection_of_this_machine_is_told() -> None:
    started = time.perf_counter()
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
        server.accept()[0] as peer,
    ):
        client.sendall(b"x")
        peer.recv(1)

        seen = tcp_info.read(client)
        elapsed_seconds = time.perf_counter() - started

    assert seen is not None
    assert 0 < seen.rtt_seconds < 1 + elapsed_seconds
    assert seen.retransmits == 0
    assert seen.path_mtu_bytes >= 576


def test_socket_that_is_closed_or_no_tcp_says_nothing() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as udp:
        assert tcp_info.read(udp) is None
    assert tcp_info.read(udp) is None
