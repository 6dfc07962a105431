"""What a script may name and be skipped for: everything else that it asks is to be done, or it has failed."""

from __future__ import annotations

import re

# (what it is, the words of a script that name it, why it is not run)
FEATURES = [
    ("IPv6", r"--ip_version\s*=\s*ipv(6|4-mapped-ipv6)\b|\bAF_INET6\b|\binet6_addr\b|\bIPPROTO_IPV6\b|[<>]\s*ipv6\b|\bflowlabel\b|\bIPV6_\w+",
     "the stack is IPv4 only"),
    ("SCTP", r"\bsctp\b|\bIPPROTO_SCTP\b|\bSOCK_SEQPACKET\b", "another transport"),
    ("UDP-Lite", r"\budplite\b|\bIPPROTO_UDPLITE\b", "another transport"),
    ("MPTCP", r"\bmp_capable\w*|\bmp_join\w*|\bmptcp\b|\bIPPROTO_MPTCP\b|\badd_address\b|\bdss\b|\bdack\d", "out of scope"),
    ("TCP Fast Open", r"\bFO\b|\bFOEXP\b|\bMSG_FASTOPEN\b|\bTCP_FASTOPEN\w*|\btcp_fastopen\w*\s*=\s*0x?[1-9a-fA-F]|\bfastopen\.\w+=1",
     "RFC 7413: out of scope (its cookie lets a stranger tell two connections of a host apart)"),
    ("AccECN", r"(?i:\b(exp-)?acc_?ecn[01]?\b)|\bE[01]A?E?B?\b|\bACE\b|[<>][^<>\n]*?\s[SFRPUEWA]*\.[0-7]\s+\d+:\d+\(", "draft, out of scope"),
    ("TCP-MD5 and TCP-AO", r"\bmd5\b|\bTCP_MD5SIG\w*|\bTCP_AO\w*", "RFC 2385, RFC 5925: for routers' BGP; out of scope"),
    ("encapsulation", r"[<>][^<>\n]*\b(gre|GREv0|mpls)\b|[<>]\s*ipv4\s|--udp_encaps\b|/\s*udp\s*\(", "tunnels: forwarding is out of scope"),
    ("EDO", r"\bTCP_EXT_DATA_OFFSET\b", "draft: options beyond the 40 octets"),
    ("PSP", r"\bpsp\b|\bSO_PSP\w*|\bTCP_PSP\w*", "encryption by the NIC"),
    ("MSG_ZEROCOPY", r"\bMSG_ZEROCOPY\b|\bSO_ZEROCOPY\b|\bTCP_ZEROCOPY_RECEIVE\b", "no call of the socket API that pynet has"),
    ("timestamps of packets", r"\bSO_TIMESTAMP(NS|ING)?\b|\bSCM_TIMESTAMPING\b|\bSOF_TIMESTAMPING\w*|\bSO_TXTIME\b|\bTCP_TX_DELAY\b",
     "no call of the socket API that pynet has"),
    ("splice and sendfile", r"\bsplice\(|\bsendfile\(|\bpipe\(|\bvmsplice\(", "its source is a file or a pipe, which a script of the wire has no say in"),
    ("blind ACKs let in", r"\binsecure_ack\s*=\s*1\b", "FreeBSD can switch RFC 5961 §5 off; here it is always on"),
    ("TARR", r"\bexp-?tarr\b", "draft: the peer asks how often it is acknowledged"),
    ("a firewall", r"\b(iptables|nft|ipfw|pfctl) ", "there is none"),
    ("MSG_EOR", r"\bMSG_EOR\b", "Linux's own: boundaries of records in a stream of octets"),
    ("capabilities", r"\bcap_set\(|\bSO_MARK\b|\bSO_BINDTODEVICE\b", "there are no users and no second interface"),
    ("the fuzzer of packets", r"\b(mut|trun|ins|rep) (ip|ipv4|tcp|udp)\b", "tests/fuzz does this"),
    ("queueing disciplines", r"\btc (class|filter)\b|\btc qdisc (add|replace|change) dev \S+ root \w+ \w|\bSO_MAX_PACING_RATE\b",
     "there is no queue below the transport that could be full, or be told a rate"),
    ("metrics of a route", r"\bip route (add|change|replace)\b.*\b(advmss|mtu|initcwnd|initrwnd|rto_min|congctl|quickack)\b", "there is one route, without any"),
    ("bad pointers", r"\bEFAULT\b", "the calls take Python's buffers: no address can be wrong"),
    ("congestion control that pynet has not",
     r"(TCP_CONGESTION\s*,\s*|congestion_control\s*=\s*|cc\.algorithm\s*=\s*)[\[\"']*(?!cubic|reno|newreno|bbr\b)[a-z]\w*",
     "TCP_CONGESTION chooses cubic, reno or bbr"),
    ("another TCP of FreeBSD", r"\bTCP_FUNCTION_BLK\b|\bfunctions_default\s*=\s*(rack|bbr)\b|\bTCP_RACK_\w+|\bTCP_BBR_\w+|\bkldload\b",
     "FreeBSD's choice of TCP stacks and their own options"),
    ("TCP_NOOPT", r"\bTCP_NOOPT\b", "FreeBSD's own: a connection without any TCP option"),
    ("ECN++", r">\s*\[ect[01]\]\s*S", "draft-ietf-tcpm-generalized-ecn, our SYNs marked too: out of scope"),
    ("black-box logging", r"\bTCP_LOG\w*", "FreeBSD's own"),
]  # fmt: skip

COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


def reason_to_skip(text: str) -> str:
    """"IPv6 (the stack is IPv4 only)" for a script that names a feature of the list; '' for one that is to be run."""
    plain = COMMENT.sub(" ", text)
    for name, words, why in FEATURES:
        if re.search(words, plain):
            return f"{name}: {why}"
    return ""
