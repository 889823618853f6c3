"""Listens without ever accepting and prints what the kernel makes of it.

Reads {"somaxconn": [...], "backlogs": [...], "fillUpTo": n, "alone": bool} from standard input and prints one JSON list. Meant
for a network namespace of its own; without one it keeps to the machine's somaxconn and says so by the values printed.
"""
import ctypes
import errno
import json
import re
import socket
import subprocess
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
SYSCTL = "/proc/sys/net/core/somaxconn"


def listening(family, backlog, name):
    """A listening socket; through libc, as Python itself turns negative backlogs into 0."""
    server = socket.socket(family, socket.SOCK_STREAM)
    server.bind(("127.0.0.1", 0) if family == socket.AF_INET else "\0" + name)
    if libc.listen(server.fileno(), ctypes.c_int(backlog)) != 0:
        raise OSError(ctypes.get_errno(), "listen")
    return server


def queues(servers):
    """[(connections waiting, backlog in force)] of each, as ss prints them."""
    run = lambda flags: subprocess.run(["ss", flags], capture_output=True, text=True, check=True, timeout=10).stdout
    if servers[0].family == socket.AF_INET:
        found = re.findall(r"^LISTEN +(\d+) +(\d+) +127\.0\.0\.1:(\d+) ", run("-lntH"), re.M)
    else:
        found = re.findall(r" LISTEN +(\d+) +(\d+) +@(\S+) ", run("-lxH"), re.M)
    table = {name: (int(waiting), int(backlog)) for waiting, backlog, name in found}
    return [table[name_of(server)] for server in servers]


def name_of(server):
    address = server.getsockname()
    return str(address[1]) if server.family == socket.AF_INET else address[1:].decode()


def knock(server, count):
    """What `count` non-blocking clients see, and the sockets, which must stay open."""
    clients, seen = [], []
    for _ in range(count):
        client = socket.socket(server.family, socket.SOCK_STREAM)
        client.setblocking(False)
        clients.append((client, client.connect_ex(server.getsockname())))
    time.sleep(0.05)
    for client, error in clients:
        if error not in (0, errno.EINPROGRESS):
            seen.append(errno.errorcode[error])
            continue
        try:
            client.getpeername()
            seen.append("connected")
        except OSError:
            failed = client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            seen.append(errno.errorcode[failed] if failed else "pending")
    return [client for client, _ in clients], seen


def main():
    wanted = json.load(sys.stdin)
    with open(SYSCTL) as file:
        found = int(file.read())
    alone = wanted["alone"]
    if alone:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True, timeout=10)
    rows = []
    for somaxconn in wanted["somaxconn"] if alone else [found]:
        if alone:
            with open(SYSCTL, "w") as file:
                file.write(str(somaxconn))
        for family in (socket.AF_INET, socket.AF_UNIX):
            servers = [listening(family, backlog, f"probe{index}") for index, backlog in enumerate(wanted["backlogs"])]
            found = [
                {"family": "tcp" if family == socket.AF_INET else "unix", "somaxconn": somaxconn, "requested": requested, "effective": effective}
                for requested, (_, effective) in zip(wanted["backlogs"], queues(servers))
            ]
            filled, clients = set(), []
            for row, server in zip(found, servers):
                # One queue of each size is enough.
                if row["effective"] <= wanted["fillUpTo"] and row["effective"] not in filled:
                    filled.add(row["effective"])
                    sockets, row["seen"] = knock(server, row["effective"] + 3)
                    clients += sockets
            for row, (waiting, _) in zip(found, queues(servers)):
                row["waiting"] = waiting
            for one in servers + clients:
                one.close()
            rows += found
    json.dump(rows, sys.stdout)


main()
