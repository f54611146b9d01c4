@0xdca74d5af8397c4a;
# What a chain of stages is doing: the service of the example program `pipeline`, drawn by `console`.

interface State {
  # The state of a chain: stages that hand items on from one to the next.

  graph @0 () -> (nodes :List(Node), edges :List(Edge));
  # The stages, and the ways between them. Nothing flows in a circle.

  nodeStatuses @1 () -> (statuses :List(NodeStatus));
  # How each stage is doing, in the order of `graph`.
}

struct Node {
  # A stage.

  name @0 :Text;
  # What it is called. No two have the same name.

  doc @1 :Text;
  # What it is for, in one line.
}

struct Edge {
  # A way that items go from one stage to another.

  from @0 :Text;
  # The name of the stage that hands them on.

  to @1 :Text;
  # The name of the stage that gets them.

  count @2 :UInt64;
  # How many have gone this way so far.
}

struct NodeStatus {
  # How a stage is doing.

  name @0 :Text;
  # The stage.

  status @1 :Status;

  error @2 :Text;
  # What went wrong, where the status is `error`.

  items @3 :UInt64;
  # How many items it is done with.

  since @4 :Int64;
  # When it came to this status: milliseconds since 1970, UTC.

  elapsed @5 :UInt64;
  # Milliseconds from its first item until it ended, or until now.
}

enum Status {
  waiting @0;
  # It has got no item yet.

  running @1;
  # It has got its first item.

  success @2;
  # It is done with all that there was to do.

  error @3;
  # It failed.

  stopped @4;
  # It ended before all was done, because another stage failed.
}
