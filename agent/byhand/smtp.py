"""`govnet-agent probe smtp`: whether a mail server greets, and with which certificate."""

from functools import partial

from agent.byhand import mail
from agent.probe.mail import Protocol

add_arguments = partial(mail.add_arguments, protocol=Protocol.SMTP, port=25, tls_port=465)
ask = mail.ask
