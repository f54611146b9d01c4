@0xa1b2c3d4e5f60000;
# One of everything, for the tests of the dynamic engine.

const theAnswer :UInt32 = 42;
annotation note @0xa1b2c3d4e5f60009 (*) :Text;

enum Colour {
  # What to paint with.

  red @0;
  # Like a rose.
  green @1;
  blue @2;
}

struct Scalars {
  # Every type that is no pointer, with and without a default.

  nothing @0 :Void;
  flag @1 :Bool;
  flagOn @2 :Bool = true;
  int8 @3 :Int8;
  int16 @4 :Int16 = -7;
  int32 @5 :Int32;
  int64 @6 :Int64 = -9223372036854775808;
  uint8 @7 :UInt8 = 255;
  uint16 @8 :UInt16;
  uint32 @9 :UInt32 = 4000000000;
  uint64 @10 :UInt64;
  float32 @11 :Float32 = 1.5;
  float64 @12 :Float64 = -inf;
  colour @13 :Colour = green;
}

struct Lists {
  nothings @0 :List(Void);
  flags @1 :List(Bool);
  int8s @2 :List(Int8);
  int16s @3 :List(Int16);
  int32s @4 :List(Int32);
  int64s @5 :List(Int64);
  uint8s @6 :List(UInt8);
  uint16s @7 :List(UInt16);
  uint32s @8 :List(UInt32);
  uint64s @9 :List(UInt64);
  float32s @10 :List(Float32);
  float64s @11 :List(Float64);
  texts @12 :List(Text);
  datas @13 :List(Data);
  colours @14 :List(Colour);
  scalars @15 :List(Scalars);
  nested @16 :List(List(Int32));
  matrices @17 :List(List(List(Shape)));
  empties @18 :List(Empty);
}

struct Empty {}

struct Shape {
  # A union without a name, beside a field, and groups.

  name @0 :Text = "unnamed";
  area @1 :Float64;
  union {
    none @2 :Void;
    circle @3 :Float64;
    # Its radius.
    square @4 :Float64;
    label @5 :Text;
    rectangle :group {
      width @6 :Float64;
      height @7 :Float64 = 1;
    }
  }
  position :group {
    x @8 :Int32;
    y @9 :Int32;
    mode :union {
      fixed @10 :Void;
      floating @11 :Shape;
    }
  }
}

struct Tree(Value) {
  value @0 :Value;
  children @1 :List(Tree(Value));
}

struct Pair(First, Second) {
  first @0 :First;
  second @1 :Second;
  struct Inner {
    firsts @0 :First;
    both @1 :Pair(Second, First);
  }
}

struct Everything {
  scalars @0 :Scalars;
  lists @1 :Lists;
  shape @2 :Shape;
  text @3 :Text;
  data @4 :Data;
  tree @5 :Tree(Text);
  pair @6 :Pair(Text, Scalars);
  inner @7 :Pair(Data, Shape).Inner;
  anything @8 :AnyPointer;
  anyStruct @9 :AnyStruct;
  bound @10 :Text = "as it was";
  boundList @11 :List(Int32) = [1, 2, 3];
  boundStruct @12 :Shape = (name = "x", circle = 2);
}

interface Named @0xa1b2c3d4e5f60002 {
  # Whatever has a name.

  name @0 () -> (name :Text);
  # How it is called.
}

interface Sink @0xa1b2c3d4e5f60003 (T) {
  # Takes what comes.

  put @0 (item :T) -> stream;
  # One more.
  done @1 ();
}

interface Service @0xa1b2c3d4e5f60001 extends (Named) {
  # Does one of everything.
  #
  # And says so in more than one line.

  everything @0 Everything -> Everything;
  # Gives back what it got.

  scale @1 (shape :Shape, factor :Float64 = 2, colour :Colour = blue, limits :List(UInt8), note :Text = "none") -> (shape :Shape);
  # Makes it larger.

  open @2 (path :Text) -> (file :File, alternatives :List(File), nested :Result);
  watch @3 (sink :Sink(Shape), count :UInt32) -> ();
  clone @4 () -> (service :Service);
  identity @5 [T] (value :T) -> (value :T);
  nothing @6 () -> ();

  struct Result {
    file @0 :File;
    size @1 :UInt64;
  }
}

interface File @0xa1b2c3d4e5f60004 extends (Named) {
  read @0 (offset :UInt64, length :UInt32 = 4096) -> (bytes :Data);
  touch @1 () -> (modified :UInt64);
}
