@0xaa159a6d0d3c8fc9;
# The service that every process offers.

interface Echo @0xd36a86369fa1a198 {
  # Answers with what it is sent.
  #
  # It shows that a process can be reached, and how quickly it answers.

  echo @0 (message :Text) -> (reply :Text);
  # Returns the message, unchanged.
}
