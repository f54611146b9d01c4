@0x9a3f6c1de2b74850;
# Streams: items in either direction, for the figures of streams.

interface Flow {
  # Where items come from, and where they go.

  receive @0 (items :UInt64, bytes :UInt32, sink :Sink) -> ();
  # Sends so many items of so many bytes, and returns when all of them were taken.

  send @1 () -> (sink :Sink);
  # Takes items.
}

interface Sink {
  # Where items go.

  item @0 (text :Text) -> stream;
  # Takes the next item.

  done @1 () -> (items :UInt64, bytes :UInt64);
  # Says what came so far.
}
