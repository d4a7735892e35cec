"""The tables, as the newest migration leaves them (SQLAlchemy Core). A test compares the two."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

agents = Table(
    "agents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("site", Text, nullable=False, index=True),
    Column("machine", Text, nullable=False, index=True),
    Column("enrolled_at", Float, nullable=False),
    Column("revoked_at", Float),
    Column("state", Text, nullable=False, server_default="active"),
    Column("proposed_site", Text),
    Column("network_site", Text),
    Column("host", Text, nullable=False, server_default=""),
    Column("hostname", Text, nullable=False, server_default=""),
    Column("token", Text),
    Column("renew_key", Text),
    Column("renew_at", Float),
    Column("changed_version", BigInteger, nullable=False, server_default="0", index=True),
    Column("former", Text, nullable=False, server_default="[]"),
)
"""Every agent that ever held a key. Of one machine at most one is not revoked.

While `state` is `pending` site and machine are empty: `proposed_site` is that of the code typed on
the spot, `network_site` that of the network it came from, `host` its address then. `renew_key` is
the key that somebody wants replaced from `renew_at` on. `changed_version` is the
`registry_version` of its last change. `former` is JSON, `[[site, machine, until], ...]`: whom it
spoke for before it was moved, the newest last.
"""

agent_keys = Table(
    "agent_keys",
    metadata,
    Column("agent", Text, ForeignKey("agents.id"), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("secret", LargeBinary, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("revoked_at", Float),
    Column("digest", Text, nullable=False, server_default="", index=True),
)
"""`secret` is sealed (`collector.store.vault`); `digest` tells equal keys of 256 random bits."""

agent_hardware = Table(
    "agent_hardware",
    metadata,
    Column("agent", Text, ForeignKey("agents.id"), primary_key=True),
    Column("component", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Index("ix_agent_hardware_component_digest", "component", "digest"),
)
"""The fingerprint by which an agent's machine is known (`govnet.enrolment.HARDWARE`)."""

agent_clones = Table(
    "agent_clones",
    metadata,
    Column("agent", Text, ForeignKey("agents.id"), primary_key=True),
    Column("hardware", Text, primary_key=True),
    Column("first_at", Float, nullable=False),
    Column("last_at", Float, nullable=False),
    Column("batches", Integer, nullable=False),
)
"""Other machines that used an agent's key: their fingerprint as JSON, how often, and when."""

enrolment_tokens = Table(
    "enrolment_tokens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("digest", Text, nullable=False, unique=True),
    Column("site", Text),
    Column("uses", Integer, nullable=False),
    Column("uses_left", Integer, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("revoked_at", Float),
)
"""Enrolment tokens by the SHA-256 of their secret; `site` NULL is for the whole province."""

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Float, nullable=False),
    Column("who", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
)
"""Who changed what of agents, tokens and keys, and when."""

agent_seen = Table(
    "agent_seen",
    metadata,
    Column("agent", Text, primary_key=True),
    Column("incarnation", Text, primary_key=True),
    Column("used_order", Integer, nullable=False),
    Column("spans", Text, nullable=False),
    Column("newest_seq", BigInteger),
    Column("newest_at", Float),
)
"""Checkpoint of the sequence numbers seen: JSON `[[first, last], ...]`, and the highest of them
whose time is known, with that time: what follows is timed exactly as without a restart."""

agent_live = Table(
    "agent_live",
    metadata,
    Column("agent", Text, primary_key=True),
    Column("incarnation", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("last_report_at", Float, nullable=False),
    Column("received_at", Float, nullable=False),
    Column("interval_seconds", Float, nullable=False),
    Column("skew_seconds", Float, nullable=False),
)
"""Checkpoint of the newest report of every agent: what is left when its values are gone."""

evidence_runs = Table(
    "evidence_runs",
    metadata,
    Column("machine", Text, primary_key=True),
    Column("target", Text, primary_key=True),
    Column("incarnation", Text, primary_key=True),
    Column("first_seq", BigInteger, primary_key=True, autoincrement=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("first_at", Float, nullable=False),
    Column("last_at", Float, nullable=False),
    Column("until", Float, nullable=False),
    Column("word", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""What machines saw (`collector.verdict.evidence.runs`); `target` is empty for the machine itself.

The newest run of a track stands here as it was when it began; how far it has gone on is in
`evidence_newest`, so that the same few pages are written again and again."""

evidence_newest = Table(
    "evidence_newest",
    metadata,
    Column("machine", Text, primary_key=True),
    Column("runs", LargeBinary, nullable=False),
)
"""The newest run of every track of a machine as MessagePack: by target, the columns of
`evidence_runs` from `incarnation` on."""

machine_starts = Table(
    "machine_starts",
    metadata,
    Column("machine", Text, primary_key=True),
    Column("incarnation", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("boot_id", Text, nullable=False),
    Column("booted_at", Float, nullable=False),
    Column("last_alive_at", Float),
    Column("is_clean", Boolean),
    Column("alive_clock", Float),
    sqlite_with_rowid=False,
)
"""When machines and agents began to run (`collector.verdict.evidence.starts`), by the report that
told it first."""

collector_runs = Table(
    "collector_runs",
    metadata,
    Column("start", Float, primary_key=True),
    Column("end", Float, nullable=False),
)
"""When a collector ran and could hear; `end` is that of the last checkpoint if it was killed."""

only_row = Table(
    "only_row",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="only"), primary_key=True),
    Column("inbox_position", BigInteger, nullable=False),
    Column("registry_version", BigInteger, nullable=False),
    Column("master_key", Text),
    Column("maintenance_version", BigInteger, nullable=False, server_default="0"),
    Column("accounts_version", BigInteger, nullable=False, server_default="0"),
    Column("conferences_version", BigInteger, nullable=False, server_default="0"),
)
"""One row: how far the checkpoint covers the inbox; numbers that grow with each change of the
agents, of planned work, of accounts and of conferences, so that a running collector notices what a
command changed; the id of the master key that seals the agents' keys."""

site_shards = Table(
    "site_shards",
    metadata,
    Column("site", Text, primary_key=True),
    Column("shard", Integer, nullable=False),
)
"""The scrape shard of every site, for ever the same."""

login_links = Table(
    "login_links",
    metadata,
    Column("token_digest", Text, primary_key=True),
    Column("expires_at", Float, nullable=False),
)
"""One-time login links not used yet, by SHA-256 of their token."""

sessions = Table(
    "sessions",
    metadata,
    Column("token_digest", Text, primary_key=True),
    Column("created_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("account", Text, ForeignKey("accounts.name"), index=True),
    Column("used_at", Float, nullable=False, server_default="0"),
)
"""Browser sessions, by SHA-256 of the cookie; without an account that of a one-time link."""

accounts = Table(
    "accounts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("scope", Text),
    Column("password", Text),
    Column("must_change", Boolean, nullable=False),
    Column("totp", LargeBinary),
    Column("totp_step", BigInteger, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("disabled_at", Float),
)
"""Who may sign in (`collector.accounts.records.Account`); never deleted, as others name them."""

password_links = Table(
    "password_links",
    metadata,
    Column("token_digest", Text, primary_key=True),
    Column("account", Text, ForeignKey("accounts.name"), nullable=False),
    Column("expires_at", Float, nullable=False),
)
"""Links by which somebody chooses a password once, by SHA-256 of their token."""

power_cut_notices = Table(
    "power_cut_notices",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("area", Text, nullable=False),
    Column("start", Float, nullable=False),
    Column("end", Float, nullable=False),
    Column("reason", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("created_by", Text, nullable=False),
    UniqueConstraint("area", "start", "end"),
    sqlite_autoincrement=True,
)
"""Rows of the utility's lists, each once; `area` names hamlets in the utility's own words."""

maintenance = Table(
    "maintenance",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("start", Float, nullable=False),
    Column("end", Float, nullable=False),
    Column("reason", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("confirmed_at", Float),
    Column("confirmed_by", Text),
    Column("ended_at", Float),
    Column("notice", Integer, ForeignKey("power_cut_notices.id"), index=True),
    Column("match", Text, nullable=False, server_default=""),
    sqlite_autoincrement=True,
)
"""Planned work and power cuts, one row for each item (`collector.maintenance.records.Entry`).

What a notice proposes names it and says in `match` why; `item` is empty while nobody knows a site.
"""

machine_facts = Table(
    "machine_facts",
    metadata,
    Column("machine", Text, primary_key=True),
    Column("agent", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("facts", Text, nullable=False),
)
"""What machines are, as they told it last; `facts` is JSON (`collector.store.machine_facts`)."""

device_facts = Table(
    "device_facts",
    metadata,
    Column("device", Text, primary_key=True),
    Column("agent", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("facts", Text, nullable=False),
)
"""Who devices are and whom they see; `facts` is JSON (`collector.store.device_facts`)."""
