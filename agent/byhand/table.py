"""Every probe that a person can run by hand, and its module; imported when it is asked for."""

PROBES: dict[str, str] = {
    "icmp": "agent.byhand.icmp",
    "tcp": "agent.byhand.tcp",
    "stamp": "agent.byhand.stamp",
    "mtu": "agent.byhand.mtu",
    "sip": "agent.byhand.sip",
    "h323": "agent.byhand.h323",
    "codec": "agent.byhand.codec",
    "snmp": "agent.byhand.snmp",
    "http": "agent.byhand.http",
    "dns": "agent.byhand.dns",
    "smtp": "agent.byhand.smtp",
    "imap": "agent.byhand.imap",
    "pop3": "agent.byhand.pop3",
    "ocsp": "agent.byhand.ocsp",
    "crl": "agent.byhand.crl",
    "rtsp": "agent.byhand.rtsp",
    "nut": "agent.byhand.nut",
}
