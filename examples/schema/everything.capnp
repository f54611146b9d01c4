@0xb3f0c8f5a8b1d2e4;
# The service of the example program `server` that has every type of Cap'n Proto.

interface Everything extends (Named) {
  # Has something of each type.

  echo @0 (it :All) -> (it :All);
  # Returns what it gets.

  defaults @1 () -> (it :All);
  # Returns a value in which nothing was set.

  count @2 (to :UInt32, counter :Counter) -> ();
  # Counts from one up to a number, as quickly as the counter can follow.

  swap @3 (pair :Pair(Text, List(UInt8))) -> (pair :Pair(List(UInt8), Text));
  # Returns the two in the other order.

  blob @4 (size :UInt32) -> (blob :Data);
  # Returns so many bytes: 0, 1, 2, and so on.

  greet @5 (left :Listener, right :Listener) -> (said :UInt32);
  # Says hello to the one, hello and goodbye to the other, and how many words that were.

  interface Listener {
    # What a caller implements to be greeted.

    hello @0 (word :Text) -> ();
    goodbye @1 () -> ();
  }

  interface Counter {
    # What a caller implements to be counted to.

    next @0 (number :UInt32) -> stream;
    # The next number.
  }

  struct All {
    # A field of every type.

    nothing @0 :Void;
    truth @1 :Bool = true;
    int8 @2 :Int8 = -8;
    int16 @3 :Int16;
    int32 @4 :Int32;
    int64 @5 :Int64 = -9223372036854775808;
    uint8 @6 :UInt8;
    uint16 @7 :UInt16;
    uint32 @8 :UInt32;
    uint64 @9 :UInt64 = 18446744073709551615;
    float32 @10 :Float32 = 0.5;
    float64 @11 :Float64 = inf;
    text @12 :Text = "a text";
    data @13 :Data = 0x"00 ff";
    color @14 :Color = green;
    any @15 :AnyPointer;
    pair @16 :Pair(Text, Data);

    lists :group {
      # Lists, and lists of lists.

      truths @17 :List(Bool);
      numbers @18 :List(Int64) = [1, -2, 3];
      texts @19 :List(Text);
      colors @20 :List(Color);
      pairs @21 :List(Pair(Text, Text));
      matrix @22 :List(List(Float64));
    }

    shape :union {
      # One of these.

      point @23 :Void;
      circle @24 :Float64;
      rectangle :group {
        width @25 :Float64;
        height @26 :Float64;
      }
    }

    union {
      # And one of these, without a name.

      none @27 :Void;
      inner @28 :All;
    }
  }
}

interface Named {
  # What has a name.

  name @0 () -> (name :Text);
  # What it is called.
}

enum Color {
  red @0;
  green @1;
  # The default.
  blue @2;
}

struct Pair(First, Second) {
  # Any two.

  first @0 :First;
  second @1 :Second;
}
