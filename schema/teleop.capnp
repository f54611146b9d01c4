@0xd71cae7b866fcb4c;
# The root interface of a process that offers Teleop.
#
# The ids and ordinals of this file are a contract with programs in the field: a new method takes a
# new ordinal, and no existing one ever changes.

interface Teleop @0xd28bf466a2cab06b {
  # What a client gets when it bootstraps the connection: access to the named services of a process.

  service @0 (name :Text) -> (service :AnyPointer);
  # The capability of the service `name`. It fails where there is none.

  services @1 () -> (services :List(Service));
  # The services that the process offers, in the order of their names.

  about @2 () -> (about :About);
  # Who answers.

  describe @3 (name :Text) -> (interface :UInt64, schema :AnyPointer);
  # What the service `name` understands: the id of its interface, and a `CodeGeneratorRequest` (of
  # Cap'n Proto's own schema.capnp) with every node that can be reached from it, comments included.
  # `schema` is null where the service was registered without its schema.
}

struct Service {
  # One service of a process.

  name @0 :Text;
  # What `Teleop.service` knows it by.

  interfaceId @1 :UInt64;
  # The id of its interface.

  interface @2 :Text;
  # The display name of its interface, such as `echo.capnp:Echo`; null where it is not known.

  doc @3 :Text;
  # One line that says what it is for; null where nobody said.

  described @4 :Bool;
  # Whether `Teleop.describe` has a schema of it.
}

struct About {
  # Who answers.

  protocol @0 :UInt32;
  # The version of this protocol; 1 is the first that has this method.

  program @1 :Text;
  # The name that the program gives itself.

  version @2 :Text;
  # The version that the program gives itself; null where it gave none.

  pid @3 :UInt32;
  # The process id, as the process itself sees it.

  started @4 :UInt64;
  # When the process started, in milliseconds since 1970-01-01 00:00 UTC; 0 where it is not known.
}
