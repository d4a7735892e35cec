"""`govnet-agent probe imap`: whether a mailbox server greets, and with which certificate."""

from functools import partial

from agent.byhand import mail
from agent.probe.mail import Protocol

add_arguments = partial(mail.add_arguments, protocol=Protocol.IMAP, port=143, tls_port=993)
ask = mail.ask
