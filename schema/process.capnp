@0xd8fc84dfdd1ea542;
# The service `process`, which every process offers unless it was built without.

interface Process @0xeaf4f4f73843cf37 {
  # What this process is, what it uses, and its environment.

  info @0 () -> Info;
  # What it is.

  usage @1 () -> Usage;
  # What it uses of the machine at this moment.

  environment @2 (names :List(Text)) -> (variables :List(Variable), omitted :UInt32);
  # Its environment as it is now, in the order of the names. Without `names`: all variables, without
  # what looks secret in them. With `names`: those of them that are set, as they are. What does not fit
  # into a mebibyte is left out, and `omitted` says how many variables that are.
}

struct Info {
  # What a process is. A number that is not known is -1, and a text is null.

  pid @0 :UInt32;
  # The process id, as the process sees itself.

  program @1 :Text;
  # The name that the program gives itself.

  version @2 :Text;
  # The version that the program gives itself.

  executable @3 :Text;
  # The path of its executable.

  arguments @4 :List(Text);
  # What it was started with; the name of the program is the first. What looks secret is `<redacted>`.

  argumentsOmitted @5 :UInt32;
  # How many arguments are left out at the end, since all of them take more than a mebibyte.

  workingDirectory @6 :Text;
  # Its working directory.

  user :group {
    # On whose behalf it acts.

    id @7 :Text;
    # The user by number; on Windows by security identifier.

    name @8 :Text;
    # The user's name.
  }

  started @9 :Int64 = -1;
  # When it started, in milliseconds since 1970-01-01 00:00 UTC.

  uptime @10 :Int64 = -1;
  # How long ago that is, in milliseconds.

  threads @11 :Int64 = -1;
  # How many threads it has.

  protocol @12 :UInt32;
  # The version of the protocol that it speaks.

  teleop @13 :Text;
  # The version of the library that offers this service.
}

struct Usage {
  # What a process uses of the machine. A number that is not known, or that its platform does not tell,
  # is -1.

  memory :group {
    # In bytes.

    resident @0 :Int64 = -1;
    # What is in memory now.

    peakResident @1 :Int64 = -1;
    # The most that ever was.

    virtual @2 :Int64 = -1;
    # How much address space is in use.
  }

  cpu :group {
    # The processor time of all threads, and of those that ended, in milliseconds.

    user @3 :Int64 = -1;
    # In the program.

    system @4 :Int64 = -1;
    # In the kernel.
  }

  files :group {
    # File descriptors.

    open @5 :Int64 = -1;
    # How many are open.

    limit @6 :Int64 = -1;
    # How many may be; 9223372036854775807 where there is no limit.
  }

  threadCount @7 :Int64 = -1;
  # How many threads it has. That which looks is one of them.

  threads @8 :List(Thread);
  # The threads, or the first 10000 of them; empty where the platform does not tell.
}

struct Thread {
  # A thread of a process. A number that is not known is -1.

  id @0 :UInt64;
  # What the system knows it by.

  name @1 :Text;
  # Its name, which Linux cuts off after 15 bytes.

  state @2 :State;
  # What it does.

  cpu :group {
    # Its processor time, in milliseconds; Linux counts hundredths of a second.

    user @3 :Int64 = -1;
    # In the program.

    system @4 :Int64 = -1;
    # In the kernel.
  }

  systemCall @5 :Int64 = -1;
  # The number of the system call in which it waits, as Linux counts them on this kind of processor; -1
  # where it waits in none, too.

  enum State {
    unknown @0;
    # The platform does not tell, or something newer than this service.

    running @1;
    # It runs, or could.

    sleeping @2;
    # It waits, and a signal would wake it up.

    blocked @3;
    # It waits, mostly for a disk, and no signal wakes it up.

    stopped @4;
    # A signal has stopped it.

    traced @5;
    # A debugger has.

    ended @6;
    # It has ended, and is not gone yet.
  }
}

struct Variable {
  # A variable of the environment.

  name @0 :Text;

  value @1 :Text;
  # What looks secret in it is `<redacted>`, unless it was asked for by its name.

  redacted @2 :Bool;
  # Whether something of the value is.
}
