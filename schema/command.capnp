@0xc1c79199f1c80423;
# Commands: functions of a program that are called by name, with JSON.

interface Commands @0x8d9b34652ad79656 {
  # A service that consists of commands of the program.
  #
  # Where the arguments of a call do not fit, it fails with a reason that begins with "bad argument
  # `NAME`: "; where there is no such command, as unimplemented.

  commands @0 () -> (commands :List(Command));
  # What there is, in the order of the names.

  call @1 (command :Text, arguments :Text) -> (result :Text);
  # Carries a command out. Arguments and result are JSON; arguments that are left out are {}.

  stream @2 (command :Text, arguments :Text, items :Items) -> ();
  # Carries a command out that returns many values, and hands each on as soon as it is there. It
  # returns after the last. Cancelling it stops the command.
}

interface Items @0x8d27786b7dca7acc {
  # Where the values of a command go.

  item @0 (json :Text) -> stream;
  # Takes the next value.

  items @1 (json :List(Text)) -> ();
  # Takes the next values, in their order: those that were there at once. It returns when it can take
  # more. Whoever does not implement it is given one after the other; who may be asked by an empty list.
}

struct Command @0xa6b1f519622f72ae {
  # What can be called.

  name @0 :Text;
  # What `call` and `stream` know it by: the last part of its whole name, `clear` of `cache.clear`.

  doc @1 :Text;
  # What it does; null where nobody said.

  parameters @2 :List(Text);
  # The members of the object that it takes, in the order in which they are declared. Empty where it
  # takes no object, or one of any members.

  arguments @3 :Text;
  # A JSON Schema (draft 2020-12) of what it takes; null where that is not known.

  result @4 :Text;
  # A JSON Schema of what it returns, of each value where it streams; null where that is not known.

  streams @5 :Bool;
  # Whether it returns many values, by `stream`, instead of one.
}
