@0x8948bb0bfa36ee0c;
# The service by which the log of a running program is turned up and down, and read.

interface Log @0xfb6f11715b0b5815 {
  # The log of this program: turned up and down, and read.
  #
  # A program takes part by adding `teleop::log::layer()` to its subscriber of `tracing`. A filter is
  # written as for `RUST_LOG`: directives with commas between, each a level, a target, or
  # `target=level`, such as `info,hyper=debug`. The levels are `off`, `error`, `warn`, `info`, `debug`
  # and `trace`.

  filter @0 () -> (filter :Text, seconds :Float64, after :Text);
  # What the program logs at present: `trace` is everything. Where that is for a time only, for how many
  # `seconds` still, and the filter that is in force `after` them; else 0 and null.

  setFilter @1 (filter :Text, seconds :Float64 = 0) -> (previous :Text);
  # Has the program log what this filter lets through, and returns the one that was in force. After
  # `seconds` the filter returns that was set for good; 0 sets this one for good. Without a filter, the
  # one returns with which the program began.
  #
  # A directive may name spans and their fields, too: `app[request{user=7}]=trace`. What filters of the
  # program's own hold back stays held back.

  tail @2 (filter :Text = "info", sink :Tail) -> ();
  # Reports every event that this filter lets through, whatever the program itself logs, until the call
  # is cancelled. The filter knows levels and targets alone.
  #
  # The program never waits for who listens: what comes too quickly is lost, and counted. What the
  # reactor of Teleop logs (`async_io`, `polling`) is left out.
}

interface Tail @0xec8a4d13f0f29fb9 {
  # What a caller implements to be told what a program logs.

  record @0 (time :UInt64, level :Level, target :Text, message :Text, fields :List(Field),
      spans :List(Span), thread :Text, file :Text, line :UInt32, lost :UInt64) -> stream;
  # One event: when, in microseconds since 1970-01-01 00:00 UTC; what it says; the spans around it, the
  # outermost first; the thread and the place in the source that it comes from, where they are known;
  # and how many events were lost between the one before and this. A text that is too long ends with
  # `…`.
}

enum Level @0xb4e82d9eba2ec5d3 {
  # How important an event is.

  error @0;
  warn @1;
  info @2;
  debug @3;
  trace @4;
}

struct Field @0xd3d096f145e2e2e6 {
  # A value that an event or a span has beside its text.

  name @0 :Text;
  value @1 :Text;
}

struct Span @0xb96aeccbbf740224 {
  # A span of time in which an event took place.

  name @0 :Text;

  fields @1 :List(Field);
  # What is known of it, where it began while somebody listened.
}
