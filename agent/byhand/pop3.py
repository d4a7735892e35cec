"""`govnet-agent probe pop3`: whether a mailbox server greets, and with which certificate."""

from functools import partial

from agent.byhand import mail
from agent.probe.mail import Protocol

add_arguments = partial(mail.add_arguments, protocol=Protocol.POP3, port=110, tls_port=995)
ask = mail.ask
