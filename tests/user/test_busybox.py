"""Debian's busybox-static in the guest: a shell and its tools, and clients and servers of the network against real ones."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path

from programs import BUSYBOX, Guest, in_guest, on_linux
from pynet_qemu.lab import Lab, make_page

StartLab = Callable[..., Lab]
HERE = Path(__file__).parent

SCRIPT = r"""
set -e
cd /tmp; mkdir work; cd work
echo one > a; echo two >> a; printf '%s\n' three four > b
cat a b | sort | tr a-z A-Z | head -n 3
for i in 1 2 3; do echo $i; done | while read n; do echo "n=$n"; done
seq 1 200 | grep -c 7
seq 1 1000 | md5sum
x=$(echo nested $(echo deeper)); echo "$x"
(exit 7) || echo "status $?"
false || echo false is $?
trap 'echo trapped' USR1; kill -USR1 $$
sleep 0.1 & wait $!; echo waited $?
sh -c 'kill -TERM $$' || echo killed $?
cat > here <<END
a document
with $x
END
wc -l < here
ls -1
ln -s a link; readlink link; cat link
mv a c; rm b link; ls -1
test -e c && echo there; test -e a || echo gone
dd if=/dev/zero bs=1000 count=3 2>/dev/null | wc -c
find . -type f | sort
awk 'BEGIN { for (i = 0; i < 3; i++) printf "%d ", i * i; print "" }'
sed -e 's/two/2/' c
echo a:b:c | cut -d: -f2
yes | head -n 2
tar cf - c here | tar tf -
gzip -c c | gunzip
echo abc | tee copy | cat; cat copy
basename /x/y.c .c; dirname /x/y.c
expr 6 \* 7
{ echo to stderr >&2; } 2>&1
pwd
cd /; rm -r /tmp/work; exit 5
"""


def test_a_script_does_what_it_does_on_linux(start_lab: StartLab, artifacts: Path) -> None:
    expected = on_linux(BUSYBOX, "sh", stdin=SCRIPT.encode())
    done = in_guest(start_lab(), artifacts / "guest", BUSYBOX, "sh", stdin=SCRIPT.encode())
    assert (done.text, done.err, done.status) == (expected.text, expected.err, expected.status)
    assert expected.status == 5


CLIENTS = r"""
echo "== wget"; wget -q -O - http://example.com/ | md5sum
echo "== missing"; wget -q -O - http://example.com/missing || echo "status $?"
echo "== nslookup"; nslookup -type=a example.com 10.0.2.2
echo "== ping"; ping -c 2 10.0.2.2
echo "== nc"; echo through nc | nc -w 5 10.0.2.2 7
echo "== nobody"; nc -w 5 10.0.2.2 21 || echo "status $?"
echo "== traceroute"; traceroute -n -q 1 -m 3 10.0.2.2
echo "== telnet"; mkfifo /tmp/keys; telnet 10.0.2.2 24 < /tmp/keys & exec 3> /tmp/keys; echo >&3; wait $!; exec 3>&-
echo "== ftpget"; ftpget -u user -p secret -P 2121 10.0.2.2 /tmp/got wanted && md5sum < /tmp/got
echo "== listening"; nc -l -p 5000 & sleep 1; netstat -tln; kill $!
echo "== end"
"""


def sections(text: str) -> dict[str, str]:
    """What stands behind each `== name`."""
    return {part.partition("\n")[0]: part.partition("\n")[2].strip() for part in text.split("== ")[1:]}


def test_its_clients_reach_the_lab(start_lab: StartLab, artifacts: Path) -> None:
    lab = start_lab()
    wanted = b"a file by FTP\n" * 5000
    lab.namespace.start([sys.executable, str(HERE / "ftp.py"), "10.0.2.2", "2121", str(len(wanted))], artifacts / "ftp.log")
    done = in_guest(lab, artifacts / "guest", BUSYBOX, "sh", stdin=CLIENTS.encode())
    told = sections(done.text)
    assert done.status == 0, done
    assert told["wget"] == f"{hashlib.md5(make_page(1256)).hexdigest()}  -"
    assert told["missing"] == "status 1"
    assert "Address: 93.184.216.34" in told["nslookup"]
    assert "2 packets transmitted, 2 packets received, 0% packet loss" in told["ping"]
    assert told["nc"] == "through nc"
    assert told["nobody"] == "status 1"
    assert " 1  10.0.2.2  " in told["traceroute"]
    assert "bye" in told["telnet"]
    assert told["ftpget"] == f"{hashlib.md5(wanted).hexdigest()}  -"
    assert ":5000 " in told["listening"]
    assert [(r.port, r.status) for r in lab.web_requests()] == [(80, 200), (80, 404)]
    assert "query[A] example.com from 10.0.2.15" in lab.names_log.read_text()


SERVERS = r"""
mkdir /www; cd /www
seq 1 20000 > numbers; echo small > index.html
httpd -p 80 -h /www
nc -l -p 5000 > /tmp/got &
echo ready; wait
md5sum < /tmp/got
echo from the guest | nc -l -p 5001
echo served
sleep 1000
"""


def test_its_servers_serve_the_host(start_lab: StartLab, artifacts: Path) -> None:
    lab = start_lab()
    numbers = b"".join(b"%d\n" % n for n in range(1, 20001))
    with Guest(lab, artifacts / "guest", BUSYBOX, "sh", stdin=SERVERS.encode()) as guest:
        guest.wait_for("ready")
        curl = ["curl", "--silent", "--show-error", "--max-time", "60"]
        got = artifacts / "got"
        lab.namespace.run(*curl, "--output", str(got), "http://10.0.2.15/numbers", timeout=70)
        assert got.read_bytes() == numbers
        # Several at a time, each served by a process of its own.
        urls = [f"http://10.0.2.15/?{n}" for n in range(12)]
        assert lab.namespace.run(*curl, "--parallel", "--parallel-max", "6", *urls, timeout=70) == "small\n" * 12
        assert lab.namespace.run(*curl, "--write-out", "%{http_code}", "--output", "/dev/null", "http://10.0.2.15/none", timeout=70) == "404"
        send = f"import socket; s = socket.create_connection(('10.0.2.15', 5000)); s.sendall(open({str(got)!r}, 'rb').read()); s.close()"
        lab.namespace.run(sys.executable, "-c", send)
        guest.wait_for(hashlib.md5(numbers).hexdigest())
        receive = "import socket, time\nfor _ in range(50):\n try: s = socket.create_connection(('10.0.2.15', 5001)); break\n except OSError: time.sleep(0.2)\nprint(s.recv(100))"
        assert lab.namespace.run(sys.executable, "-c", receive, timeout=60).strip() == r"b'from the guest\n'"
        guest.wait_for("served")
        ended = guest.end()
        assert (ended.status, ended.err) == (128 + 15, "")
