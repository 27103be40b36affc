"""Delivery by the status page: the answer stands there, for whoever was shown the link.

Nothing is sent. The page itself is `web/pages/appeal_status.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from node.delivery.delivery import Clients, Delivery, Parcel, Send
from node.domain.reply_delivery import Failure, Outcome, Result, Way


def put(parcel: Parcel) -> Outcome:
    """Accepted where the link was shown or sent; nobody can guess it."""
    if parcel.link_shown:
        return Outcome(Result.ACCEPTED, "shown")
    return Outcome(Result.REFUSED, "not shown", Failure.NO_WAY)


@contextmanager
def opened(_clients: Clients) -> Iterator[Send]:
    yield put


DELIVERY = Delivery(Way.STATUS_PAGE, opened)
