"""Ways out to residents: one a file, in the order they are tried.

Which of them a message takes is the domain's choice (`domain/reply_delivery.py`); the job `deliver`
sends by it, and by the next one when the first has refused for good.
"""

from __future__ import annotations

from node.delivery import email, status_page
from node.delivery.delivery import Delivery

DELIVERIES: tuple[Delivery, ...] = (email.DELIVERY, status_page.DELIVERY)
