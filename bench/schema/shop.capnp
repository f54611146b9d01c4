@0x83ee264218f04366;
# A shop: a service as large as a real one, for the figures of the dynamic engine.

interface Shop {
  # Where things are ordered.

  place @0 (order :Order, payment :Payment, note :Text) -> (id :UInt64, total :Money);
  # Places an order.

  find @1 (filter :Filter, page :Page) -> (orders :List(Order), next :UInt64);
  # The orders that match.

  open @2 (id :UInt64) -> (order :Handle);
  # Gives access to one order.

  watch @3 (observer :Observer, filter :Filter) -> ();
  # Reports what happens to orders.

  stock @4 (item :Text) -> (stock :Stock);
  suppliers @5 (country :Text) -> (suppliers :List(Supplier));
  report @6 (from :Int64, to :Int64) -> (report :Report);
  settings @7 () -> (all :List(Settings));
}

interface Handle {
  # One order.

  info @0 () -> (order :Order);
  cancel @1 (reason :Text) -> (refund :Money);
  move @2 (address :Address) -> ();
  track @3 () -> (parcels :List(Parcel));
}

interface Observer {
  # What a caller implements to be told of what happens.

  changed @0 (id :UInt64, change :Change) -> stream;
  done @1 ();
}

enum Status {
  placed @0;
  paid @1;
  sent @2;
  delivered @3;
  cancelled @4;
}

enum Currency {
  eur @0;
  usd @1;
  jpy @2;
}

enum Colour {
  red @0;
  green @1;
  blue @2;
}

struct Order {
  # What somebody wants.

  id @0 :UInt64;
  customer @1 :Text;
  placed @2 :Int64;
  # Milliseconds since 1970.
  status @3 :Status;
  lines @4 :List(Line);
  weights @5 :List(UInt32);
  # In grams, of each parcel.
  note @6 :Text;
}

struct Line {
  # A number of equal things.

  item @0 :Text;
  quantity @1 :UInt32 = 1;
  price @2 :Int64;
  tags @3 :List(Text);
}

struct Money {
  amount @0 :Int64;
  currency @1 :Currency;
}

struct Address {
  lines @0 :List(Text);
  country @1 :Text;
}

struct Payment {
  total @0 :Money;
  union {
    cash @1 :Void;
    card :group {
      number @2 :Text;
      expires @3 :UInt32;
    }
    transfer :group {
      account @4 :Text;
      bank @5 :Text;
    }
  }
}

struct Filter {
  customer @0 :Text;
  statuses @1 :List(Status);
  placed :group {
    after @2 :Int64;
    before @3 :Int64 = 9223372036854775807;
  }
}

struct Page {
  start @0 :UInt64;
  size @1 :UInt32 = 100;
}

struct Change {
  at @0 :Int64;
  what :union {
    status @1 :Status;
    address @2 :Address;
    lines @3 :List(Line);
  }
}

struct Parcel {
  number @0 :Text;
  seen @1 :List(Seen);

  struct Seen {
    at @0 :Int64;
    where @1 :Address;
  }
}

struct Stock {
  item @0 :Text;
  quantity @1 :Int32;
  shelves @2 :List(Shelf);

  struct Shelf {
    name @0 :Text;
    position :group {
      row @1 :UInt16;
      column @2 :UInt16;
    }
  }
}

struct Supplier {
  name @0 :Text;
  address @1 :Address;
  offers @2 :List(Offer);

  struct Offer {
    item @0 :Text;
    price @1 :Money;
    days @2 :UInt16;
  }
}

struct Report {
  # Lists of numbers, and of names.

  turnover @0 :List(Int64);
  colours @1 :List(Colour);
}

struct Settings {
  # Every field has a default, which is shown and takes no room.

  colour @0 :Colour = green;
  size @1 :UInt32 = 4000000;
  scale @2 :Float64 = 1.5;
  isShown @3 :Bool = true;
  offset @4 :Int64 = -7;
  currency @5 :Currency;
}
