"""A small order service: worker threads, an asyncio loop with client sessions, a price cache, and an exporter.

It runs for a few seconds and stops by itself. It works as intended and still never gives its memory back: three
mistakes, each of a kind that survives review, keep more of it alive with every order. Find them with

    freehold run leaky_service.py
"""

import asyncio
import collections
import gc
import queue
import random
import threading
import time

WORKERS = 4
ORDERS = 6_000
SESSIONS = 400
EXPORTS = 60
DAY = 3.6  # seconds: the service replays a day's traffic in this time

# Collections showed up as latency spikes, so the service switches them off and relies on reference counts.
gc.disable()


class Day:
    """Spreads the traffic evenly over the day."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.start = time.monotonic()

    def until(self, index, of):
        """How long to wait for event `index` of `of`."""
        return max(0.0, self.start + self.seconds * index / of - time.monotonic())


class Order:
    def __init__(self, number, customer, lines):
        self.number = number
        self.customer = customer
        self.lines = lines
        self.total = 0.0
        self.journal = []

    def price(self, prices):
        for article, quantity in self.lines:
            self.total += prices.get(article) * quantity
            self.journal.append(f"{article}: {quantity} at {prices.get(article):.2f}")


class PriceCache:
    """The most recently used prices, at most `limit` of them."""

    def __init__(self, limit):
        self.limit = limit
        self.entries = collections.OrderedDict()
        self.lock = threading.Lock()

    def get(self, article):
        with self.lock:
            if article in self.entries:
                self.entries.move_to_end(article)
                return self.entries[article]
            price = 1.0 + article * 7919 % 9973 / 100
            self.entries[article] = price
            if len(self.entries) > self.limit:
                self.entries.popitem(last=False)
            return price


class AuditLog:
    """Every order that was accepted, for the auditors."""

    def __init__(self):
        self.orders = {}
        self.lock = threading.Lock()

    def accept(self, order):
        with self.lock:
            self.orders[order.number] = order


class EventBus:
    """Tells subscribers about changes of prices."""

    def __init__(self):
        self.listeners = []

    def subscribe(self, listener):
        self.listeners.append(listener)

    def publish(self, article, price):
        for listener in self.listeners:
            listener(article, price)


class Session:
    """One connected client."""

    def __init__(self, number):
        self.number = number
        self.inbox = bytearray(8_192)
        self.watched = {}
        self.open = True
        bus.subscribe(self.on_price)

    def on_price(self, article, price):
        if self.open:
            self.watched[article] = price

    async def talk(self, reader, writer):
        for turn in range(3):
            writer.write(f"session {self.number} turn {turn}\n".encode())
            await writer.drain()
            line = await reader.readline()
            self.inbox[: len(line)] = line
            await asyncio.sleep(0.001)
        self.open = False
        writer.close()


class Transfer:
    """An export on its way to the warehouse; calls back when it has arrived."""

    def __init__(self, batch):
        self.batch = batch
        self.buffer = bytearray(256 * 1024)
        self.on_done = self.make_callback()

    def make_callback(self):
        def done():
            self.buffer[0] = 1
            return self.batch

        return done


audit = AuditLog()
bus = EventBus()
prices = PriceCache(limit=2_000)
orders = queue.Queue(maxsize=100)


def worker():
    while True:
        order = orders.get()
        if order is None:
            return
        order.price(prices)
        audit.accept(order)
        orders.task_done()


def take_orders(day, rng):
    for number in range(ORDERS):
        if number % 20 == 0:
            time.sleep(day.until(number, ORDERS))
        lines = [(rng.randrange(4_000), rng.randrange(1, 9)) for _ in range(6)]
        orders.put(Order(number, f"customer-{number % 97}", lines))
        if number % 2_000 == 1_999:
            print(f"orders: {number + 1} accepted", flush=True)


def export(day):
    for batch in range(EXPORTS):
        time.sleep(day.until(batch, EXPORTS))
        transfer = Transfer(batch)
        transfer.on_done()
    print(f"exports: {EXPORTS} batches sent", flush=True)


async def echo(reader, writer):
    while line := await reader.readline():
        writer.write(line)
        await writer.drain()
    writer.close()


async def serve(day):
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()

    async def client(number):
        reader, writer = await asyncio.open_connection(host, port)
        await Session(number).talk(reader, writer)

    for start in range(0, SESSIONS, 10):
        await asyncio.sleep(day.until(start, SESSIONS))
        await asyncio.gather(*(client(number) for number in range(start, start + 10)))
        bus.publish(start, prices.get(start))
    server.close()
    await server.wait_closed()
    print(f"sessions: {SESSIONS} served", flush=True)


def main():
    for article in range(2_000):
        prices.get(article)
    day = Day(DAY)
    pool = [threading.Thread(target=worker, name=f"worker-{number}") for number in range(WORKERS)]
    side = [
        threading.Thread(target=take_orders, args=(day, random.Random(7)), name="intake"),
        threading.Thread(target=export, args=(day,), name="exporter"),
    ]
    for thread in pool + side:
        thread.start()
    asyncio.run(serve(day))
    for thread in side:
        thread.join()
    for _ in pool:
        orders.put(None)
    for thread in pool:
        thread.join()
    print(f"service: stopped after {time.monotonic() - day.start:.1f} s", flush=True)


if __name__ == "__main__":
    main()
