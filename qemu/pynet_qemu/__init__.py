"""Run pynet in QEMU: the machine, the network lab round it, its console, and the oracle that checks what it prints.

The command is `qemu/run`; tests use the same parts through tests/conftest.py.

    options.py       the options of qemu/run
    cli.py           the command itself
    build.py         Meson
    namespace.py     a network namespace of the lab's own
    lab.py           what is on the other end of the cable: DHCP, DNS, a web server, the peer
    certificates.py  the lab's certificate authority
    peer.py          the server that the guest's socket test suite talks to
    machine.py       the virtual machine, and qmp.py to ask QEMU about it
    console.py       what the guest prints, line by line, with deadlines
    oracle.py        the eight lines, held against what was learned without the guest
    relay.py         a bad cable: loss, duplicates, reordering, corruption, delay
"""
