"""URLs on a command line; a mistake in one is told before anything is asked."""

import argparse

from agent.probe import http_url, rtsp
from govnet.errors import CheckError


def of_page(text: str) -> str:
    """Return an http or https URL as it was given. Raises ArgumentTypeError for what is none."""
    try:
        http_url.parse(text)
    except CheckError as exc:
        raise argparse.ArgumentTypeError(str(exc)) from exc
    return text


def of_camera(text: str) -> str:
    """Return an rtsp URL, made of a host if there is only one. Raises ArgumentTypeError."""
    url = text if "://" in text else f"rtsp://{text}/"
    try:
        rtsp.parse_url(url)
    except CheckError as exc:
        raise argparse.ArgumentTypeError(str(exc)) from exc
    return url
