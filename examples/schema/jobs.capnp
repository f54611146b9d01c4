@0xd3c4f2a1b0e59788;
# The service of the example program `server`: a queue of jobs.

interface Jobs {
  # The jobs of this program.

  submit @0 (name :Text, priority :Priority = normal, steps :List(Step)) -> (id :UInt32);
  # Puts a job at the end of the queue and says what it is known by.

  list @1 (atLeast :Priority = low) -> (jobs :List(Job));
  # The jobs in the queue, of this priority or a higher one.

  open @2 (id :UInt32) -> (job :Handle);
  # Gives access to one job.

  watch @3 (progress :Progress, id :UInt32) -> (steps :UInt32);
  # Carries the job out and reports each step. Returns how many there were.
}

interface Handle {
  # One job.

  info @0 () -> (job :Job);
  # What is known of it.

  rename @1 (name :Text) -> (job :Job);
  # Gives it another name.
}

interface Progress {
  # What a caller implements to be told of the progress of a job.

  step @0 (number :UInt32, step :Step) -> stream;
  # A step is done.
}

enum Priority {
  low @0;
  normal @1;
  high @2;
}

struct Job {
  id @0 :UInt32;
  name @1 :Text;
  priority @2 :Priority;
  steps @3 :List(Step);
}

struct Step {
  # What is to be done.

  command @0 :Text;
  timeout :union {
    none @1 :Void;
    seconds @2 :Float64;
  }
}
