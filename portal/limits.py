"""How often something may be asked for: a count in a sliding window, by who asks for what."""

import threading
from collections import OrderedDict, deque
from datetime import datetime, timedelta


class Limits:
    """Counts by key in this process: they are forgotten with it, as is the oldest key beyond `keys`."""

    def __init__(self, keys: int = 10_000) -> None:
        self._keys = keys
        self._seen: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def allows(self, key: str, *, most: int, within: timedelta, now: datetime) -> bool:
        """Whether `key` may once more, at most `most` times in `within`; if so, it is counted."""
        with self._lock:
            seen = self._seen.setdefault(key, deque())
            self._seen.move_to_end(key)
            while len(self._seen) > self._keys:
                self._seen.popitem(last=False)
            while seen and seen[0] <= now - within:
                seen.popleft()
            if len(seen) >= most:
                return False
            seen.append(now)
            return True
